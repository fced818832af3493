/// [units, inner] of 16 bits to [units]: of each row the product with its own weights, and a bias.
public struct BlobShortProduct: Equatable, Sendable {
  public var x, y: Int
  public var units, inner: Int
  public var rescale: BlobExactRescale
  public var zero: Int
  /// [units, inner].
  public var weights: [Int16]
  /// [units].
  public var biases: [Int32]

  public init(
    x: Int, y: Int, units: Int, inner: Int, rescale: BlobExactRescale, zero: Int, weights: [Int16], biases: [Int32]
  ) {
    (self.x, self.y) = (x, y)
    (self.units, self.inner) = (units, inner)
    (self.rescale, self.zero) = (rescale, zero)
    (self.weights, self.biases) = (weights, biases)
  }
}

extension BlobShortProduct: IntegerStepFields {
  static let opcode: UInt8 = 23
  static let name = "short-product"
  static let sizes = "[units,inner] of 16 bits to [units]"
  var types: StepTypes { .exact() }

  init() { self.init(x: 0, y: 0, units: 1, inner: 1, rescale: .blank, zero: 0, weights: [], biases: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y), .size("units", \.units), .size("inner", \.inner)])
    try rescale.code(&coder)
    try coder.element("the zero point", "zero", &zero)
    try coder.operands([.reads("x", x, [units, inner, 2]), .writes(y, [units])])
    try coder.integers("weights", &weights, count: units * inner, "units x inner")
    try coder.integers("biases", &biases, count: units, "units")
  }
}
