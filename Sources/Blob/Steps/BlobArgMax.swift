/// Where along the middle axis of [outer, count, inner] the largest is, or the least, the first of equals: [outer,
/// inner] of int32. x is of float32 or of bytes.
public struct BlobArgMax: Equatable, Sendable {
  public enum Mode: UInt8, Sendable, CaseIterable { case largest = 0, least = 1 }

  public var mode: Mode
  public var x, y: Int
  public var outer, count, inner: Int

  public init(mode: Mode, x: Int, y: Int, outer: Int, count: Int, inner: Int) {
    (self.mode, self.x, self.y) = (mode, x, y)
    (self.outer, self.count, self.inner) = (outer, count, inner)
  }
}

extension BlobArgMax: IntegerStepFields {
  static let opcode: UInt8 = 18
  static let name = "arg max"
  static let sizes = "[outer,count,inner] to [outer,inner]"
  /// y is of words, so that its bit says nothing.
  var types: StepTypes { StepTypes(yIsUnsigned: true) }

  init() { self.init(mode: .largest, x: 0, y: 0, outer: 1, count: 1, inner: 1) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.option("the mode", "mode", &mode)
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("outer", \.outer), .plain("count", \.count),
        .plain("inner", \.inner),
      ])
    var written = StepOperand.writes(y, [outer, inner])
    written.isOfWords = true
    try coder.operands([.reads("x", x, [outer, count, inner]), written])
  }
}
