import Foundation

// Strict reading: every field is required, no other is allowed, every number has a range. The same
// rules hold for a profile in a checkpoint.

extension TargetProfile {
  /// Bytes of a profile's file at most.
  public static let fileLimit = 1 << 16

  /// Reads a profile; no byte of it is trusted.
  public init(json: Data) throws(TargetError) {
    guard json.count <= Self.fileLimit else {
      throw .tooLarge(bytes: json.count, limit: Self.fileLimit)
    }
    do {
      self = try JSONDecoder().decode(TargetProfile.self, from: json)
    } catch let error as TargetError {
      throw error
    } catch {
      throw .notJSON
    }
  }
}

extension TargetProfile {
  public init(from decoder: any Decoder) throws {
    let fields = try StrictFields(
      decoder,
      [
        "name", "parameters", "activationBytes", "lanes", "clockHertz", "cycles", "energy", "instructions",
        "tableBits", "tables",
      ])
    name = try fields.text("name", atMost: 64)
    parameters = try fields.object("parameters", ParameterMemory.self)
    activationBytes = try fields.whole("activationBytes", 0...1 << 30)
    lanes = try fields.whole("lanes", 1...255)
    clockHertz = try fields.number("clockHertz", 1...1e12)
    cycles = try fields.object("cycles", Cycles.self)
    energy = try fields.object("energy", Energy.self)
    instructions = try fields.has("instructions") ? fields.object("instructions", InstructionCosts.self) : nil
    tableBits = try fields.has("tableBits") ? fields.whole("tableBits", 0...12) : nil
    tables = try fields.has("tables") ? fields.object("tables", Tables.self) : nil
    guard tableBits == nil || parameters.kind == .flash else {
      throw TargetError.wrongType(
        fields.path("tableBits"), expected: "nothing: it is for the C runtime with its blob in flash")
    }
    guard instructions == nil || parameters.kind == .flash && lanes == 1 else {
      throw TargetError.wrongType(
        fields.path("instructions"), expected: "nothing: it is for a processor with its blob in flash, and one lane")
    }
  }
}

extension TargetProfile.ParameterMemory: Codable {
  private static func sideField(_ kind: Kind) -> String {
    kind == .flash ? "reservedBytes" : "controlBytes"
  }

  public init(from decoder: any Decoder) throws {
    let loose = try StrictFields(decoder, nil)
    let words = Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
    guard let kind = Kind(rawValue: try loose.text("kind", atMost: 64)) else {
      throw TargetError.wrongType(loose.path("kind"), expected: words)
    }
    let side = Self.sideField(kind)
    let fields = try StrictFields(
      decoder, ["kind", "bytes", "width", side] + (kind == .banks ? ["count"] : []))
    self.kind = kind
    count = kind == .banks ? try fields.whole("count", 1...56) : 1
    bytes = try fields.whole("bytes", 1...(1 << 29) - 1)
    width = try fields.whole("width", 8...1024)
    guard width % 8 == 0 else {
      throw TargetError.wrongType(fields.path("width"), expected: "a multiple of 8 bits")
    }
    guard bytes % (width / 8) == 0 else {
      throw TargetError.partWord(fields.path("bytes"), bytes: bytes, wordBytes: width / 8)
    }
    self.side = try fields.whole(side, 0...(kind == .flash ? bytes : 1 << 30))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyField.self)
    try fields.encode(kind.rawValue, forKey: AnyField("kind"))
    if kind == .banks { try fields.encode(count, forKey: AnyField("count")) }
    try fields.encode(bytes, forKey: AnyField("bytes"))
    try fields.encode(width, forKey: AnyField("width"))
    try fields.encode(side, forKey: AnyField(Self.sideField(kind)))
  }
}

extension TargetProfile.Cycles {
  public init(from decoder: any Decoder) throws {
    let fields = try StrictFields(decoder, ["multiply", "survivor", "output"])
    multiply = try fields.cost("multiply")
    survivor = try fields.cost("survivor")
    output = try fields.cost("output")
  }
}

