/// Axis r of the output is axis `axes[r]` of the input.
public struct BlobTranspose: Equatable, Sendable {
  public var x, y: Int
  /// 1...6 sizes of the input.
  public var sizes: [Int]
  /// A permutation of 0 ..< sizes.count.
  public var axes: [Int]

  public init(x: Int, y: Int, sizes: [Int], axes: [Int]) {
    (self.x, self.y, self.sizes, self.axes) = (x, y, sizes, axes)
  }
}

extension BlobTranspose: IntegerStepFields {
  static let opcode: UInt8 = 12
  static let name = "transpose"
  var types: StepTypes { StepTypes(areEqual: true) }

  init() { self.init(x: 0, y: 0, sizes: [], axes: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y)])
    try coder.sizes("x", "input sizes", &sizes, atLeast: 1)
    try coder.varints("axes", &axes, count: sizes.count)
    try coder.check("") { () throws(BlobFault) in
      guard axes.sorted() == Array(sizes.indices) else { throw .permutation(axes) }
    }
    try coder.operands([.reads("x", x, sizes), .writes(y, sizes)])
  }
}
