// A table is at most 256 values that stand for all weights of a layer. Rounding each weight to the
// nearest entry leaves an error; k-means makes the sum of weighted squared errors least, k-medians
// that of absolute errors, both exactly. The uniform tables and the paper's equation (5) are there
// to compare with: (5), solved as it stands, asks for equal mass between neighbouring levels.

/// How the levels of a table are placed.
public enum TableMethod: String, Codable, CaseIterable, Sendable {
  /// Least weighted squared error; exact.
  case kMeans
  /// Least weighted absolute error; exact.
  case kMedians
  /// Whole multiples of one scale, those of a signed integer: -n/2 ... n/2 - 1 for even n. The
  /// scale fits the largest or the smallest weight, whichever leaves the smaller squared error;
  /// beyond it weights are clipped.
  case uniformSymmetric
  /// Evenly spaced from the least weight to the greatest.
  case uniformRange
  /// As many weights between any two neighbouring levels, from the least weight to the greatest;
  /// importance is not looked at.
  case paperEquation5 = "paper-eq5"

  /// Levels for these values.
  ///
  ///     try TableMethod.kMeans.levels(for: [0.1, 0.1, 0.9], count: 2)  // [0.1, 0.9]
  ///
  /// - Parameters:
  ///   - values: float32 in any order; all finite; may be empty.
  ///   - weights: what an error counts at each value: finite, not negative, one a value; nil for
  ///     all 1. If all are 0 they are taken as 1.
  ///   - count: 1...256. One level is the mean (the median for k-medians), whatever the method.
  /// - Returns: distinct levels, ascending; fewer than `count` where values are fewer.
  /// - Complexity: a sort; for k-means and k-medians O(n) more for most distributions, O(count n
  ///   log n) at worst, and about 60 bytes a distinct value.
  public func levels(
    for values: [Float], weights: [Float]? = nil, count: Int
  ) throws(QuantizationError) -> [Float] {
    precondition((1...256).contains(count))
    try Self.check(values, weights)
    guard !values.isEmpty else { return [] }
    let sorted = WeightedValues(values, weights: weights)
    if count == 1 && self != .kMedians { return [Float(sorted.mean(0..<sorted.count))] }
    switch self {
    case .kMeans: return sorted.kMeans(count)
    case .kMedians: return sorted.kMedians(count)
    case .uniformRange: return sorted.uniformRange(count)
    case .uniformSymmetric: return sorted.uniformSymmetric(count)
    case .paperEquation5: return WeightedValues(values, weights: nil).equalMass(count)
    }
  }

  /// Levels of k-means or k-medians, their cuts bounded by so many bins first; for tests.
  package func exactLevels(
    for values: [Float], weights: [Float]?, count: Int, bins: Int
  ) -> [Float] {
    precondition(bins >= 2 && !values.isEmpty)
    let sorted = WeightedValues(values, weights: weights)
    return self == .kMeans ? sorted.kMeans(count, bins: bins) : sorted.kMedians(count, bins: bins)
  }

  static func check(
    _ values: [Float], _ weights: [Float]?
  ) throws(QuantizationError) {
    if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
    if let index = weights?.firstIndex(where: { !($0.isFinite && $0 >= 0) }) {
      throw .importance(index: index)
    }
  }
}

extension WeightedValues {
  fileprivate func kMeans(_ levels: Int, bins: Int? = nil) -> [Float] {
    if count <= levels { return values }
    let ends = OptimalPartition.boundaries(SquaredErrorCost(self), parts: levels, bins: bins)
    return zip(ends, ends.dropFirst()).map { Float(mean($0..<$1)) }
  }

  fileprivate func kMedians(_ levels: Int, bins: Int? = nil) -> [Float] {
    if count <= levels { return values }
    let ends = OptimalPartition.boundaries(AbsoluteErrorCost(self), parts: levels, bins: bins)
    return zip(ends, ends.dropFirst()).map { values[medianIndex($0..<$1)] }
  }

  fileprivate func uniformRange(_ levels: Int) -> [Float] {
    let least = Double(values[0])
    let step = (Double(values[count - 1]) - least) / Double(levels - 1)
    return distinct((0..<levels).map { least + step * Double($0) })
  }

  fileprivate func uniformSymmetric(_ levels: Int) -> [Float] {
    let lowest = -(levels / 2)
    let highest = (levels - 1) / 2
    let least = Double(values[0])
    let greatest = Double(values[count - 1])
    var scales = [least / Double(lowest)]
    if highest > 0 { scales.append(greatest / Double(highest)) }
    scales = scales.filter { $0 > 0 }
    if scales.isEmpty { scales = [max(-least, greatest) / Double(levels / 2)] }
    let tables = scales.map { scale in distinct((lowest...highest).map { Double($0) * scale }) }
    return tables.min { squaredError($0) < squaredError($1) } ?? []
  }

  /// Levels at equal steps of the cumulative count, linear between neighbouring values.
  fileprivate func equalMass(_ levels: Int) -> [Float] {
    distinct(
      (0..<levels).map { level in
        let rank = (total - 1) * Double(level) / Double(levels - 1)
        let lower = Double(value(rank: rank.rounded(.down)))
        let upper = Double(value(rank: rank.rounded(.up)))
        return lower + (upper - lower) * (rank - rank.rounded(.down))
      })
  }

  /// The value that is number `rank` from 0 on when each is repeated by its weight.
  private func value(rank: Double) -> Float {
    var low = 0
    var high = count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle + 1] > rank { high = middle } else { low = middle + 1 }
    }
    return values[low]
  }

  private func squaredError(_ table: [Float]) -> Double {
    let codes = NearestLevel(table)
    return values.indices.reduce(0.0) { sum, index in
      let error = Double(values[index]) - Double(table[codes.code(values[index])])
      return sum + weight(index) * error * error
    }
  }

  private func distinct(_ levels: [Double]) -> [Float] {
    levels.map { Float($0) }.reduce(into: []) { table, level in
      if table.last != level { table.append(level) }
    }
  }
}
