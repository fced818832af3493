// The record's account of a blob on its target: which memories there are, what fills them, and
// what one inference is estimated to cost.

extension RunRecord {
  /// A blob on a target.
  public struct Die: Equatable, Sendable {
    public package(set) var target: String
    public var fits: Bool { shortages.isEmpty }
    public package(set) var shortages: [Shortage] = []
    public package(set) var banks: [Bank] = []
    public package(set) var steps: [DieStep] = []
    public package(set) var arenaBytes: Int?
    public package(set) var arenaLowerBound: Int?
    public package(set) var arenaCapacity: Int?
    public package(set) var controlBytes: Int?
    public package(set) var controlCapacity: Int?
    public package(set) var lanes: Int?
    public package(set) var cycles: Double?
    public package(set) var seconds: Double?
    public package(set) var microjoules: Double?

    package init(target: String) { self.target = target }
  }

  /// A memory that is too small.
  public struct Shortage: Equatable, Sendable {
    public package(set) var memory: String
    public package(set) var missingBytes: Int
    public package(set) var blame: String

    package init(memory: String, missingBytes: Int, blame: String) {
      (self.memory, self.missingBytes, self.blame) = (memory, missingBytes, blame)
    }
  }

  /// A parameter bank, in bytes.
  public struct Bank: Equatable, Sendable {
    public package(set) var capacity: Int
    public package(set) var used: Int
    public package(set) var pad: Int
    public package(set) var lanes: [Lane] = []

    package init(capacity: Int, used: Int, pad: Int, lanes: [Lane]) {
      (self.capacity, self.used, self.pad, self.lanes) = (capacity, used, pad, lanes)
    }
  }

  /// A lane in a bank, of the layer of a step.
  public struct Lane: Equatable, Sendable {
    public package(set) var step: Int
    public package(set) var bytes: Int

    package init(step: Int, bytes: Int) { (self.step, self.bytes) = (step, bytes) }
  }

  /// What a step costs; lanes and balance are a layer's.
  public struct DieStep: Equatable, Sendable {
    public package(set) var step: Int
    public package(set) var name: String
    public package(set) var lanes: Int?
    public package(set) var balance: Double?
    public package(set) var cycles: Double?
    public package(set) var nanojoules: Double?

    package init(step: Int, name: String) { (self.step, self.name) = (step, name) }
  }
}

extension RunRecord.Die: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    target = try fields.name("target")
    shortages = try fields.list("shortages", atMost: 8)
    banks = try fields.list("banks", atMost: 64)
    steps = try fields.list("steps", atMost: RecordLimits.layers)
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

extension RunRecord.Shortage: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    memory = try fields.name("memory")
    missingBytes = try fields.bytes("missingBytes")
    blame = try fields.name("blame")
  }
}

extension RunRecord.Bank: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    capacity = try fields.bytes("capacity")
    used = try fields.bytes("used")
    pad = try fields.bytes("pad")
    lanes = try fields.list("lanes", atMost: RecordLimits.layers * 4)
    guard lanes.reduce(pad, { $0 + $1.bytes }) <= used else { throw fields.fault("used", .outside) }
  }
}

extension RunRecord.Lane: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    step = try fields.bytes("step")
    bytes = try fields.bytes("bytes")
  }
}

extension RunRecord.DieStep: Codable {
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
