import FixedPoint
import Testing

@Suite struct ByteEncodingTests {
  private static let half = ByteEncoding(scale: 0.5, zeroPoint: 3)

  @Test(arguments: [
    (0, 3), (0.25, 4), (-0.25, 2), (0.24, 3), (-0.24, 3), (1, 5), (62, 127), (61.75, 127), (1e9, 127),
    (-65.5, -128), (-1e9, -128), (.infinity, 127), (-.infinity, -128), (.nan, 3),
  ] as [(Float, Int8)])
  func nearestByte(number: Float, byte: Int8) { #expect(Self.half.byte(of: number) == byte) }

  /// 0.15 / 0.1 is 1.5000001 in float32 and below 1.5 as the quotient of what the two stand for.
  @Test func theQuotientIsOfFloat32() {
    let tenth = ByteEncoding(scale: 0.1, zeroPoint: 0)
    #expect(tenth.byte(of: 0.15) == 2 && tenth.byte(of: -0.15) == -2 && tenth.byte(of: 0.14999) == 1)
  }

  @Test func stepsAreCutOff() {
    #expect(Self.half.byte(124) == 127 && Self.half.byte(125) == 127 && Self.half.byte(-131) == -128)
    #expect(Self.half.byte(-132) == -128)
    #expect(Self.half.byte(Int32.max) == 127 && Self.half.byte(Int32.min) == -128)
  }

  @Test func numbersOfBytes() {
    #expect(Self.half.number(3) == 0 && Self.half.number(-128) == -65.5 && Self.half.number(127) == 62)
  }

  @Test func boundsOfActivations() {
    #expect(Self.half.bytes(low: 0, high: .infinity) == 3...127)
    #expect(Self.half.bytes(low: 0, high: 6) == 3...15)
    #expect(Self.half.bytes(low: -1, high: 1) == 1...5)
    #expect(ByteEncoding(scale: 1, zeroPoint: -128).bytes(low: 0, high: 6) == -128...(-122))
    #expect(ByteEncoding(scale: 0.01, zeroPoint: -128).bytes(low: 0, high: 6) == -128...127)
  }
}
