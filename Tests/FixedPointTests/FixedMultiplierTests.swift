import FixedPoint
import Testing

@Suite struct FixedMultiplierTests {
  @Test(arguments: [
    (0, 0, 0), (1, 1 << 30, 1), (0.5, 1 << 30, 0), (0.75, 3 << 29, 0), (3, 3 << 29, 2), (0x1p-32, 1 << 30, -31),
    (0x1p-33, 0, 0), (0x1.fp-33, 0, 0), (1.0 / 3, 1_431_655_765, -1), (1.0.nextDown, 1 << 30, 1),
    // Half way between two mantissas.
    (0x1.00000002p-1, (1 << 30) + 1, 0), (0x1.00000006p-1, (1 << 30) + 2, 0), (0x1.00000001ffp-1, 1 << 30, 0),
    (0x1.fffffffdp-3, .max, -2), (0x1.fffffffep-3, 1 << 30, -1), (.leastNonzeroMagnitude, 0, 0),
    (0x1p100, 1 << 30, 101),
  ] as [(Double, Int32, Int)])
  func fromRealNumbers(real: Double, mantissa: Int32, exponent: Int) {
    #expect(FixedMultiplier(real) == FixedMultiplier(mantissa: mantissa, exponent: exponent))
  }

  /// In float32 the product 0.1 x 0.3 is another, and with it the mantissa.
  @Test func scalesAreMultipliedFirstAndInDouble() {
    let factor = FixedMultiplier(from: 0.1, times: 0.3, to: 0.7)
    #expect(factor == FixedMultiplier(Double(Float(0.1)) * Double(Float(0.3)) / Double(Float(0.7))))
    #expect(factor != FixedMultiplier(Double(Float(0.1) * Float(0.3)) / Double(Float(0.7))))
    #expect(FixedMultiplier(from: 0.5, to: 2) == FixedMultiplier(0.25))
  }

  @Test(arguments: [
    // 1/2: halves go up in the first rounding.
    (1 << 30, 0, 3, 2), (1 << 30, 0, -3, -1), (1 << 30, 0, -1, 0), (1 << 30, 0, 1, 1),
    // 1/4: 3/2 is 2, then 1; -3/2 is -1, then -1/2 away from zero.
    (1 << 30, -1, 3, 1), (1 << 30, -1, -3, -1), (1 << 30, -1, 1, 1), (1 << 30, -1, -1, 0), (1 << 30, -1, -2, -1),
    // 1 and 4 are exact.
    (1 << 30, 1, -77, -77), (1 << 30, 3, 100, 400), (1 << 30, 3, -100, -400),
    (1 << 30, 1, (1 << 30) - 1, (1 << 30) - 1), (0, 0, .max, 0), (0, 0, .min, 0), (.max, 0, .min, -.max),
    (.max, -31, .max, 1), (.max, -31, .min, -1), (1 << 30, -31, .max, 1), (1 << 30, -31, .max - 2, 0),
  ] as [(Int32, Int, Int32, Int32)])
  func roundsTwice(mantissa: Int32, exponent: Int, u: Int32, result: Int32) {
    #expect(FixedMultiplier(mantissa: mantissa, exponent: exponent).applied(to: u) == result)
  }

  /// Both roundings in numbers of 128 bits, as quotients.
  @Test func agreesWithWideIntegers() {
    for factor in [0.0003, 0.011, 0.37, 0.9999, 1.7, 31.4] {
      let multiplier = FixedMultiplier(factor)
      for number in -400...400 {
        let u = Int32(number * number * number / 3)
        let product = Int128(u) << max(multiplier.exponent, 0) * Int128(multiplier.mantissa) * 2 + 1 << 31
        let (cut, rest) = product.quotientAndRemainder(dividingBy: 1 << 32)
        let first = rest < 0 ? cut - 1 : cut
        let power = Int128(1) << max(-multiplier.exponent, 0)
        let second = (2 * abs(first) + power) / (2 * power)
        #expect(Int128(multiplier.applied(to: u)) == (first < 0 ? -second : second), "\(u) x \(factor)")
        #expect(abs(Double(multiplier.applied(to: u)) - Double(u) * factor) <= 1.01)
      }
    }
  }

  @Test(arguments: [
    // 1 is 2^30 x 2^1; three bits and no more for 9, and the quotient is cut off.
    (9, 1, 954_437_176, -2), (1, 1, 1 << 30, 1), (8, 1, 1 << 30, -2), (7, 1, 613_566_756, -1),
    // 2^-31: no room for more bits.
    (64, 0x1p-31, 1 << 25, -31), (64, 0x1p-32, 1 << 24, -31),
  ] as [(Int, Float, Int32, Int)])
  func meansHaveTheCountInside(count: Int, scale: Float, mantissa: Int32, exponent: Int) {
    #expect(
      FixedMultiplier(meanOf: count, from: scale, to: ByteEncoding(scale: 1, zeroPoint: 0))
        == FixedMultiplier(mantissa: mantissa, exponent: exponent))
  }
}
