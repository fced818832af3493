/// Numbers on a line, sorted, equal ones merged, with running sums of what they count and weigh, so
/// that error and number of any run of them cost O(1). Unlike `WeightedValues` it keeps values of
/// no weight: they have codes too.
struct SortedSums {
  /// Ascending and distinct.
  let values: [Float]
  /// Weighted mean of all; moments and squares are about it.
  let centre: Double
  /// Sums over all values before each index; one entry more than there are values.
  private(set) var counts: [Double] = [0]
  private(set) var weights: [Double] = [0]
  private(set) var moments: [Double] = [0]
  private(set) var squares: [Double] = [0]

  /// - Parameters:
  ///   - values: finite, not empty.
  ///   - weights: one a value, finite, not negative; nil for all 1. If all are 0 they are taken
  ///     as 1.
  init(_ values: [Float], weights: [Float]?) {
    let weights = weights?.contains { $0 > 0 } == true ? weights : nil
    var keys = values.indices.map {
      UInt64(values[$0].ordered) << 32 | UInt64((weights?[$0] ?? 1).bitPattern)
    }
    keys.radixSort()
    func value(_ key: UInt64) -> Float { Float(ordered: UInt32(key >> 32)) }
    func weight(_ key: UInt64) -> Double {
      Double(Float(bitPattern: UInt32(truncatingIfNeeded: key)))
    }
    var total = 0.0
    var sum = 0.0
    for key in keys {
      total += weight(key)
      sum += weight(key) * Double(value(key))
    }
    centre = sum / total
    var distinct: [Float] = []
    for key in keys {
      if distinct.last != value(key) {
        distinct.append(value(key))
        counts.append(counts[counts.count - 1])
        self.weights.append(self.weights[self.weights.count - 1])
        moments.append(moments[moments.count - 1])
        squares.append(squares[squares.count - 1])
      }
      let last = distinct.count
      let place = Double(value(key)) - centre
      counts[last] += 1
      self.weights[last] += weight(key)
      moments[last] += weight(key) * place
      squares[last] += weight(key) * place * place
    }
    self.values = distinct
  }

  /// How many distinct values there are.
  var count: Int { values.count }
  /// How many values there are.
  var total: Double { counts[count] }
  /// Weighted squared error of all about their mean.
  var deviation: Double { error(0, count) }

  func number(_ start: Int, _ end: Int) -> Double { counts[end] - counts[start] }

  /// Weighted mean of a run that is not empty; the middle of its range where it has no weight.
  func mean(_ start: Int, _ end: Int) -> Double {
    let weight = weights[end] - weights[start]
    if weight > 0 { return centre + (moments[end] - moments[start]) / weight }
    return (Double(values[start]) + Double(values[end - 1])) / 2
  }

  /// Weighted squared error of a run about its mean.
  func error(_ start: Int, _ end: Int) -> Double {
    let weight = weights[end] - weights[start]
    if weight <= 0 { return 0 }
    let moment = moments[end] - moments[start]
    return max(0, squares[end] - squares[start] - moment * moment / weight)
  }

  /// Weighted squared error of a run about `point`.
  func error(_ start: Int, _ end: Int, about point: Double) -> Double {
    let place = point - centre
    let moment = moments[end] - moments[start]
    let sum = squares[end] - squares[start] - 2 * place * moment
    return max(0, sum + place * place * (weights[end] - weights[start]))
  }

  /// Where the runs of values nearest to each level begin, and `count`; half way, the lower level.
  func cells(_ levels: [Double]) -> [Int] {
    let midpoints = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
    return [0] + midpoints.map { first(above: $0) } + [count]
  }

  /// First index whose value is above `bound`, or `count`.
  func first(above bound: Double) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if Double(values[middle]) > bound { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
