// Exponentials, reciprocals and logarithms in integers, without a table: a power of e is cut into bits of its
// exponent and a remainder within 1/8 of -1/8, of which the series is summed to the fourth power (which is
// 2^-21 off at most); of a logarithm whole and half powers of two are taken off, so that what is left is near
// the fourth root of 1/2.

extension FixedPoint {
  /// round(2^31 exp(-2^j)), j = -2...4.
  static let powers: [Int32] = [
    1_672_461_947, 1_302_514_674, 790_015_084, 290_630_308, 39_332_535, 720_401, 242,
  ]
  /// round(2^31 exp(-1/8)).
  static let eighth: Int32 = 1_895_147_668
  /// round(2^31 / 3).
  static let third: Int32 = 715_827_883

  /// exp(a), with 31 bits behind the point; of 0 it is 2^31 - 1.
  ///
  /// - Parameters:
  ///   - a: 0 or less, with 31 - `integerBits` bits behind the point.
  ///   - integerBits: 0...5.
  package static func exponential(_ a: Int32, integerBits: Int) -> Int32 {
    precondition(a <= 0 && (0...5).contains(integerBits))
    guard a < 0 else { return Int32.max }
    let quarter: Int32 = 1 << (29 - integerBits)
    let remainder = (a & (quarter - 1)) - quarter
    var result = exponentialNearMinusEighth((remainder << integerBits) + (1 << 28))
    let rest = remainder - a
    for (place, power) in zip((29 - integerBits)..<31, powers) where (rest >> place) & 1 == 1 {
      result = highProduct(result, power)
    }
    return result
  }

  /// exp(x - 1/8) for x of -1/8 ..< 1/8; 31 bits behind the point.
  private static func exponentialNearMinusEighth(_ x: Int32) -> Int32 {
    let x2 = highProduct(x, x)
    let (x3, x4) = (highProduct(x2, x), highProduct(x2, x2))
    let terms = divided(highProduct(divided(x4, byPower: 2) + x3, third) + x2, byPower: 1)
    return eighth + highProduct(eighth, x + terms)
  }

  /// 2 / (1 + a), with 29 bits behind the point, by three steps of Newton's iteration.
  ///
  /// - Parameter a: 0 or more, with 31 bits behind the point.
  package static func newton(_ a: Int32) -> Int32 {
    precondition(a >= 0)
    let half = Int32((Int64(a) + (1 << 31)) >> 1)
    // 48/17 - 32/17 h, the line that is off least.
    var v = 1_515_870_810 + highProduct(half, -1_010_580_540)
    for _ in 0..<3 {
      v += saturated(Int64(highProduct(v, (1 << 29) - highProduct(half, v))) << 2)
    }
    return v
  }

  /// 1 / (1 + a), both with 31 bits behind the point.
  package static func reciprocal(onePlus a: Int32) -> Int32 { saturated(Int64(newton(a)) << 1) }
}

extension FixedPoint {
  /// round(2^31 / 2^(1/2)), round(2^31 / 2^(1/4)), round(2^31 log 2).
  private static let (root, fourthRoot, logOfTwo): (Int32, Int32, Int32) = (
    1_518_500_250, 1_805_811_301, 1_488_522_236
  )

  /// log(a), with 26 bits behind the point.
  ///
  /// - Parameter a: 1 or more, with 19 bits behind the point.
  package static func logarithm(_ a: Int32) -> Int32 {
    precondition(a >= 1 << 19)
    // a = r 2^n, r the less of two: with a whole n, and with an n between whole ones. Both are off by a quarter.
    let zeros = a.leadingZeroBitCount
    let between = saturated(Int64(highProduct(a << (zeros - 1), root)) << 1)
    let room = highProduct(a, root).leadingZeroBitCount - 1
    let r = min(between, saturated(Int64(a) << room))
    let (whole, quarter) = (Int32(1) << 25, Int32(1) << 23)
    let n = max(Int32(12 - zeros) * whole + quarter, Int32(12 - room) * whole - quarter)
    // Of r = fourthRoot (1 + t) a quotient of polynomials of 2 (r - fourthRoot).
    let half = Int32((Int64(r) + Int64(fourthRoot) + 1) >> 1)
    let q = 2 * (r - fourthRoot)
    let square = highProduct(q, q)
    let numerator = highProduct(q, r) + highProduct(highProduct(q, square), 117_049_297)
    let below = highProduct(half, 1_057_819_769 + q + highProduct(127_690_142, square))
      + highProduct(638_450_708, q)
    let rest = highProduct(divided(numerator, byPower: 6), reciprocal(onePlus: below))
    return saturated(Int64(highProduct(n, logOfTwo) + rest) << 1)
  }
}
