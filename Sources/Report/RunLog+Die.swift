// The record's account of a blob on its target: which memories there are, what fills them, and
// what one inference is estimated to cost.

extension RunLog {
  /// A blob on a target.
  public struct Die: Equatable, Sendable {
    public let target: String
    public let fits: Bool
    public let shortages: [Shortage]
    public let banks: [Bank]
    public let steps: [DieStep]
    public let arenaBytes: Int?
    public let arenaLowerBound: Int?
    public let arenaCapacity: Int?
    public let controlBytes: Int?
    public let controlCapacity: Int?
    public let lanes: Int?
    public let cycles: Double?
    public let seconds: Double?
    public let microjoules: Double?
  }

  /// A memory that is too small.
  public struct Shortage: Equatable, Sendable {
    public let memory: String
    public let missingBytes: Int
    public let blame: String
  }

  /// A parameter bank, in bytes.
  public struct Bank: Equatable, Sendable {
    public let capacity: Int
    public let used: Int
    public let pad: Int
    public let lanes: [Lane]
  }

  /// A lane in a bank, of the layer of a step.
  public struct Lane: Equatable, Sendable {
    public let step: Int
    public let bytes: Int
  }

  /// What a step costs; lanes and balance are a layer's.
  public struct DieStep: Equatable, Sendable {
    public let step: Int
    public let name: String
    public let lanes: Int?
    public let balance: Double?
    public let cycles: Double?
    public let nanojoules: Double?
  }
}

extension RunLog.Die: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    target = try fields.name("target")
    shortages = try fields.list("shortages", atMost: 8)
    fits = shortages.isEmpty
    banks = try fields.list("banks", atMost: 64)
    steps = try fields.list("steps", atMost: Limits.layers)
    arenaBytes = try fields.count("arenaBytes")
    arenaLowerBound = try fields.count("arenaLowerBound")
    arenaCapacity = try fields.count("arenaCapacity")
    controlBytes = try fields.count("controlBytes")
    controlCapacity = try fields.count("controlCapacity")
    lanes = try fields.count("lanes")
    cycles = try fields.amount("cycles")
    seconds = try fields.amount("seconds")
    microjoules = try fields.amount("microjoules")
  }
}

extension RunLog.Shortage: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    memory = try fields.name("memory")
    missingBytes = try fields.bytes("missingBytes")
    blame = try fields.name("blame")
  }
}

extension RunLog.Bank: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    capacity = try fields.bytes("capacity")
    used = try fields.bytes("used")
    pad = try fields.bytes("pad")
    lanes = try fields.list("lanes", atMost: Limits.layers * 4)
    guard lanes.reduce(pad, { $0 + $1.bytes }) <= used else { throw fields.fault("used", .outside) }
  }
}

extension RunLog.Lane: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    step = try fields.bytes("step")
    bytes = try fields.bytes("bytes")
  }
}

extension RunLog.DieStep: Decodable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    step = try fields.bytes("step")
    name = try fields.name("name")
    lanes = try fields.count("lanes")
    balance = try fields.amount("balance")
    cycles = try fields.amount("cycles")
    nanojoules = try fields.amount("nanojoules")
  }
}

extension KeyedDecodingContainer<Field> {
  /// A whole number below 2^32 that has to be there.
  fileprivate func bytes(_ name: String) throws -> Int {
    guard let count = try count(name) else { throw missing(name) }
    guard count <= Int(UInt32.max) else { throw fault(name, .outside) }
    return count
  }

  /// A list; none where the field is absent.
  fileprivate func list<Item: Decodable>(_ name: String, atMost limit: Int) throws -> [Item] {
    let items = try decodeIfPresent([Item].self, forKey: Field(name)) ?? []
    guard items.count <= limit else { throw fault(name, .tooMany(limit: limit)) }
    return items
  }
}
