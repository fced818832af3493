import Tensors

// Steps finished by the rule of TensorFlow Lite Micro: bit 3 of the types is 1, and all tensors are int8.
// What only moves bytes, and every function of one byte, is an integer step as it is. Formats/Blob.md,
// "Exact steps".

extension StepTypes {
  /// Of an exact step: everything is int8.
  static func exact(hasB: Bool = false) -> StepTypes { StepTypes(hasB: hasB, isExact: true) }
}

/// What an exact convolution's sums become bytes by.
public struct BlobExactFinish: Equatable, Sendable {
  /// The element that taps outside the image read: x's zero point.
  public var border: Int
  public var range: BlobExactRange

  public init(border: Int, range: BlobExactRange) { (self.border, self.range) = (border, range) }
}

extension BlobExactFinish: IntegerFinish {
  static var blank: BlobExactFinish { BlobExactFinish(border: 0, range: BlobExactRange(zero: 0)) }
  var types: StepTypes { .exact() }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.element("the border", "border", &border)
    try range.code(&coder)
  }

  func operands(_ shape: [Int]) -> [StepOperand] { [] }
  var weightsKind: WeightsKind { .exact }
}

/// [r, i] to [r, o].
public struct BlobExactDense: Equatable, Sendable {
  public var x, y: Int
  public var r, i, o: Int
  public var range: BlobExactRange
  /// `o` rows, `i` columns; with ``BlobWeights/exact``.
  public var weights: BlobWeights

  public init(
    x: Int, y: Int, r: Int = 1, i: Int, o: Int, range: BlobExactRange, weights: BlobWeights
  ) {
    (self.x, self.y) = (x, y)
    (self.r, self.i, self.o) = (r, i, o)
    (self.range, self.weights) = (range, weights)
  }
}

extension BlobExactDense: IntegerStepFields {
  static let opcode = BlobDense.opcode
  static let name = BlobDense.name
  static let sizes = BlobDense.sizes
  var types: StepTypes { .exact() }

  init() { self.init(x: 0, y: 0, i: 1, o: 1, range: BlobExactRange(zero: 0), weights: .blank) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [.plain("x", \.x), .plain("y", \.y), .size("R", \.r), .size("I", \.i), .size("O", \.o)])
    try range.code(&coder)
    try coder.operands([.reads("x", x, [r, i]), .writes(y, [r, o])])
    try coder.weights(&weights, .exact, rows: o, columns: i, "O rows and I columns")
  }
}

/// Over the middle axis; y may be x.
public struct BlobExactSoftmax: Equatable, Sendable {
  /// `count` is at most 4095, so that a sum of exponentials has 31 bits.
  public var softmax: BlobSoftmax
  /// Of a distance from the largest element, to 2^-26.
  public var rescale: BlobExactRescale

  public init(_ softmax: BlobSoftmax, rescale: BlobExactRescale) {
    (self.softmax, self.rescale) = (softmax, rescale)
  }
}

extension BlobExactSoftmax: IntegerStepFields {
  static let opcode = BlobSoftmax.opcode
  static let name = BlobSoftmax.name
  var types: StepTypes { .exact() }

  init() { self.init(BlobSoftmax(), rescale: .blank) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try softmax.code(&coder)
    try coder.check("count at most 4095") { () throws(BlobFault) in
      try Rule.count("count", softmax.count, BlobFormat.exactSoftmaxCount)
    }
    try rescale.code(&coder)
    try coder.check("e at least 0") { () throws(BlobFault) in
      try Rule.count("the exponent", rescale.exponent, 0...BlobFormat.exactExponents.upperBound)
    }
  }
}

/// The mean of a window's elements inside the image.
public struct BlobExactAveragePool: Equatable, Sendable {
  /// A window has at most 2^20 taps.
  public var pool: BlobPool
  public var low, high: Int

  public init(_ pool: BlobPool, low: Int = -128, high: Int = 127) {
    self.pool = pool
    (self.low, self.high) = (low, high)
  }
}

extension BlobExactAveragePool: IntegerStepFields {
  static let opcode = BlobAveragePool.opcode
  static let name = BlobAveragePool.name
  static let sizes = BlobPool.sizes
  var types: StepTypes { .exact() }

  init() { self.init(BlobPool()) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try pool.code(&coder)
    try coder.cut(&low, &high)
    try coder.check("kh x kw at most 2^20") { () throws(BlobFault) in
      try Rule.count("the taps of a window", pool.kh * pool.kw, BlobFormat.taps)
    }
  }
}

/// [channels, inner] to [channels]: scale(sum + bias).
public struct BlobExactGlobalAveragePool: Equatable, Sendable {
  /// `inner` is at most 2^20.
  public var pool: BlobGlobalAveragePool
  /// The division by `inner` is in it; the bias is - inner x the input's zero point.
  public var row: BlobExactRow
  public var range: BlobExactRange

  public init(_ pool: BlobGlobalAveragePool, row: BlobExactRow, range: BlobExactRange) {
    (self.pool, self.row, self.range) = (pool, row, range)
  }
}

