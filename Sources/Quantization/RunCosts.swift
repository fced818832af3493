// Both costs come from prefix sums of w and w x, with x taken relative to the mean of all values so
// that little is lost to cancellation.

/// Squared error about the mean, less the sum of all w x^2, which no partition changes:
/// -(sum of w x)^2 / (sum of w).
struct SquaredErrorCost: RunCost {
  private let weights: [Double]
  private let moments: [Double]

  init(_ values: WeightedValues) {
    weights = values.cumulative
    moments = values.centredMoments(about: values.mean(0..<values.count))
  }

  var count: Int { weights.count - 1 }

  func cost(from start: Int, to end: Int) -> Double {
    let moment = moments[end] - moments[start]
    return -moment * moment / (weights[end] - weights[start])
  }

  func bestStart(
    for end: Int, among starts: ClosedRange<Int>, before: UnsafePointer<Double>
  ) -> (start: Int, cost: Double) {
    weights.withUnsafeBufferPointer { weights in
      moments.withUnsafeBufferPointer { moments in
        let endWeight = weights[end]
        let endMoment = moments[end]
        var best = (start: starts.lowerBound, cost: Double.infinity)
        for start in starts {
          let moment = endMoment - moments[start]
          let cost = before[start] - moment * moment / (endWeight - weights[start])
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
  private let centre: Double
  private let moments: [Double]

  init(_ values: WeightedValues) {
    self.values = values
    centre = values.mean(0..<values.count)
    moments = values.centredMoments(about: centre)
  }

  var count: Int { values.count }

  func cost(from start: Int, to end: Int) -> Double {
    cost(from: start, to: end, median: values.medianIndex(start..<end))
  }

  @inline(__always)
  private func cost(from start: Int, to end: Int, median: Int) -> Double {
    let weights = values.cumulative
    let place = Double(values.values[median]) - centre
    let below = place * (weights[median] - weights[start]) - (moments[median] - moments[start])
    let above = moments[end] - moments[median] - place * (weights[end] - weights[median])
    return below + above
  }

  /// The median moves right as the start does, so it is searched for only once.
  func bestStart(
    for end: Int, among starts: ClosedRange<Int>, before: UnsafePointer<Double>
  ) -> (start: Int, cost: Double) {
    let weights = values.cumulative
    var best = (start: starts.lowerBound, cost: Double.infinity)
    var median = values.medianIndex(starts.lowerBound..<end)
    for start in starts {
      let half = (weights[start] + weights[end]) / 2
      while median < end - 1 && weights[median + 1] < half { median += 1 }
      let cost = before[start] + cost(from: start, to: end, median: max(median, start))
      if cost < best.cost { best = (start, cost) }
    }
    return best
  }
}

extension WeightedValues {
  /// Sum of w (x - centre) over all values before each index; one entry more than values.
  fileprivate func centredMoments(about centre: Double) -> [Double] {
    var moments: [Double] = [0]
    moments.reserveCapacity(count + 1)
    var sum = 0.0
    for index in 0..<count {
      sum += weight(index) * (Double(values[index]) - centre)
      moments.append(sum)
    }
    return moments
  }
}
