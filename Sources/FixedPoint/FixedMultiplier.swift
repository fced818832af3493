/// A factor as integers: mantissa x 2^(exponent - 31).
package struct FixedMultiplier: Hashable, Sendable, Codable {
  /// 2^30 ..< 2^31, or 0; what divides by a count (``init(meanOf:from:to:)``) may have fewer bits.
  package let mantissa: Int32
  /// -31 or more. A sum is shifted to the left by what is above 0, and must have room for it.
  package let exponent: Int

  package init(mantissa: Int32, exponent: Int) {
    precondition(mantissa >= 0 && exponent >= -31)
    (self.mantissa, self.exponent) = (mantissa, exponent)
  }

  /// The nearest to a real factor, halves away from zero; 0 below 2^-32.
  ///
  /// - Precondition: it is finite, 0 or more.
  package init(_ real: Double) {
    precondition(real >= 0 && real.isFinite)
    // A significand is in 1 ..< 2, a fraction here in 1/2 ..< 1.
    let exponent = Int(real == 0 ? -32 : real.exponent + 1)
    guard exponent >= -31 else {
      self.init(mantissa: 0, exponent: 0)
      return
    }
    let mantissa = Int64((real.significand * 0x1p30).rounded())
    let isWhole = mantissa == 1 << 31
    self.init(mantissa: Int32(isWhole ? 1 << 30 : mantissa), exponent: isWhole ? exponent + 1 : exponent)
  }

  /// What takes products of scale x times w to scale y: x w / y in double, the product first.
  ///
  /// This is the rule of TensorFlow Lite Micro from 13 October 2026 for all operators. Before, some took
  /// a step or all in float32, which is seen in one result of thousands.
  package init(from x: Float, times w: Float = 1, to y: Float) {
    self.init(Double(x) * Double(w) / Double(y))
  }

  /// The same to an encoding, by its rounding.
  package init(from x: Float, times w: Float = 1, to y: ByteEncoding) {
    let real = Double(x) * Double(w) / Double(y.scale)
    self = y.roundsOnce ? FixedMultiplier(once: real) : FixedMultiplier(real)
  }

  /// The nearest to a real factor of which no product is rounded twice: below 1 the mantissa has the fewer bits
  /// the smaller the factor is, and the exponent is 0.
  package init(once real: Double) {
    self.init(real)
    guard exponent < 0 else { return }
    self.init(mantissa: Int32((real * 0x1p31).rounded()), exponent: 0)
  }

  /// What takes a sum of `count` integers of scale x to their mean of scale y: the division is inside
  /// the factor, and cut off.
  package init(meanOf count: Int, from x: Float, to y: ByteEncoding) {
    precondition(count >= 1)
    guard !y.roundsOnce else {
      self.init(once: Double(x) / Double(y.scale) / Double(count))
      return
    }
    self.init(meanOf: count, from: x, to: y.scale)
  }

  private init(meanOf count: Int, from x: Float, to y: Float) {
    let factor = FixedMultiplier(from: x, to: y)
    let bits = min(Int.bitWidth - 1 - count.leadingZeroBitCount, 32, 31 + factor.exponent)
    self.init(
      mantissa: Int32((Int64(factor.mantissa) << bits) / Int64(count)), exponent: factor.exponent - bits)
  }

  /// The factor times an integer: rounded twice, first halves up, then away from zero.
  ///
  /// - Parameter u: below 2^31 in magnitude with the left shift applied; beyond that bits are lost.
  package func applied(to u: Int32) -> Int32 {
    let high = FixedPoint.highProduct(u << max(exponent, 0), mantissa)
    return FixedPoint.divided(high, byPower: max(-exponent, 0))
  }
}
