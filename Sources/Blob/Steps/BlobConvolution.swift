/// [c, h, w] to [o, oh, ow]: y = finish(sum), taps outside the image counting as 0.
///
/// `Finish` is what a sum becomes y by: a ``BlobActivation`` of scale x sum + bias or, for integers,
/// `BlobResidual?`, a tensor that may be added.
public struct BlobConvolution<Finish: Equatable & Sendable>: Equatable, Sendable {
  public var x, y: Int
  /// Divides `c` and `o`.
  public var groups: Int
  public var c, h, w, o, oh, ow: Int
  public var kh, kw, sh, sw, dh, dw: Int
  public var top, left: Int
  public var finish: Finish
  /// `o` rows, c / groups x kh x kw columns.
  public var weights: BlobWeights

  public init(
    x: Int, y: Int, groups: Int = 1, c: Int, h: Int, w: Int, o: Int, oh: Int, ow: Int, kh: Int,
    kw: Int, sh: Int = 1, sw: Int = 1, dh: Int = 1, dw: Int = 1, top: Int = 0, left: Int = 0,
    finish: Finish, weights: BlobWeights
  ) {
    (self.x, self.y, self.groups) = (x, y, groups)
    (self.c, self.h, self.w) = (c, h, w)
    (self.o, self.oh, self.ow) = (o, oh, ow)
    (self.kh, self.kw, self.sh, self.sw, self.dh, self.dw) = (kh, kw, sh, sw, dh, dw)
    (self.top, self.left) = (top, left)
    self.finish = finish
    self.weights = weights
  }

  /// The same with other weights and another finish.
  public func with<Other>(_ finish: Other, _ weights: BlobWeights) -> BlobConvolution<Other> {
    BlobConvolution<Other>(
      x: x, y: y, groups: groups, c: c, h: h, w: w, o: o, oh: oh, ow: ow, kh: kh, kw: kw, sh: sh,
      sw: sw, dh: dh, dw: dw, top: top, left: left, finish: finish, weights: weights)
  }
}

extension BlobConvolution: StepFields where Finish: StepFinish {
  static var opcode: UInt8 { 1 }
  static var name: String { "convolution" }
  static var sizes: String { "[C,H,W] to [O,OH,OW]" }

  init() {
    self.init(
      x: 0, y: 0, c: 1, h: 1, w: 1, o: 1, oh: 1, ow: 1, kh: 1, kw: 1, finish: .blank,
      weights: .blank)
  }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .size("groups", \.groups), .size("C", \.c),
        .plane("H", \.h), .plane("W", \.w), .size("O", \.o), .plane("OH", \.oh),
        .plane("OW", \.ow), .plane("kh", \.kh), .plane("kw", \.kw), .plane("sh", \.sh),
        .plane("sw", \.sw), .plane("dh", \.dh), .plane("dw", \.dw), .pad("top", \.top),
        .pad("left", \.left),
      ])
    try finish.code(&coder)
    try coder.check("") { () throws(BlobFault) in
      guard c % groups == 0 && o % groups == 0 else { throw .groups(groups) }
    }
    try coder.operands(
      [.reads("x", x, [c, h, w]), .writes(y, [o, oh, ow])] + finish.operands([o, oh, ow]))
    try coder.weights(
      &weights, finish.weightsKind, rows: o, columns: [c / groups, kh, kw].checkedProduct ?? .max,
      "O rows and C / groups x kh x kw columns")
  }
}

extension BlobConvolution: IntegerStepFields where Finish: IntegerFinish {
  var types: StepTypes { finish.types }
}

/// What a convolution's sums become outputs by.
protocol StepFinish: Equatable, Sendable {
  static var blank: Self { get }
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure)
  /// What is read for an output of this shape.
  func operands(_ shape: [Int]) -> [StepOperand]
  var weightsKind: WeightsKind { get }
}

extension BlobActivation: StepFinish {
  static var blank: BlobActivation { .none }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.activation(&self)
  }

  func operands(_ shape: [Int]) -> [StepOperand] { [] }
  var weightsKind: WeightsKind { .float }
}

/// What integer sums become bytes by.
protocol IntegerFinish: StepFinish {
  var types: StepTypes { get }
}

/// A tensor that is added to a convolution's output before it is finished.
public struct BlobResidual: Equatable, Sendable {
  /// Its place, in words; it may be the convolution's y.
  public var place: Int
  /// c: 0...2^22, 2^14 for a ratio of 1.
  public var factor: Int

  public init(place: Int, factor: Int) { (self.place, self.factor) = (place, factor) }
}

extension BlobResidual?: IntegerFinish, StepFinish {
  var types: StepTypes { StepTypes(hasB: self != nil) }
  static var blank: BlobResidual? { nil }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var has = self == nil ? 0 : 1
    try coder.u8("has-residual", "has-residual", &has, 0...1)
    guard has == 1 || coder.saysAll else {
      self = nil
      return
    }
    var residual = self ?? BlobResidual(place: 0, factor: 0)
    coder.when("if 1")
    try coder.varint("the residual", "r", &residual.place, nil)
    try coder.varint("the residual's factor", "c", &residual.factor, BlobFormat.factor)
    self = residual
  }

  func operands(_ shape: [Int]) -> [StepOperand] {
    map { [.reads("the residual", $0.place, shape, inPlace: true)] } ?? []
  }

  var weightsKind: WeightsKind { .integer(mayHaveColumns: false) }
}