extension TargetProfile.Energy {
  public init(from decoder: any Decoder) throws {
    let fields = try StrictFields(decoder, ["parameterByte", "activationByte", "cycle"])
    parameterByte = try fields.cost("parameterByte")
    activationByte = try fields.cost("activationByte")
    cycle = try fields.cost("cycle")
  }
}

extension TargetProfile.Tables {
  public init(from decoder: any Decoder) throws {
    let fields = try StrictFields(decoder, ["levels", "limit"])
    levels = try fields.whole("levels", 2...256)
    limit = try fields.whole("limit", 1...127)
  }
}

extension InstructionCosts: Codable {
  private static let (kernels, error) = ("kernels", "error")
  private static let (tiles, sweep) = ("tiles", "sweep")

  public init(from decoder: any Decoder) throws {
    let fields = try StrictFields(decoder, [Self.kernels, Self.error] + Work.allCases.map(\.rawValue))
    let kernels = try fields.text(Self.kernels, atMost: 64)
    guard [Self.tiles, Self.sweep].contains(kernels) else {
      throw TargetError.wrongType(fields.path(Self.kernels), expected: "\"\(Self.tiles)\" or \"\(Self.sweep)\"")
    }
    hasTiles = kernels == Self.tiles
    error = try fields.number(Self.error, 0...10)
    costs = [:]
    for work in Work.allCases { costs[work] = try fields.cost(work.rawValue) }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyField.self)
    try fields.encode(hasTiles ? Self.tiles : Self.sweep, forKey: AnyField(Self.kernels))
    try fields.encode(error, forKey: AnyField(Self.error))
    for work in Work.allCases { try fields.encode(self[work], forKey: AnyField(work.rawValue)) }
  }
}

/// Any key.
private struct AnyField: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// The fields of one object, each required.
private struct StrictFields {
  private let container: KeyedDecodingContainer<AnyField>

  /// - Parameter known: the fields that there are; nil: any others are passed over.
  init(_ decoder: any Decoder, _ known: [String]?) throws {
    do {
      container = try decoder.container(keyedBy: AnyField.self)
    } catch {
      let path = decoder.codingPath.map(\.stringValue).joined(separator: ".")
      throw path.isEmpty ? TargetError.notJSON : .wrongType(path, expected: "an object")
    }
    guard let known else { return }
    let names = container.allKeys.map(\.stringValue).sorted()
    if let extra = names.first(where: { !known.contains($0) }) {
      throw TargetError.unknownField(path(extra))
    }
  }

  func path(_ name: String) -> String {
    (container.codingPath.map(\.stringValue) + [name]).joined(separator: ".")
  }

  func has(_ name: String) -> Bool { container.contains(AnyField(name)) }

  func object<Value: Decodable>(_ name: String, _ type: Value.Type) throws -> Value {
    try value(name, type, "an object")
  }

  func text(_ name: String, atMost limit: Int) throws -> String {
    let words = "a name of 1 to \(limit) letters"
    let text = try value(name, String.self, words)
    guard (1...limit).contains(text.unicodeScalars.count),
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { throw TargetError.wrongType(path(name), expected: words) }
    return text
  }

  func number(_ name: String, _ allowed: ClosedRange<Double>) throws -> Double {
    let number = try value(name, Double.self, "a number")
    guard allowed.contains(number) else {
      throw TargetError.range(path(name), found: number, allowed: allowed)
    }
    return number
  }

  func whole(_ name: String, _ allowed: ClosedRange<Int>) throws -> Int {
    let number = try number(name, Double(allowed.lowerBound)...Double(allowed.upperBound))
    guard let whole = Int(exactly: number) else {
      throw TargetError.wrongType(path(name), expected: "a whole number")
    }
    return whole
  }

  /// Cycles or picojoules of one event.
  func cost(_ name: String) throws -> Double { try number(name, 0...1e6) }

  private func value<Value: Decodable>(
    _ name: String, _ type: Value.Type, _ expected: String
  ) throws -> Value {
    guard container.contains(AnyField(name)) else { throw TargetError.missingField(path(name)) }
    do {
      return try container.decode(type, forKey: AnyField(name))
    } catch let error as TargetError {
      throw error
    } catch {
      throw TargetError.wrongType(path(name), expected: expected)
    }
  }
}
