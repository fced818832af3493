import Tensors

/// x scale[c] + shift[c], c = (index / inner) mod channels; y may be x. [channels, inner] elements.
public struct BlobAffine: Equatable, Sendable {
  public var x, y: Int
  public var channels, inner: Int
  /// One a channel each.
  public var scale, shift: StoredNumbers

  public init(
    x: Int, y: Int, channels: Int, inner: Int, scale: StoredNumbers, shift: StoredNumbers
  ) {
    (self.x, self.y, self.channels, self.inner) = (x, y, channels, inner)
    (self.scale, self.shift) = (scale, shift)
  }
}

extension BlobAffine: StepFields {
  static let opcode: UInt8 = 14
  static let name = "affine"

  init() { self.init(x: 0, y: 0, channels: 1, inner: 1, scale: .absent, shift: .absent) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("channels", \.channels),
        .plain("inner", \.inner),
      ])
    let shape = [channels, inner]
    try coder.operands([.reads("x", x, shape, inPlace: true), .writes(y, shape)])
    try coder.numbers("the scale", &scale, count: channels, "channels")
    try coder.numbers("the shift", &shift, count: channels, "channels")
  }
}

/// The integer form: a factor and a bias a channel.
public struct BlobIntegerAffine: Equatable, Sendable {
  public var x, y: Int
  public var channels, inner: Int
  public var factors: [Int16]
  /// nil where all are 0.
  public var biases: BlobBiases?

  public init(
    x: Int, y: Int, channels: Int, inner: Int, factors: [Int16], biases: BlobBiases?
  ) {
    (self.x, self.y, self.channels, self.inner) = (x, y, channels, inner)
    (self.factors, self.biases) = (factors, biases)
  }
}

extension BlobIntegerAffine: IntegerStepFields {
  static let opcode = BlobAffine.opcode
  static let name = BlobAffine.name
  var types: StepTypes { StepTypes() }

  init() { self.init(x: 0, y: 0, channels: 1, inner: 1, factors: [], biases: nil) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("channels", \.channels),
        .plain("inner", \.inner),
      ])
    let shape = [channels, inner]
    try coder.operands([.reads("x", x, shape, inPlace: true), .writes(y, shape)])
    try coder.integers("the factors", &factors, count: channels, "channels")
    try coder.biases(&biases, count: channels, "channels")
  }
}