extension BlobExactGlobalAveragePool: IntegerStepFields {
  static let opcode = BlobGlobalAveragePool.opcode
  static let name = BlobGlobalAveragePool.name
  static let sizes = BlobGlobalAveragePool.sizes
  var types: StepTypes { .exact() }

  init() {
    self.init(
      BlobGlobalAveragePool(), row: BlobExactRow(.blank, bias: 0), range: BlobExactRange(zero: 0))
  }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try pool.code(&coder)
    try coder.check("inner at most 2^20") { () throws(BlobFault) in
      try Rule.count("inner", pool.inner, BlobFormat.taps)
    }
    try row.rescale.code(&coder)
    var raised = row.bias + 1 << 28
    try coder.varint("the bias", "b + 2^28", &raised, 0...1 << 29)
    row.bias = raised - 1 << 28
    try range.code(&coder)
  }
}

/// How two elements of int8 become one: each less its zero point.
public enum BlobExactFormula: Equatable, Sendable {
  /// scale(scale((a - za) 2^20; ra) + scale((b - zb) 2^20; rb); ry).
  case add(BlobExactSum)
  case subtract(BlobExactSum)
  /// scale((a - za) (b - zb); r).
  case multiply(BlobExactProduct)
  /// The larger, and the smaller, of two bytes as they are.
  case maximum(BlobExactCut)
  case minimum(BlobExactCut)
}

/// The numbers of an addition or a subtraction.
public struct BlobExactSum: Equatable, Sendable {
  public var zeroA, zeroB: Int
  public var a, b, y: BlobExactRescale
  public var range: BlobExactRange

  public init(
    zeroA: Int, zeroB: Int, a: BlobExactRescale, b: BlobExactRescale, y: BlobExactRescale,
    range: BlobExactRange
  ) {
    (self.zeroA, self.zeroB) = (zeroA, zeroB)
    (self.a, self.b, self.y, self.range) = (a, b, y, range)
  }

  static let blank = BlobExactSum(
    zeroA: 0, zeroB: 0, a: .blank, b: .blank, y: .blank, range: BlobExactRange(zero: 0))

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.element("the zero point of a", "zero of a", &zeroA)
    try coder.element("the zero point of b", "zero of b", &zeroB)
    for path in [\BlobExactSum.a, \.b, \.y] {
      coder.when("of \(path == \.a ? "a" : path == \.b ? "b" : "y")")
      try self[keyPath: path].code(&coder)
      try coder.check("e at most 0") { () throws(BlobFault) in
        try Rule.count("the exponent", self[keyPath: path].exponent, BlobFormat.exactExponents.lowerBound...0)
      }
    }
    try range.code(&coder)
  }
}

/// The numbers of a multiplication.
public struct BlobExactProduct: Equatable, Sendable {
  public var zeroA, zeroB: Int
  public var rescale: BlobExactRescale
  public var range: BlobExactRange

  public init(zeroA: Int, zeroB: Int, rescale: BlobExactRescale, range: BlobExactRange) {
    (self.zeroA, self.zeroB) = (zeroA, zeroB)
    (self.rescale, self.range) = (rescale, range)
  }

  static let blank = BlobExactProduct(
    zeroA: 0, zeroB: 0, rescale: .blank, range: BlobExactRange(zero: 0))

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.element("the zero point of a", "zero of a", &zeroA)
    try coder.element("the zero point of b", "zero of b", &zeroB)
    try rescale.code(&coder)
    try range.code(&coder)
  }
}

/// The elements that results are kept between.
public struct BlobExactCut: Equatable, Sendable {
  /// -128...127 each; low <= high.
  public var low, high: Int

  public init(low: Int = -128, high: Int = 127) { (self.low, self.high) = (low, high) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.cut(&low, &high)
  }
}

extension BlobExactFormula: StepFormula {
  public var operation: BlobOperator {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }

  init(blank operation: BlobOperator) {
    switch operation {
    case .add: self = .add(.blank)
    case .subtract: self = .subtract(.blank)
    case .multiply, .divide: self = .multiply(.blank)
    case .maximum: self = .maximum(BlobExactCut())
    case .minimum: self = .minimum(BlobExactCut())
    }
  }

  static var operators: [BlobOperator] { [.add, .subtract, .multiply, .maximum, .minimum] }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    guard coder.saysAll else { return try codeCase(&coder) }
    for operation in Self.operators {
      coder.when("if \(operation)")
      var formula = BlobExactFormula(blank: operation)
      try formula.codeCase(&coder)
    }
  }

  private mutating func codeCase<Coder: StepCoder>(
    _ coder: inout Coder
  ) throws(Coder.Failure) {
    switch self {
    case .add(var sum):
      try sum.code(&coder)
      self = .add(sum)
    case .subtract(var sum):
      try sum.code(&coder)
      self = .subtract(sum)
    case .multiply(var product):
      try product.code(&coder)
      self = .multiply(product)
    case .maximum(var cut):
      try cut.code(&coder)
      self = .maximum(cut)
    case .minimum(var cut):
      try cut.code(&coder)
      self = .minimum(cut)
    }
  }
}
