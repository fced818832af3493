// Where the cuts of the best partition can lie at all. In every best partition each value belongs
// to the run whose centre (mean or median) is nearest, so each cut lies at the midpoint between the
// centres beside it. A centre never moves left when an end of its run moves right, nor does the
// midpoint. Hence, if no cut of a best partition lies left of the places `low`, none lies left of
// the midpoints that the runs between those places have; and so from the right. Lloyd's iteration,
// started from the leftmost and from the rightmost cuts there are, thus closes in on every best
// partition from both sides (the order argument of Tarski's fixed points); stopped at any time, the
// brackets hold. For a density of one log-concave peak Lloyd's fixed point is unique (Fleischer
// 1964), and the brackets shrink to next to nothing; where there are several, they stay apart, and
// a lower bound on the cost (CutBounds) leaves the neighbourhood of the best.

/// Least and greatest place of each cut; a cut is the index that a run begins at.
struct CutBrackets {
  /// One a cut, ascending; the value before a cut and the one at it lie on either side.
  private(set) var low: [Int]
  private(set) var high: [Int]
  private let count: Int

  /// All that `parts` runs of one value or more leave open.
  init(parts: Int, count: Int) {
    low = Array(1..<parts)
    high = (1..<parts).map { count - parts + $0 }
    self.count = count
  }

  subscript(cut: Int) -> ClosedRange<Int> { low[cut]...high[cut] }

  /// How many places are left, over all cuts.
  var width: Int { zip(low, high).reduce(0) { $0 + $1.1 - $1.0 } }

  /// Closes in as far as pays, with ever finer bins, not so fine that the bound would cost what the
  /// search does.
  mutating func narrow<Cost: RunCost>(by cost: Cost) {
    close(by: cost)
    var bins = min(max(128 * low.count, 1024), 8192)
    while bins <= count / 16 && width > count / 4 {
      exclude(by: cost, bins: bins)
      close(by: cost)
      bins *= 4
    }
  }

  /// Closes in until a round gains less than the search of what it gains would cost, or little.
  private mutating func close<Cost: RunCost>(by cost: Cost) {
    var width = width
    while width > 0 {
      for cut in low.indices.reversed() { raise(cut, cost) }
      for cut in low.indices { raise(cut, cost) }
      for cut in high.indices { lower(cut, cost) }
      for cut in high.indices.reversed() { lower(cut, cost) }
      let left = self.width
      if width - left < max(8 * low.count, left / 256) { return }
      width = left
    }
  }

  /// Leaves a cut only the places within `range`.
  mutating func tighten(_ cut: Int, to range: ClosedRange<Int>) {
    low[cut] = max(low[cut], range.lowerBound)
    high[cut] = min(high[cut], range.upperBound)
  }

  /// No two cuts are the same.
  mutating func separate() {
    for cut in low.indices.dropFirst() { low[cut] = max(low[cut], low[cut - 1] + 1) }
    for cut in high.indices.dropLast().reversed() { high[cut] = min(high[cut], high[cut + 1] - 1) }
  }

  private mutating func raise<Cost: RunCost>(_ cut: Int, _ cost: Cost) {
    let start = cut == 0 ? 0 : low[cut - 1]
    let end = cut == low.count - 1 ? count : low[cut + 1]
    let midpoint =
      (cost.centre(from: start, to: low[cut]).low + cost.centre(from: low[cut], to: end).low) / 2
    // Values below the midpoint lie before the cut.
    var step = 1
    while low[cut] < high[cut] && cost.value(low[cut]) < midpoint {
      let next = min(low[cut] + step, high[cut])
      // All up to `next` are below if the one before it is.
      if cost.value(next - 1) < midpoint {
        low[cut] = next
        step *= 2
      } else {
        step = max(step / 4, 1)
      }
    }
  }

  private mutating func lower<Cost: RunCost>(_ cut: Int, _ cost: Cost) {
    let start = cut == 0 ? 0 : high[cut - 1]
    let end = cut == high.count - 1 ? count : high[cut + 1]
    let midpoint =
      (cost.centre(from: start, to: high[cut]).high + cost.centre(from: high[cut], to: end).high)
      / 2
    // Values above the midpoint lie after the cut.
    var step = 1
    while high[cut] > low[cut] && cost.value(high[cut] - 1) > midpoint {
      let next = max(high[cut] - step, low[cut])
      if cost.value(next) > midpoint {
        high[cut] = next
        step *= 2
      } else {
        step = max(step / 4, 1)
      }
    }
  }
}
