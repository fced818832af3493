/// A function of each of `count` elements; y may be x.
public struct BlobActivationStep: Equatable, Sendable {
  public var x, y: Int
  public var count: Int
  /// Not ``BlobActivation/none``.
  public var activation: BlobActivation

  public init(x: Int, y: Int, count: Int, activation: BlobActivation) {
    (self.x, self.y, self.count) = (x, y, count)
    self.activation = activation
  }
}

extension BlobActivationStep: StepFields {
  static let opcode: UInt8 = 3
  static let name = "activation"

  init() { self.init(x: 0, y: 0, count: 1, activation: .none) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y), .plain("count", \.count)])
    try coder.activation(&activation)
    try coder.operands([.reads("x", x, [count], inPlace: true), .writes(y, [count])])
    try coder.check("not 0") { () throws(BlobFault) in
      if activation == .none { throw .noActivation }
    }
  }
}

/// The integer form: a function of a byte, as a table; y may be x.
public struct BlobMap: Equatable, Sendable {
  public var x, y: Int
  public var count: Int
  /// 256 results, by the operand's byte.
  public var results: [UInt8]

  public init(x: Int, y: Int, count: Int, results: [UInt8]) {
    (self.x, self.y, self.count) = (x, y, count)
    self.results = results
  }
}

extension BlobMap: IntegerStepFields {
  static let opcode = BlobActivationStep.opcode
  static let name = "map"
  var types: StepTypes { StepTypes() }

  init() { self.init(x: 0, y: 0, count: 1, results: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y), .plain("count", \.count)])
    try coder.operands([.reads("x", x, [count], inPlace: true), .writes(y, [count])])
    try coder.integers("the map", &results, count: 256, "256")
  }
}
