/// A window that moves on: y keeps its last `count` - `new` along the middle axis, and x comes behind them.
public struct BlobSlide: Equatable, Sendable {
  public var x, y: Int
  public var outer, count, inner, new: Int

  public init(x: Int, y: Int, outer: Int, count: Int, inner: Int, new: Int) {
    (self.x, self.y) = (x, y)
    (self.outer, self.count, self.inner, self.new) = (outer, count, inner, new)
  }
}

extension BlobSlide: IntegerStepFields {
  static let opcode: UInt8 = 20
  static let name = "slide"
  static let sizes = "[outer,new,inner] into [outer,count,inner]"
  var types: StepTypes { StepTypes(areEqual: true) }

  init() { self.init(x: 0, y: 0, outer: 1, count: 1, inner: 1, new: 1) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .size("outer", \.outer), .size("count", \.count),
        .size("inner", \.inner),
      ])
    try coder.varint("new", "new (1...count)", &new, nil)
    try coder.check("") { () throws(BlobFault) in try Rule.count("new", new, 1...count) }
    try coder.operands([
      .reads("x", x, [outer, new, inner]), .reads("y", y, [outer, count, inner], inPlace: true),
      .writes(y, [outer, count, inner]),
    ])
  }
}
