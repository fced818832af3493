// The partition of sorted values into k runs of consecutive values that costs least, found by
// dynamic programming as in Wang and Song, "Ckmeans.1d.dp" (The R Journal, 2011): the best k runs
// over the first n values are the best k - 1 runs over the first m, and one run from m to n, for
// the best m. For the costs used here that m never moves left as n moves right, so the best start
// for the middle n bounds the search on both sides (divide and conquer): O(n log n) a run instead
// of O(n^2).
//
// Each cut is looked for only where it can lie (CutBrackets): with those of millions of values from
// one peak that leaves some thousands of places, and the time goes into the prefix sums.
//
// Only two rows of costs are kept. The starts, which the way back needs for every k, ascend; in
// unary they take two bits a place.

/// What one run of values costs.
///
/// For a run [start, end) the cost must satisfy the quadrangle inequality
/// cost(a, c) + cost(b, d) <= cost(a, d) + cost(b, c) for a <= b <= c <= d, up to rounding. It may
/// leave out any term that sums to the same for every partition. It must be the sum of what each
/// value's distance from the run's centre costs, and the centre must be where that is least.
protocol RunCost {
  associatedtype Bins: BinCost

  /// How many values there are.
  var count: Int { get }

  /// A value, from any origin.
  func value(_ index: Int) -> Double

  /// Bounds, rounding considered, of the centre of a run that is not empty; from the same origin.
  func centre(from start: Int, to end: Int) -> (low: Double, high: Double)

  /// What the costs of all runs of a partition leave out.
  var omitted: Double { get }

  /// Cost of all values, nothing left out, about the origin.
  var aboutOrigin: Double { get }

  /// Costs of runs of bins, nothing left out.
  ///
  /// - Parameter edges: the first value of each bin, ascending from 0, and `count`.
  func bins(_ edges: [Int]) -> Bins

  /// Cost of the values from `start` up to `end`; `start` < `end`.
  func cost(from start: Int, to end: Int) -> Double

  /// The start of the last run that makes cost before it + cost(start, end) least; the first such.
  ///
  /// - Parameters:
  ///   - starts: not empty, below `end`.
  ///   - before: cost of all values before each of the starts.
  func bestStart(
    for end: Int, among starts: ClosedRange<Int>, before: UnsafePointer<Double>
  ) -> (start: Int, cost: Double)
}

enum OptimalPartition {
  /// Where the `parts` runs of least total cost begin, and `cost.count` as the last entry.
  ///
  /// - Parameter bins: bound the cuts by so many bins first, even if that does not pay.
  /// - Precondition: `parts` is in 1...`cost.count`.
  /// - Complexity: O(n) time where few places are left for the cuts, O(`parts` n log n) at worst;
  ///   20 bytes a value or place, and 2 bits a place of each cut.
  static func boundaries<Cost: RunCost>(_ cost: Cost, parts: Int, bins: Int? = nil) -> [Int] {
    let count = cost.count
    precondition((1...count).contains(parts) && count < Int32.max)
    if parts == 1 { return [0, count] }
    var brackets = CutBrackets(parts: parts, count: count)
    if let bins { brackets.exclude(by: cost, bins: bins) }
    brackets.narrow(by: cost)
    return boundaries(cost, within: brackets, cuts: parts - 1)
  }

  private static func boundaries<Cost: RunCost>(
    _ cost: Cost, within brackets: CutBrackets, cuts: Int
  ) -> [Int] {
    var costs = brackets[0].map { cost.cost(from: 0, to: $0) }
    var starts: [AscendingList] = []
    for cut in 1..<max(cuts, 1) {
      let row = row(cost, ends: brackets[cut], starts: brackets[cut - 1], before: costs)
      costs = row.costs
      starts.append(row.starts)
    }
    var boundaries = [cost.count]
    var cut = costs.withUnsafeBufferPointer {
      cost.bestStart(for: cost.count, among: brackets[cuts - 1], before: $0.baseAddress!).start
    }
    for earlier in (0..<cuts - 1).reversed() {
      boundaries.append(cut)
      cut = brackets.low[earlier] + starts[earlier][cut - brackets.low[earlier + 1]]
    }
    return [0] + (boundaries + [cut]).sorted()
  }

  /// For each end: the least cost of all runs up to it, and the start of the last, counted from the
  /// first of the possible starts.
  ///
  /// - Parameter before: least costs up to each of the starts.
  private static func row<Cost: RunCost>(
    _ cost: Cost, ends: ClosedRange<Int>, starts: ClosedRange<Int>, before: [Double]
  ) -> (costs: [Double], starts: AscendingList) {
    var costs = [Double](repeating: .infinity, count: ends.count)
    var best = [Int32](repeating: 0, count: ends.count)
    before.withUnsafeBufferPointer { before in
      costs.withUnsafeMutableBufferPointer { costs in
        best.withUnsafeMutableBufferPointer { best in
          Sweep(
            cost: cost, before: before, costs: costs, best: best, firstStart: starts.lowerBound,
            firstEnd: ends.lowerBound
          ).fill(ends, among: starts)
        }
      }
    }
    return (costs, AscendingList(best[...]))
  }

  private struct Sweep<Cost: RunCost> {
    let cost: Cost
    let before: UnsafeBufferPointer<Double>
    let costs: UnsafeMutableBufferPointer<Double>
    let best: UnsafeMutableBufferPointer<Int32>
    let firstStart: Int
    let firstEnd: Int

    /// Fills in the ends in a range whose best starts are known to lie within `candidates`.
    func fill(_ ends: ClosedRange<Int>, among candidates: ClosedRange<Int>) {
      let end = (ends.lowerBound + ends.upperBound) / 2
      let possible = candidates.lowerBound...min(candidates.upperBound, end - 1)
      let choice = cost.bestStart(
        for: end, among: possible,
        before: before.baseAddress! + (possible.lowerBound - firstStart))
      costs[end - firstEnd] = choice.cost
      best[end - firstEnd] = Int32(choice.start - firstStart)
      if ends.lowerBound < end {
        fill(ends.lowerBound...end - 1, among: candidates.lowerBound...choice.start)
      }
      if end < ends.upperBound {
        fill(end + 1...ends.upperBound, among: choice.start...candidates.upperBound)
      }
    }
  }
}

/// Numbers that never descend, in about two bits each: number i is how many 0s precede the i-th 1.
struct AscendingList {
  private let words: [UInt64]

  /// - Precondition: the numbers are not negative and never descend.
  init(_ numbers: ArraySlice<Int32>) {
    var words = [UInt64](repeating: 0, count: (Int(numbers.last ?? 0) + numbers.count) / 64 + 1)
    for (index, number) in numbers.enumerated() {
      let bit = index + Int(number)
      words[bit / 64] |= 1 << UInt64(bit % 64)
    }
    self.words = words
  }

  /// The number at an index; O(n / 64).
  subscript(index: Int) -> Int {
    var ones = index
    var word = 0
    while words[word].nonzeroBitCount <= ones {
      ones -= words[word].nonzeroBitCount
      word += 1
    }
    var bits = words[word]
    for _ in 0..<ones { bits &= bits - 1 }
    return word * 64 + bits.trailingZeroBitCount - index
  }
}
