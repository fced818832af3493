/// An interval of numbers; its ends may be infinite.
package typealias Interval = ClosedRange<Double>

extension Interval {
  package static var all: Interval { -Double.infinity...Double.infinity }
  package static var zero: Interval { 0...0 }

  /// The least that holds all these numbers, what is infinite or NaN left out.
  package init(holding numbers: [Float]) {
    var (low, high) = (Float.infinity, -Float.infinity)
    for number in numbers where number.isFinite {
      (low, high) = (Swift.min(low, number), Swift.max(high, number))
    }
    self = low <= high ? Double(low)...Double(high) : .zero
  }

  /// The largest magnitude.
  package var reach: Double { Swift.max(-lowerBound, upperBound) }

  /// The least that holds both.
  package func joined(with other: Interval) -> Interval {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }

  /// The least that holds all, of which there is one at least.
  static func joining(_ intervals: [Interval]) -> Interval {
    intervals.dropFirst().reduce(intervals[0]) { $0.joined(with: $1) }
  }

  /// What is above 0 of it, or 0.
  var positive: Interval { clamped(to: 0...(.infinity)) }
  /// What is below.
  var negative: Interval { clamped(to: -Double.infinity...0) }

  func plus(_ other: Interval) -> Interval {
    let (low, high) = (lowerBound + other.lowerBound, upperBound + other.upperBound)
    return low <= high ? low...high : .all
  }

  func times(_ other: Interval) -> Interval {
    func product(_ a: Double, _ b: Double) -> Double { a == 0 || b == 0 ? 0 : a * b }
    let products = [lowerBound, upperBound].flatMap { a in
      [other.lowerBound, other.upperBound].map { product(a, $0) }
    }
    return products.reduce(products[0]...products[0]) { $0.joined(with: $1...$1) }
  }
}
