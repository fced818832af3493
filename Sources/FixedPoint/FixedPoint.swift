// The integers of TensorFlow Lite Micro: a real number is an integer of 32 bits with so many bits behind
// the point. Every rounding of it is one of the two here. The first takes halves up, the second away from
// zero, so that a negative number is not the mirror of a positive one through both.

/// The arithmetic of quantized networks, to the last bit.
package enum FixedPoint {
  /// floor((u v + 2^30) / 2^31): the product of two numbers with 31 bits behind the point, halves up.
  ///
  /// -2^31 times itself, which alone does not fit, is 2^31 - 1.
  package static func highProduct(_ u: Int32, _ v: Int32) -> Int32 {
    saturated((Int64(u) * Int64(v) + (1 << 30)) >> 31)
  }

  /// u / 2^k to the nearest integer, halves away from zero.
  ///
  /// - Parameter k: 0...61.
  package static func divided(_ u: Int32, byPower k: Int) -> Int32 {
    precondition((0...61).contains(k))
    guard k > 0 else { return u }
    let magnitude = (Int64(u.magnitude) + (1 << (k - 1))) >> k
    return saturated(u < 0 ? -magnitude : magnitude)
  }

  /// The nearest integer of 32 bits.
  package static func saturated(_ number: Int64) -> Int32 { Int32(clamping: number) }

  /// The mean of `count` stored bytes that add to `sum`, halves away from zero.
  package static func average(sum: Int, count: Int) -> Int {
    precondition(count >= 1)
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count
  }
}
