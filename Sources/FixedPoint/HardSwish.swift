/// x min(max(x / 6 + 1/2, 0), 1) in 16 bits, by the rule of HARD_SWISH.
struct HardSwish {
  private let x: ByteEncoding
  private let y: ByteEncoding
  /// From 128ths of a step of x to steps of y, and to 2^15 thirds.
  private let output: FixedMultiplier
  private let relu: FixedMultiplier

  /// - Returns: nil where 128 steps of y are no more than one of x, which the reference refuses.
  init?(from x: ByteEncoding, to y: ByteEncoding) {
    // In steps of 1/128, exactly.
    let fine = Double(x.scale) / 128
    (self.x, self.y) = (x, y)
    output = FixedMultiplier(fine / Double(y.scale))
    relu = FixedMultiplier(fine * 32768 / 3)
    guard output.exponent <= 0 else { return nil }
  }

  func byte(_ q: Int8) -> Int8 {
    let fine = (Int32(q) - x.zeroPoint) << 7
    let scaled = Self.product(fine, Self.short(output))
    let share = (reluShare(fine) + (1 << 15)) >> 1
    // Cut off towards zero.
    let result = share * scaled / (1 << 15)
    return y.byte(FixedPoint.divided(result, byPower: -output.exponent))
  }

  /// min(max(x / 3, -1), 1) with 15 bits behind the point.
  private func reluShare(_ fine: Int32) -> Int32 {
    var share = fine
    if relu.exponent > 0 { share = Self.clamped(share << (min(relu.exponent, 16) - 1)) }
    share = Self.product(share, Self.short(relu))
    if relu.exponent > 0 { return Self.clamped(share << 1) }
    return FixedPoint.divided(share, byPower: -relu.exponent)
  }

  /// A mantissa of 15 bits.
  private static func short(_ multiplier: FixedMultiplier) -> Int32 {
    Int32(min((Int64(multiplier.mantissa) + (1 << 15)) >> 16, 32767))
  }

  private static func product(_ a: Int32, _ b: Int32) -> Int32 { clamped((a * b + (1 << 14)) >> 15) }
  private static func clamped(_ number: Int32) -> Int32 { min(max(number, -32768), 32767) }
}
