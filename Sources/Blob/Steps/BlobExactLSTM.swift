// An LSTM of integers: the layers whose sums gates are given, its cell, and what it gives. Between them numbers have 16 bits, two
// bytes each, the lower first. Formats/Blob.md, "Exact steps".

/// [r, i] to [r, o] of 16 bits: scale(sum + bias) of each row.
public struct BlobShortDense: Equatable, Sendable {
  public var x, y: Int
  public var r, i, o: Int
  /// `o` rows, `i` columns; with ``BlobWeights/exact``.
  public var weights: BlobWeights

  public init(x: Int, y: Int, r: Int = 1, i: Int, o: Int, weights: BlobWeights) {
    (self.x, self.y) = (x, y)
    (self.r, self.i, self.o) = (r, i, o)
    self.weights = weights
  }
}

extension BlobShortDense: IntegerStepFields {
  static let opcode: UInt8 = 21
  static let name = "short-dense"
  static let sizes = "[R,I] to [R,O] of 16 bits"
  var types: StepTypes { .exact() }

  init() { self.init(x: 0, y: 0, i: 1, o: 1, weights: .blank) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [.plain("x", \.x), .plain("y", \.y), .size("R", \.r), .size("I", \.i), .size("O", \.o)])
    var written = StepOperand.writes(y, [r, o, 2])
    written.written = r * o
    try coder.operands([.reads("x", x, [r, i]), written])
    try coder.weights(&weights, .exact, rows: o, columns: i, "O rows and I columns")
  }
}

/// What an LSTM of `count` units keeps, or gives, of what its gates are given: a and b, [4, count] each.
public struct BlobExactLSTM: Equatable, Sendable {
  public enum Part: Equatable, Sendable {
    /// y, its cell, becomes what it is then; within so much of 0, unless that is 0.
    case cell(limit: Int)
    /// What it gives, of the cell at c.
    case output(c: Int, rescale: BlobExactRescale, zero: Int)
  }

  public var part: Part
  public var a, b, y: Int
  public var count: Int
  /// A cell of 1 stands for 2^power: -15...0.
  public var power: Int

  public init(_ part: Part, a: Int, b: Int, y: Int, count: Int, power: Int) {
    self.part = part
    (self.a, self.b, self.y) = (a, b, y)
    (self.count, self.power) = (count, power)
  }
}

extension BlobExactLSTM: IntegerStepFields {
  static let opcode: UInt8 = 22
  static let name = "lstm"
  static let sizes = "[4,count] twice to [count]"
  var types: StepTypes { .exact() }

  init() { self.init(.cell(limit: 0), a: 0, b: 0, y: 0, count: 1, power: 0) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var mode = if case .cell = part { 0 } else { 1 }
    try coder.u8("the part", "part (0 cell, 1 output)", &mode, 0...1)
    try coder.fields(
      &self, [.plain("a", \.a), .plain("b", \.b), .plain("y", \.y), .size("count", \.count)])
    var below = -power
    try coder.u8("the power", "- power", &below, 0...15)
    power = -below
    if coder.saysAll {
      try codeCell(0, &coder)
      try codeOutput(0, .blank, 0, &coder)
    } else if mode == 0 {
      let limit = if case .cell(let limit) = part { limit } else { 0 }
      try codeCell(limit, &coder)
    } else if case .output(let c, let rescale, let zero) = part {
      try codeOutput(c, rescale, zero, &coder)
    } else {
      try codeOutput(0, .blank, 0, &coder)
    }
    try coder.operands(operands)
  }

  private mutating func codeCell<Coder: StepCoder>(_ limit: Int, _ coder: inout Coder) throws(Coder.Failure) {
    coder.when("if 0")
    var limit = limit
    try coder.varint("the limit", "limit", &limit, 0...32767)
    part = .cell(limit: limit)
  }

  private mutating func codeOutput<Coder: StepCoder>(
    _ c: Int, _ rescale: BlobExactRescale, _ zero: Int, _ coder: inout Coder
  ) throws(Coder.Failure) {
    coder.when("if 1")
    var (c, rescale, zero) = (c, rescale, zero)
    try coder.varint("c", "c", &c, nil)
    try rescale.code(&coder)
    try coder.element("the zero point", "zero", &zero)
    part = .output(c: c, rescale: rescale, zero: zero)
  }

  /// In bytes. A cell is read where it is written.
  private var operands: [StepOperand] {
    let sums: [StepOperand] = [.reads("a", a, [8, count]), .reads("b", b, [8, count])]
    switch part {
    case .cell:
      var written = StepOperand.writes(y, [2, count])
      written.written = count
      return sums + [.reads("y", y, [2, count], inPlace: true), written]
    case .output(let c, _, _): return sums + [.reads("c", c, [2, count]), .writes(y, [count])]
    }
  }
}
