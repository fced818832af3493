/// y[o, k] = x[o, places[k]]; y may be x.
public struct BlobGather: Equatable, Sendable {
  public var x, y: Int
  public var outer, inner: Int
  /// Ascending, below `inner`; at least one.
  public var places: [Int]

  public init(x: Int, y: Int, outer: Int, inner: Int, places: [Int]) {
    (self.x, self.y) = (x, y)
    (self.outer, self.inner, self.places) = (outer, inner, places)
  }
}

extension BlobGather: IntegerStepFields {
  static let opcode: UInt8 = 15
  static let name = "gather"
  var types: StepTypes { StepTypes(areEqual: true) }

  init() { self.init(x: 0, y: 0, outer: 1, inner: 1, places: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var count = places.count
    try coder.fields(
      &self,
      [.plain("x", \.x), .plain("y", \.y), .size("outer", \.outer), .size("inner", \.inner)])
    try coder.varint("count", "count (1...inner)", &count, nil)
    try coder.check("") { () throws(BlobFault) in try Rule.count("count", count, 1...inner) }
    try coder.operands([
      .reads("x", x, [outer, inner], inPlace: true), .writes(y, [outer, count]),
    ])
    try coder.bitmap(&places, count: count, inner: inner)
  }
}
