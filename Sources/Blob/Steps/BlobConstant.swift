import Tensors

/// Numbers that are the same for every sample.
public struct BlobConstant: Equatable, Sendable {
  public var y: Int
  /// At least one.
  public var numbers: StoredNumbers

  public init(y: Int, numbers: StoredNumbers) { (self.y, self.numbers) = (y, numbers) }
}

extension BlobConstant: StepFields {
  static let opcode: UInt8 = 13
  static let name = "constant"

  init() { self.init(y: 0, numbers: .absent) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var count = numbers.values.count
    try coder.fields(&self, [.plain("y", \.y)])
    try coder.varint("count", "count", &count, nil)
    try coder.operands([.writes(y, [count])])
    try coder.numbers("the constant", &numbers, count: count, "count")
  }
}

/// The integer form: elements.
public struct BlobIntegerConstant: Equatable, Sendable {
  public var y: Int
  /// At least one; of y's type.
  public var bytes: [UInt8]

  public init(y: Int, bytes: [UInt8]) { (self.y, self.bytes) = (y, bytes) }
}

extension BlobIntegerConstant: IntegerStepFields {
  static let opcode = BlobConstant.opcode
  static let name = BlobConstant.name
  var types: StepTypes { StepTypes(hasX: false) }

  init() { self.init(y: 0, bytes: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var count = bytes.count
    try coder.fields(&self, [.plain("y", \.y)])
    try coder.varint("count", "count", &count, nil)
    try coder.operands([.writes(y, [count])])
    try coder.integers("the constant", &bytes, count: count, "count")
  }
}
