/// [c, h, w] to [c, oh, ow]: the largest of windows clipped to the image; one wholly outside gives 0.
public struct BlobPool: Equatable, Sendable {
  public var x, y: Int
  public var c, h, w, oh, ow: Int
  public var kh, kw, sh, sw, dh, dw: Int
  public var top, left: Int

  public init(
    x: Int, y: Int, c: Int, h: Int, w: Int, oh: Int, ow: Int, kh: Int, kw: Int, sh: Int, sw: Int,
    dh: Int = 1, dw: Int = 1, top: Int = 0, left: Int = 0
  ) {
    (self.x, self.y) = (x, y)
    (self.c, self.h, self.w, self.oh, self.ow) = (c, h, w, oh, ow)
    (self.kh, self.kw, self.sh, self.sw, self.dh, self.dw) = (kh, kw, sh, sw, dh, dw)
    (self.top, self.left) = (top, left)
  }
}

extension BlobPool: IntegerStepFields {
  static let opcode: UInt8 = 6
  static let name = "max-pool"
  static let sizes = "[C,H,W] to [C,OH,OW]"
  var types: StepTypes { StepTypes(areEqual: true) }

  init() { self.init(x: 0, y: 0, c: 1, h: 1, w: 1, oh: 1, ow: 1, kh: 1, kw: 1, sh: 1, sw: 1) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("C", \.c), .plane("H", \.h), .plane("W", \.w),
        .plane("OH", \.oh), .plane("OW", \.ow), .plane("kh", \.kh), .plane("kw", \.kw),
        .plane("sh", \.sh), .plane("sw", \.sw), .plane("dh", \.dh), .plane("dw", \.dw),
        .pad("top", \.top), .pad("left", \.left),
      ])
    try coder.operands([.reads("x", x, [c, h, w]), .writes(y, [c, oh, ow])])
  }
}

/// The mean of the taps inside the image or, with `countsPadding`, inside the image and its
/// padding.
public struct BlobAveragePool: Equatable, Sendable {
  public var pool: BlobPool
  public var bottom, right: Int
  public var countsPadding: Bool

  public init(pool: BlobPool, bottom: Int = 0, right: Int = 0, countsPadding: Bool = false) {
    self.pool = pool
    (self.bottom, self.right) = (bottom, right)
    self.countsPadding = countsPadding
  }
}

extension BlobAveragePool: StepFields {
  static let opcode: UInt8 = 7
  static let name = "average-pool"
  static let sizes = BlobPool.sizes

  init() { self.init(pool: BlobPool()) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try pool.code(&coder)
    try coder.fields(&self, [.pad("bottom", \.bottom), .pad("right", \.right)])
    var counts = countsPadding ? 1 : 0
    try coder.u8("counts-padding", "counts-padding", &counts, 0...1)
    countsPadding = counts == 1
  }
}

/// The integer form: a window has at most 2^20 taps.
public struct BlobIntegerAveragePool: Equatable, Sendable {
  public var average: BlobAveragePool

  public init(_ average: BlobAveragePool) { self.average = average }
}

extension BlobIntegerAveragePool: IntegerStepFields {
  static let opcode = BlobAveragePool.opcode
  static let name = BlobAveragePool.name
  static let sizes = BlobAveragePool.sizes
  var types: StepTypes { StepTypes(areEqual: true) }

  init() { self.init(BlobAveragePool()) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try average.code(&coder)
    try coder.check("kh x kw at most 2^20") { () throws(BlobFault) in
      try Rule.count("the taps of a window", average.pool.kh * average.pool.kw, BlobFormat.taps)
    }
  }
}
