/// Over the middle axis of [outer, count, inner]; y may be x.
public struct BlobSoftmax: Equatable, Sendable {
  public var x, y: Int
  public var outer, count, inner: Int

  public init(x: Int, y: Int, outer: Int, count: Int, inner: Int) {
    (self.x, self.y) = (x, y)
    (self.outer, self.count, self.inner) = (outer, count, inner)
  }
}

extension BlobSoftmax: StepFields {
  static let opcode: UInt8 = 5
  static let name = "softmax"

  init() { self.init(x: 0, y: 0, outer: 1, count: 1, inner: 1) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("outer", \.outer), .plain("count", \.count),
        .plain("inner", \.inner),
      ])
    let shape = [outer, count, inner]
    try coder.operands([.reads("x", x, shape, inPlace: true), .writes(y, shape)])
  }
}

/// The integer form: y is uint8, exponentials come from a table.
public struct BlobIntegerSoftmax: Equatable, Sendable {
  /// `count` is at most 65535.
  public var softmax: BlobSoftmax
  /// 1...256 by the distance from the largest; the first is above 0.
  public var exponentials: [UInt16]

  public init(_ softmax: BlobSoftmax, exponentials: [UInt16]) {
    (self.softmax, self.exponentials) = (softmax, exponentials)
  }
}

extension BlobIntegerSoftmax: IntegerStepFields {
  static let opcode = BlobSoftmax.opcode
  static let name = BlobSoftmax.name
  var types: StepTypes { StepTypes(yIsUnsigned: true) }

  init() { self.init(BlobSoftmax(), exponentials: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try softmax.code(&coder)
    try coder.check("count at most 65535") { () throws(BlobFault) in
      try Rule.count("count", softmax.count, BlobFormat.softmaxCount)
    }
    var count = exponentials.count
    try coder.varint("the number of exponentials", "n", &count, 1...256)
    try coder.integers("the exponentials", &exponentials, count: count, "n")
    try coder.check("the first not 0") { () throws(BlobFault) in
      try Rule.count("the first exponential", Int(exponentials.first ?? 0), 1...65535)
    }
  }
}
