// Brackets by a lower bound, for values that Lloyd's iteration has several fixed points for (two
// peaks, far outliers). Values are put into bins. Say a cut lies somewhere in a bin: leave all the
// bin's values out, and the runs on either side begin and end at bins; leaving values out never
// makes a run cost more. So dynamic programming over bins, from the left and from the right, bounds
// from below what any partition with a given cut in a given bin costs. Bins for which that is more
// than a partition already known costs cannot hold that cut of a best one.

/// Least that runs of whole bins cost.
protocol BinCost {
  /// Not more than the values of the bins from `start` up to `end` cost as one run; satisfies the
  /// quadrangle inequality. `start` < `end`.
  func cost(from start: Int, to end: Int) -> Double
}

extension CutBrackets {
  /// Leaves out the places that the bound excludes.
  ///
  /// - Complexity: O(cuts b log b + n) for b = `bins`; 8 bytes a cut and bin.
  mutating func exclude<Cost: RunCost>(by cost: Cost, bins: Int) {
    let bound = BinnedBound(cost, brackets: self, bins: bins)
    let forward = bound.forward()
    let known = bound.cost(of: bound.cuts(forward, within: self))
    var after: [Double] = []
    for cut in low.indices.reversed() {
      after = bound.backward(cut, after: after)
      let bins = bound.bins[cut]
      let possible = bins.filter {
        forward[cut][$0 - bins.lowerBound] + after[$0 - bins.lowerBound] <= known
      }
      guard let first = possible.first, let last = possible.last else { continue }
      tighten(cut, to: bound.edges[first]...bound.edges[last + 1] - 1)
    }
    separate()
  }
}

private struct BinnedBound<Cost: RunCost> {
  let cost: Cost
  /// First value of each bin, and how many values there are.
  let edges: [Int]
  /// For each cut the bins that it may lie in.
  let bins: [ClosedRange<Int>]
  private let binCost: Cost.Bins

  init(_ cost: Cost, brackets: CutBrackets, bins: Int) {
    self.cost = cost
    let edges = binEdges(count: cost.count, bins: bins, value: cost.value)
    self.edges = edges
    self.bins = brackets.low.indices.map { cut in
      let bracket = brackets[cut]
      return Self.bin(of: bracket.lowerBound, edges)...Self.bin(of: bracket.upperBound, edges)
    }
    binCost = cost.bins(edges)
  }

  private static func bin(of place: Int, _ edges: [Int]) -> Int {
    var (low, high) = (0, edges.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= place { low = middle } else { high = middle }
    }
    return low
  }

  /// The bin that the run after a cut in `bin` begins at. A bin of one value holds one place for a
  /// cut, before that value, and then nothing need be left out.
  private func next(_ bin: Int) -> Int { edges[bin + 1] - edges[bin] == 1 ? bin : bin + 1 }

  private func run(_ start: Int, _ end: Int) -> Double {
    start < end ? binCost.cost(from: start, to: end) : 0
  }

  /// For each cut and each of its bins: least cost of what lies before the cut.
  func forward() -> [[Double]] {
    var rows = [bins[0].map { run(0, $0) }]
    for cut in 1..<max(bins.count, 1) {
      let before = rows[cut - 1]
      let first = bins[cut - 1].lowerBound
      var row = [Double](repeating: 0, count: bins[cut].count)
      fill(&row, bins[cut], among: bins[cut - 1]) { end, start in
        start > end ? .infinity : before[start - first] + run(next(start), end)
      }
      rows.append(row)
    }
    return rows
  }

  /// For each bin of a cut: least cost of what lies after it.
  ///
  /// - Parameter after: the same of the next cut.
  func backward(_ cut: Int, after: [Double]) -> [Double] {
    if cut == bins.count - 1 { return bins[cut].map { run(next($0), edges.count - 1) } }
    let first = bins[cut + 1].lowerBound
    var row = [Double](repeating: 0, count: bins[cut].count)
    fill(&row, bins[cut], among: bins[cut + 1]) { start, end in
      start > end ? .infinity : after[end - first] + run(next(start), end)
    }
    return row
  }

  /// Least of `term` over the candidates for each of `items`, where the best candidate never moves
  /// left as the item moves right.
  private func fill(
    _ row: inout [Double], _ items: ClosedRange<Int>, among candidates: ClosedRange<Int>,
    _ term: (Int, Int) -> Double
  ) {
    var open = [(items, candidates)]
    while let (range, candidates) = open.popLast() {
      let item = (range.lowerBound + range.upperBound) / 2
      var best = (place: candidates.lowerBound, cost: Double.infinity)
      for candidate in candidates {
        let cost = term(item, candidate)
        if cost < best.cost { best = (candidate, cost) }
      }
      row[item - items.lowerBound] = best.cost
      if range.lowerBound < item {
        open.append((range.lowerBound...item - 1, candidates.lowerBound...best.place))
      }
      if item < range.upperBound {
        open.append((item + 1...range.upperBound, best.place...candidates.upperBound))
      }
    }
  }

  /// Cuts at the bins of the bound itself: a partition that is nearly best.
  func cuts(_ forward: [[Double]], within brackets: CutBrackets) -> [Int] {
    var end = edges.count - 1
    var chosen: [Int] = []
    for cut in bins.indices.reversed() {
      let costs = bins[cut].map { bin in
        bin > end
          ? .infinity : forward[cut][bin - bins[cut].lowerBound] + run(next(bin), end)
      }
      let least = costs.min() ?? 0
      end = bins[cut].lowerBound + (costs.firstIndex(of: least) ?? 0)
      chosen.append(edges[end])
    }
    var cuts: [Int] = []
    for (cut, place) in chosen.reversed().enumerated() {
      let bracket = brackets[cut]
      cuts.append(min(max(place, bracket.lowerBound, (cuts.last ?? 0) + 1), bracket.upperBound))
    }
    return cuts
  }

  /// Cost of a partition, more than which rounding cannot make of it or of a bound.
  func cost(of cuts: [Int]) -> Double {
    let ends = [0] + cuts + [cost.count]
    let runs = zip(ends, ends.dropFirst()).reduce(0.0) { $0 + cost.cost(from: $1.0, to: $1.1) }
    let error = 8 * Double.ulpOfOne * Double(cost.count + ends.count) * cost.aboutOrigin
    return runs + cost.omitted + error
  }
}
