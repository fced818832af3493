// A table of bytes that may be a change of scale: which ratios of scales give it.

import FixedPoint

/// The results of all bytes, from that of -128 on, which never fall.
struct ByteScaling {
  let results: [Int8]
  /// The bytes between which results are not cut off.
  private let slope: ClosedRange<Int>

  /// - Returns: nil where the table cannot be one.
  init?(_ results: [Int8]) {
    guard let low = results.first, let high = results.last, low < high, zip(results, results.dropFirst()).allSatisfy(<=),
      let first = results.firstIndex(where: { $0 > low }), let last = results.lastIndex(where: { $0 < high }), first < last
    else { return nil }
    (self.results, slope) = (results, first - 128...last - 128)
  }

  private func result(_ byte: Int) -> Int { Int(results[byte + 128]) }

  /// Zero points of the result that there may be with one of the argument, the likeliest first.
  func zeros(_ zero: Int) -> [Int] {
    let rise = Double(result(slope.upperBound) - result(slope.lowerBound)) / Double(slope.count - 1)
    let own = Int((Double(result(slope.lowerBound)) - rise * Double(slope.lowerBound - zero)).rounded())
    return [own, own - 1, own + 1].filter { (-128...127).contains($0) }
  }

  /// Whether it is cut off below the zero point, as no change of scale is.
  func isRectified(at zero: Int) -> Bool {
    guard zero > -128, results[0] > -128, results[zero + 128] == results[0] else { return false }
    let rise = Double(result(slope.upperBound) - result(slope.lowerBound)) / Double(slope.count - 1)
    return rise * Double(zero + 128) >= 1
  }

  /// Between what ratios, scale of the argument over that of the result, the table is this; nil: for none.
  func ratios(from zero: Int, to other: Int) -> ClosedRange<Double>? {
    var (low, high) = (0.0, Double.infinity)
    for byte in slope where byte != zero {
      let (steps, wanted) = (Double(byte - zero), Double(result(byte) - other))
      // The reference rounds twice, first to whole numbers where the factor is small.
      let ends = [(wanted - 1) / steps, (wanted + 1) / steps]
      (low, high) = (max(low, min(ends[0], ends[1])), min(high, max(ends[0], ends[1])))
    }
    return low <= high && low > 0 && high.isFinite ? low...high : nil
  }

  /// Ratios of an interval to be tried, from its middle on.
  static func trials(_ ratios: ClosedRange<Double>) -> [Double] {
    let middle = (ratios.lowerBound + ratios.upperBound) / 2
    let step = (ratios.upperBound - ratios.lowerBound) / 2000
    return (0...2000).map { (number: Int) -> Double in
      let distance = (number + 1) / 2
      return middle + step * Double(number % 2 == 0 ? -distance : distance)
    }
  }

  /// Whether it is what encodings give.
  func isGiven(from x: ByteEncoding, to y: ByteEncoding) -> Bool {
    ByteFunction.requantize.table(from: x, to: y) == results
  }
}
