/// y[o stride + offset + i] = x[o inner + i]: one part of a concatenation.
public struct BlobCopy: Equatable, Sendable {
  public var x, y: Int
  public var outer, inner, stride, offset: Int

  public init(x: Int, y: Int, outer: Int, inner: Int, stride: Int, offset: Int) {
    (self.x, self.y) = (x, y)
    (self.outer, self.inner, self.stride, self.offset) = (outer, inner, stride, offset)
  }
}

extension BlobCopy: IntegerStepFields {
  static let opcode: UInt8 = 10
  static let name = "copy"
  static let sizes = "of a part (concatenation)"
  var types: StepTypes { StepTypes(areEqual: true) }

  init() { self.init(x: 0, y: 0, outer: 1, inner: 1, stride: 1, offset: 0) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .size("outer", \.outer), .size("inner", \.inner),
        .size("stride", \.stride), .offset("offset", \.offset),
      ])
    try coder.check("") { () throws(BlobFault) in
      try Rule.count("offset + inner", offset + inner, 1...stride)
    }
    var written = StepOperand.writes(y, [outer, stride])
    written.run = (offset, offset + (outer - 1) * stride + inner)
    written.written = outer * inner
    try coder.operands([.reads("x", x, [outer, inner]), written])
  }
}
