import Tensors

/// x if x > 0, else slope x, over [outer, channels, inner]; y may be x.
public struct BlobPRelu: Equatable, Sendable {
  public var x, y: Int
  public var outer, channels, inner: Int
  /// One a channel.
  public var slopes: StoredNumbers

  public init(x: Int, y: Int, outer: Int, channels: Int, inner: Int, slopes: StoredNumbers) {
    (self.x, self.y) = (x, y)
    (self.outer, self.channels, self.inner) = (outer, channels, inner)
    self.slopes = slopes
  }
}

extension BlobPRelu: StepFields {
  static let opcode: UInt8 = 4
  static let name = "prelu"

  init() { self.init(x: 0, y: 0, outer: 1, channels: 1, inner: 1, slopes: .absent) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("outer", \.outer),
        .plain("channels", \.channels), .plain("inner", \.inner),
      ])
    let shape = [outer, channels, inner]
    try coder.operands([.reads("x", x, shape, inPlace: true), .writes(y, shape)])
    try coder.numbers("the slopes", &slopes, count: channels, "channels")
  }
}

/// The exact form: each element less x's zero point, u, becomes scale(u; above) where it is 0 or more, and
/// scale(u (slope - its zero point); below) where it is less.
public struct BlobExactPRelu: Equatable, Sendable {
  public var x, y: Int
  public var outer, channels, inner: Int
  /// The zero points of x and of the slopes.
  public var zeroX, zeroSlopes: Int
  public var above, below: BlobExactRescale
  public var range: BlobExactRange
  /// One a channel.
  public var slopes: [Int8]

  public init(
    x: Int, y: Int, outer: Int, channels: Int, inner: Int, zeroX: Int, zeroSlopes: Int,
    above: BlobExactRescale, below: BlobExactRescale, range: BlobExactRange, slopes: [Int8]
  ) {
    (self.x, self.y) = (x, y)
    (self.outer, self.channels, self.inner) = (outer, channels, inner)
    (self.zeroX, self.zeroSlopes, self.above, self.below) = (zeroX, zeroSlopes, above, below)
    (self.range, self.slopes) = (range, slopes)
  }
}

extension BlobExactPRelu: IntegerStepFields {
  static let opcode = BlobPRelu.opcode
  static let name = BlobPRelu.name
  var types: StepTypes { .exact() }

  init() {
    self.init(
      x: 0, y: 0, outer: 1, channels: 1, inner: 1, zeroX: 0, zeroSlopes: 0, above: .blank,
      below: .blank, range: BlobExactRange(zero: 0), slopes: [])
  }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("outer", \.outer),
        .plain("channels", \.channels), .plain("inner", \.inner),
      ])
    let shape = [outer, channels, inner]
    try coder.operands([.reads("x", x, shape, inPlace: true), .writes(y, shape)])
    try coder.element("the zero point of x", "zero of x", &zeroX)
    try coder.element("the zero point of the slopes", "zero of the slopes", &zeroSlopes)
    coder.when("above")
    try above.code(&coder)
    coder.when("below")
    try below.code(&coder)
    coder.when("then")
    try range.code(&coder)
    try coder.integers("the slopes", &slopes, count: channels, "channels")
  }
}

/// The integer form: a factor for elements above 0, and one a channel for the others.
public struct BlobIntegerPRelu: Equatable, Sendable {
  public var x, y: Int
  public var outer, channels, inner: Int
  /// c: 0...2^22.
  public var factor: Int
  /// One a channel.
  public var slopes: [Int16]

  public init(
    x: Int, y: Int, outer: Int, channels: Int, inner: Int, factor: Int, slopes: [Int16]
  ) {
    (self.x, self.y) = (x, y)
    (self.outer, self.channels, self.inner) = (outer, channels, inner)
    (self.factor, self.slopes) = (factor, slopes)
  }
}

extension BlobIntegerPRelu: IntegerStepFields {
  static let opcode = BlobPRelu.opcode
  static let name = BlobPRelu.name
  var types: StepTypes { StepTypes() }

  init() { self.init(x: 0, y: 0, outer: 1, channels: 1, inner: 1, factor: 0, slopes: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("outer", \.outer),
        .plain("channels", \.channels), .plain("inner", \.inner),
      ])
    let shape = [outer, channels, inner]
    try coder.operands([.reads("x", x, shape, inPlace: true), .writes(y, shape)])
    try coder.varint("the factor", "c", &factor, BlobFormat.factor)
    try coder.integers("the slopes", &slopes, count: channels, "channels")
  }
}
