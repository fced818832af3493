// Numbers that a quantized file rounds a value to whose network computes with floats: the value stays float32, and
// is as if it had been integers in between.

/// Equally spaced numbers, of which one is 0.
public enum NumberGrid: Equatable, Sendable, Codable {
  /// scale x (integer - zero point) for integers from `low` to `high`.
  case fixed(scale: Float, zeroPoint: Int32, low: Int32, high: Int32)
  /// 256 numbers from the least of a sample, or 0, to its largest, or 0.
  case ofSample

  /// What numbers become: the nearest, by a quotient in float32 with halves to even. NaN stays.
  ///
  /// - Complexity: O(numbers).
  package func round(_ numbers: UnsafeMutableBufferPointer<Float>) {
    switch self {
    case .fixed(let scale, let zeroPoint, let low, let high):
      let (least, most) = (Float(low - zeroPoint), Float(high - zeroPoint))
      for index in numbers.indices {
        let steps = (numbers[index] / scale).rounded(.toNearestOrEven)
        numbers[index] = steps.isNaN ? steps : min(max(steps, least), most) * scale
      }
    case .ofSample:
      let (low, high) = numbers.reduce((Float(0), Float(0))) { (min($0.0, $1), max($0.1, $1)) }
      let scale = (high - low) / 255
      guard scale > 0, scale.isFinite else { return }
      let zero = min(max((-low / scale).rounded(.toNearestOrEven), 0), 255)
      NumberGrid.fixed(scale: scale, zeroPoint: Int32(zero), low: 0, high: 255).round(numbers)
    }
  }

  /// Between what numbers it lies; nil: each sample says it.
  var ends: Interval? {
    guard case .fixed(let scale, let zeroPoint, let low, let high) = self else { return nil }
    return Double(scale) * Double(low - zeroPoint)...Double(scale) * Double(high - zeroPoint)
  }

  /// From one number to the next; 0 where each sample says it.
  var step: Double {
    guard case .fixed(let scale, _, _, _) = self else { return 0 }
    return Double(scale)
  }
}
