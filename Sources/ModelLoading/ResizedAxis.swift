// Lines on which the places of a resized axis lie (`Resize.Axis`), made of fractions or of the places.

import ModelGraph

extension Resize.Axis {
  /// In lowest terms.
  static func reduced(_ size: Int, step: Int, start: Int, unit: Int) -> Resize.Axis {
    let common = divisor(divisor(step, abs(start)), unit)
    return Resize.Axis(size: size, step: step / common, start: start / common, unit: unit / common)
  }

  private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

  /// Lines through all places, of halves where there is none through the whole.
  ///
  /// - Complexity: O(places squared), of at most 2,048 at a time.
  static func lines(_ places: ArraySlice<Int>) -> [Resize.Axis] {
    if places.count <= 2048, let line = line(through: Array(places)) { return [line] }
    let middle = places.startIndex + places.count / 2
    return lines(places[..<middle]) + lines(places[middle...])
  }

  /// Any two places bound the step: by more than one unit too few or too many, one of them would be another.
  private static func line(through places: [Int]) -> Resize.Axis? {
    let unit = Resize.Axis.finest
    var (least, most) = (0, 65535 * unit)
    for (first, low) in places.enumerated() {
      for second in places.indices.dropFirst(first + 1) {
        let (rise, run) = (places[second] - low, second - first)
        most = min(most, ((rise + 1) * unit - 1) / run)
        if rise > 0 { least = max(least, ((rise - 1) * unit + run) / run) }
      }
    }
    if least > most { return nil }
    let step = (least + most) / 2
    let start = places.enumerated().map { $1 * unit - $0 * step }.max() ?? 0
    return Resize.Axis(size: places.count, step: step, start: start, unit: unit)
  }
}
