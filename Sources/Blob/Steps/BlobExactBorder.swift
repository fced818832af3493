/// Between float32 and bytes, as QUANTIZE and DEQUANTIZE do it; y may be x.
public struct BlobExactBorder: Equatable, Sendable {
  public var x, y: Int
  public var count: Int
  /// Bytes to float32; else float32 to bytes.
  public var isFromBytes: Bool
  /// What an element of 1 stands for: above 0.
  public var scale: Float
  /// The byte that stands for 0, as it is stored.
  public var zero: UInt8

  public init(x: Int, y: Int, count: Int, isFromBytes: Bool, scale: Float, zero: UInt8) {
    (self.x, self.y, self.count) = (x, y, count)
    (self.isFromBytes, self.scale, self.zero) = (isFromBytes, scale, zero)
  }
}

extension BlobExactBorder: IntegerStepFields {
  static let opcode = BlobActivationStep.opcode
  static let name = "border"
  var types: StepTypes { StepTypes(bytesAreX: isFromBytes) }

  init() { self.init(x: 0, y: 0, count: 1, isFromBytes: false, scale: 1, zero: 0) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y), .plain("count", \.count)])
    var (fromBytes, byte) = (isFromBytes ? 1 : 0, Int(zero))
    try coder.u8("from-bytes", "from-bytes", &fromBytes, 0...1)
    isFromBytes = fromBytes == 1
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
