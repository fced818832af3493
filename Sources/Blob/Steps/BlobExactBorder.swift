/// Between float32 and bytes, as QUANTIZE and DEQUANTIZE do it; y may be x.
public struct BlobExactBorder: Equatable, Sendable {
  public var x, y: Int
  public var count: Int
  /// Bytes to float32; else float32 to bytes.
  public var isFromBytes: Bool
  /// Whether what becomes bytes is rounded with halves to even, not away from zero.
  public var halvesToEven: Bool
  /// What an element of 1 stands for: above 0.
  public var scale: Float
  /// The byte that stands for 0, as it is stored.
  public var zero: UInt8

  public init(
    x: Int, y: Int, count: Int, isFromBytes: Bool, halvesToEven: Bool = false, scale: Float, zero: UInt8
  ) {
    (self.x, self.y, self.count) = (x, y, count)
    (self.isFromBytes, self.halvesToEven, self.scale, self.zero) = (isFromBytes, halvesToEven, scale, zero)
  }
}

extension BlobExactBorder: IntegerStepFields {
  static let opcode = BlobActivationStep.opcode
  static let name = "border"
  var types: StepTypes { StepTypes(bytesAreX: isFromBytes) }

  init() { self.init(x: 0, y: 0, count: 1, isFromBytes: false, scale: 1, zero: 0) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y), .plain("count", \.count)])
    var (way, byte) = (isFromBytes ? 1 : halvesToEven ? 2 : 0, Int(zero))
    try coder.u8("the way", "way", &way, 0...2)
    (isFromBytes, halvesToEven) = (way == 1, way == 2)
    try coder.f32("the scale", "scale", &scale)
    try coder.check("above 0") { () throws(BlobFault) in
      guard scale > 0 else { throw .notPositive("the scale") }
    }
    try coder.u8("the zero point", "zero", &byte, 0...255)
    zero = UInt8(truncatingIfNeeded: byte)
    var (read, written) = (StepOperand.reads("x", x, [count], inPlace: true), StepOperand.writes(y, [count]))
    (read.isOfWords, written.isOfWords) = (!isFromBytes, isFromBytes)
    try coder.operands([read, written])
  }
}
