// Both costs come from prefix sums of w and w x, with x taken relative to the mean of all values so
// that little is lost to cancellation. The sums are compensated (Neumaier 1974): each prefix is the
// exact sum of the rounded terms, rounded once, so the error of a run's sum is known. With u the
// unit roundoff, W the weight of a run, S the greatest prefix of w x and R the greatest |x|, its
// mean is wrong by less than 8 u (S / W + R).

/// Squared error about the mean, less the sum of all w x^2, which no partition changes:
/// -(sum of w x)^2 / (sum of w).
struct SquaredErrorCost: RunCost {
  private let values: WeightedValues
  private let moments: CentredMoments

  init(_ values: WeightedValues) {
    self.values = values
    moments = CentredMoments(values)
  }

  var count: Int { values.count }

  func value(_ index: Int) -> Double { Double(values.values[index]) - moments.centre }

  func centre(from start: Int, to end: Int) -> (low: Double, high: Double) {
    let weight = values.cumulative[end] - values.cumulative[start]
    let mean = (moments.sums[end] - moments.sums[start]) / weight
    let error = 4 * Double.ulpOfOne * (moments.greatestSum / weight + moments.greatestValue)
    return (mean - error, mean + error)
  }

  var omitted: Double { aboutOrigin }

  var aboutOrigin: Double { squares(before: [values.count])[0] }

  func bins(_ edges: [Int]) -> some BinCost {
    BinSquaredError(
      weights: edges.map { values.cumulative[$0] }, sums: edges.map { moments.sums[$0] },
      squares: squares(before: edges))
  }

  /// Sums of w x^2 before ascending indices.
  private func squares(before indices: [Int]) -> [Double] {
    var sum = 0.0
    var place = 0
    return indices.map { index in
      for index in place..<index { sum += values.weight(index) * value(index) * value(index) }
      place = index
      return sum
    }
  }

  func cost(from start: Int, to end: Int) -> Double {
    let moment = moments.sums[end] - moments.sums[start]
    return -moment * moment / (values.cumulative[end] - values.cumulative[start])
  }

  func bestStart(
    for end: Int, among starts: ClosedRange<Int>, before: UnsafePointer<Double>
  ) -> (start: Int, cost: Double) {
    values.cumulative.withUnsafeBufferPointer { weights in
      moments.sums.withUnsafeBufferPointer { moments in
        let endWeight = weights[end]
        let endMoment = moments[end]
        let first = starts.lowerBound
        var best = (start: first, cost: Double.infinity)
        for start in starts {
          let moment = endMoment - moments[start]
          let cost = before[start - first] - moment * moment / (endWeight - weights[start])
          if cost < best.cost { best = (start, cost) }
        }
        return best
      }
    }
  }
}

/// Absolute error about the median.
struct AbsoluteErrorCost: RunCost {
  private let values: WeightedValues
  private let moments: CentredMoments

  init(_ values: WeightedValues) {
    self.values = values
    moments = CentredMoments(values)
  }

  var count: Int { values.count }

  func value(_ index: Int) -> Double { Double(values.values[index]) - moments.centre }

  /// Two medians where rounding may hide which is the right one.
  func centre(from start: Int, to end: Int) -> (low: Double, high: Double) {
    let error = 2 * Double.ulpOfOne * values.total
    return (
      value(values.medianIndex(start..<end, shifted: -error)),
      value(values.medianIndex(start..<end, shifted: error))
    )
  }

  var omitted: Double { 0 }

  var aboutOrigin: Double {
    (0..<count).reduce(0.0) { $0 + values.weight($1) * abs(value($1)) }
  }

  func bins(_ edges: [Int]) -> some BinCost {
    BinAbsoluteError(
      weights: edges.map { values.cumulative[$0] }, sums: edges.map { moments.sums[$0] })
  }

  func cost(from start: Int, to end: Int) -> Double {
    let weights = values.cumulative
    let sums = moments.sums
    let median = values.medianIndex(start..<end)
    let place = value(median)
    let below = place * (weights[median] - weights[start]) - (sums[median] - sums[start])
    let above = sums[end] - sums[median] - place * (weights[end] - weights[median])
    return below + above
  }

  /// The median moves right as the start does, so it is searched for only once.
  func bestStart(
    for end: Int, among starts: ClosedRange<Int>, before: UnsafePointer<Double>
  ) -> (start: Int, cost: Double) {
    let first = starts.lowerBound
    var median = values.medianIndex(first..<end)
    var best = (start: first, cost: Double.infinity)
    values.cumulative.withUnsafeBufferPointer { weights in
      moments.sums.withUnsafeBufferPointer { sums in
        let weight = weights[end]
        for start in starts {
          let half = (weights[start] + weight) / 2
          while median < end - 1 && (median < start || weights[median + 1] < half) { median += 1 }
          let place = value(median)
          // What lies above the median, less what lies below.
          let moment = sums[end] - 2 * sums[median] + sums[start]
          let excess = weight - 2 * weights[median] + weights[start]
          let cost = before[start - first] + moment - place * excess
          if cost < best.cost { best = (start, cost) }
        }
      }
    }
    return best
  }
}

/// Sums of w (x - centre) over all values before each index, each rounded once.
private struct CentredMoments {
  /// The mean of all values, nearly.
  let centre: Double
  /// One entry more than values.
  let sums: [Double]
  /// Greatest magnitude among the sums.
  let greatestSum: Double
  /// Greatest |x - centre|.
  let greatestValue: Double

  init(_ values: WeightedValues) {
    let count = values.count
    let centre = values.mean(0..<count)
    var greatest = 0.0
    sums = [Double](unsafeUninitializedCapacity: count + 1) { sums, initialized in
      sums.initializeElement(at: 0, to: 0)
      var sum = 0.0
      var lost = 0.0
      for index in 0..<count {
        let term = values.weight(index) * (Double(values.values[index]) - centre)
        let next = sum + term
        // What the addition lost, exactly, whichever of the two is larger (Knuth's two-sum).
        let back = next - sum
        lost += (sum - (next - back)) + (term - back)
        sum = next
        sums.initializeElement(at: index + 1, to: sum + lost)
        greatest = max(greatest, abs(sum + lost))
      }
      initialized = count + 1
    }
    self.centre = centre
    greatestSum = greatest
    greatestValue = max(
      abs(Double(values.values[0]) - centre), abs(Double(values.values[count - 1]) - centre))
  }
}

/// Squared error of runs of bins; exact.
private struct BinSquaredError: BinCost {
  let weights: [Double]
  let sums: [Double]
  let squares: [Double]

  func cost(from start: Int, to end: Int) -> Double {
    let sum = sums[end] - sums[start]
    return max(0, squares[end] - squares[start] - sum * sum / (weights[end] - weights[start]))
  }
}

/// Absolute error of runs of bins, each bin's values moved to their mean. By Jensen's inequality
/// that is never more than the values' own.
private struct BinAbsoluteError: BinCost {
  let weights: [Double]
  let sums: [Double]

  func cost(from start: Int, to end: Int) -> Double {
    let half = (weights[start] + weights[end]) / 2
    var (low, high) = (start, end - 1)
    while low < high {
      let middle = (low + high) / 2
      if weights[middle + 1] >= half { high = middle } else { low = middle + 1 }
    }
    let place = (sums[low + 1] - sums[low]) / (weights[low + 1] - weights[low])
    let below = place * (weights[low] - weights[start]) - (sums[low] - sums[start])
    let above = sums[end] - sums[low + 1] - place * (weights[end] - weights[low + 1])
    return max(0, below + above)
  }
}
