import Foundation

// From figures to places on an axis. Ticks stand at round numbers, whole multiples of 1, 2 or 5
// times a power of ten (powers of ten on a logarithmic scale), and so do the ends unless they are
// asked to be exact. A figure beyond the ends is drawn at the end: whatever the record holds, every
// place is finite.

package struct Scale: Equatable {
  package let low: Double
  package let high: Double
  package let ticks: [Double]
  package let isLogarithmic: Bool

  /// 0 at `low`, 1 at `high`.
  package func share(of value: Double) -> Double {
    let value = min(max(value, low), high)
    guard isLogarithmic else { return (value - low) / (high - low) }
    return log10(value / low) / log10(high / low)
  }

  /// The distance of ticks on a linear scale.
  var step: Double { ticks.count > 1 ? ticks[1] - ticks[0] : high - low }

  /// Linear, with ends that enclose `values` and lie within `bounds`, and about `count` ticks.
  package static func linear(
    _ values: some Sequence<Double>, within bounds: ClosedRange<Double>? = nil, count: Int = 5
  ) -> Scale {
    let (low, high) = range(of: values, within: bounds)
    let step = roundStep(atLeast: (high - low) / Double(count))
    let first = (low / step + 1e-9).rounded(.down)
    let last = (high / step - 1e-9).rounded(.up)
    let ticks = (0...Int(last - first)).map { round((first + Double($0)) * step, step: step) }
    return Scale(low: ticks[0], high: ticks[ticks.count - 1], ticks: ticks, isLogarithmic: false)
  }

  /// Linear, with `values`' own ends, between which the round ticks lie.
  package static func exact(_ values: some Sequence<Double>, count: Int = 5) -> Scale {
    let (low, high) = range(of: values, within: nil)
    let ticks = linear([low, high], count: count).ticks.filter { $0 >= low && $0 <= high }
    return Scale(low: low, high: high, ticks: ticks, isLogarithmic: false)
  }

  /// Whether `values` are all above 0 and span more than two decades.
  package static func callsForLogarithm(_ values: [Double]) -> Bool {
    guard let low = values.min(), let high = values.max() else { return false }
    return low > 0 && high / low > 100
  }

  /// Logarithmic where `values` call for it, or `alike` does and they allow it; else linear.
  package static func fitting(_ values: [Double], alike: Bool = false) -> Scale {
    guard let low = values.min(), let high = values.max(), low > 0, high > low,
      alike || callsForLogarithm(values)
    else { return linear(values) }
    let first = Int((log10(low) + 1e-9).rounded(.down))
    let last = max(first + 1, Int((log10(high) - 1e-9).rounded(.up)))
    let stride = (last - first + 5) / 6
    let ticks = Swift.stride(from: first, through: last, by: stride).map { pow(10, Double($0)) }
    return Scale(
      low: pow(10, Double(first)), high: pow(10, Double(last)), ticks: ticks, isLogarithmic: true)
  }

  /// The values' range, widened where it is too narrow to tell its ends apart.
  private static func range(
    of values: some Sequence<Double>, within bounds: ClosedRange<Double>?
  ) -> (Double, Double) {
    let low = values.min() ?? bounds?.lowerBound ?? 0
    let high = values.max() ?? bounds?.upperBound ?? 1
    let size = max(abs(low), abs(high))
    guard high - low <= 1e-6 * size || size == 0 else { return (low, high) }
    let margin = size == 0 ? 1 : size / 4
    if size == 0, bounds == nil { return (0, 1) }
    let limits = bounds ?? (-Double.infinity)...Double.infinity
    return (max(low - margin, limits.lowerBound), min(high + margin, limits.upperBound))
  }

  /// The least of 1, 2 and 5 times a power of ten that is `size` or more, nearly.
  private static func roundStep(atLeast size: Double) -> Double {
    let power = pow(10, log10(size).rounded(.down))
    let factor = [1, 2, 5, 10].first { $0 * power >= size * 0.999 } ?? 10
    return factor * power
  }

  /// Takes away what rounding left in a multiple of `step`, so that 0.1 x 3 is 0.3.
  private static func round(_ value: Double, step: Double) -> Double {
    let exponent = log10(step).rounded(.down)
    guard exponent < 0, exponent > -15 else { return value }
    let power = pow(10, -exponent)
    return (value * power).rounded() / power
  }
}
