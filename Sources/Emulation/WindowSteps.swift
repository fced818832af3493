import Blob
import FixedPoint

/// Pools and the mean of each channel.
enum WindowSteps {
  static func maxPool(_ step: BlobPool, _ x: [Int32]) -> [Int32] {
    windows(step) { taps, _, _ in taps.reduce(nil) { max($0 ?? x[$1], x[$1]) } ?? 0 }
  }

  static func averagePool(_ step: BlobExactAveragePool, _ x: [Int32]) -> [Int32] {
    windows(step.pool) { taps, _, _ in
      if taps.isEmpty { return 0 }
      let mean = FixedPoint.average(sum: taps.reduce(0) { $0 + Int(x[$1]) }, count: taps.count)
      return Int32(min(max(mean, step.low), step.high))
    }
  }

  static func averagePool(_ step: BlobAveragePool, _ x: [Int32]) -> [Int32] {
    let pool = step.pool
    let padded = (
      h: -pool.top..<pool.h + step.bottom, w: -pool.left..<pool.w + step.right
    )
    return windows(pool) { taps, oh, ow in
      if taps.isEmpty { return 0 }
      let sum = taps.reduce(0) { $0 + Int(x[$1]) }
      var count = taps.count
      if step.countsPadding {
        count =
          (0..<pool.kh).count { padded.h.contains(oh * pool.sh - pool.top + $0 * pool.dh) }
          * (0..<pool.kw).count { padded.w.contains(ow * pool.sw - pool.left + $0 * pool.dw) }
      }
      return Int32(quotient(2 * sum + count, 2 * count))
    }
  }

  /// For each window the indices of its taps inside the image, and the output's row and column.
  private static func windows(
    _ step: BlobPool, _ reduce: (_ taps: [Int], _ oh: Int, _ ow: Int) -> Int32
  ) -> [Int32] {
    var y: [Int32] = []
    for c in 0..<step.c {
      for oh in 0..<step.oh {
        for ow in 0..<step.ow {
          var taps: [Int] = []
          for i in 0..<step.kh {
            let h = oh * step.sh - step.top + i * step.dh
            guard h >= 0 && h < step.h else { continue }
            for j in 0..<step.kw {
              let w = ow * step.sw - step.left + j * step.dw
              if w >= 0 && w < step.w { taps.append((c * step.h + h) * step.w + w) }
            }
          }
          y.append(reduce(taps, oh, ow))
        }
      }
    }
    return y
  }

  static func globalAveragePool(
    _ step: BlobIntegerGlobalAveragePool, _ x: [Int32], yIsSigned: Bool
  ) -> [Int32] {
    let inner = step.pool.inner
    return (0..<step.pool.channels).map { channel in
      let elements = x[channel * inner..<(channel + 1) * inner]
      let sum = IntegerArithmetic.wrapped(elements.reduce(0) { $0 + Int($1) })
      return IntegerArithmetic.finished(
        IntegerArithmetic.rescaled(sum, step.rescale), isSigned: yIsSigned)
    }
  }

  /// Towards minus infinity.
  private static func quotient(_ dividend: Int, _ divisor: Int) -> Int {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
