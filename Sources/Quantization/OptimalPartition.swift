// The partition of sorted values into k runs of consecutive values that costs least, found by
// dynamic programming as in Wang and Song, "Ckmeans.1d.dp" (The R Journal, 2011): the best k runs
// over the first n values are the best k - 1 runs over the first m, and one run from m to n, for
// the best m. For the costs used here that m never moves left as n moves right, so the best start
// for the middle n bounds the search on both sides (divide and conquer): O(n log n) a run instead
// of O(n^2).
//
// Only two rows of costs are kept. The starts, which the way back needs for every k, ascend; in
// unary they take two bits a value.

/// What one run of values costs.
///
/// For a run [start, end) the cost must satisfy the quadrangle inequality
/// cost(a, c) + cost(b, d) <= cost(a, d) + cost(b, c) for a <= b <= c <= d, up to rounding. It may
/// leave out any term that sums to the same for every partition.
protocol RunCost {
  /// How many values there are.
  var count: Int { get }

  /// Cost of the values from `start` up to `end`; `start` < `end`.
  func cost(from start: Int, to end: Int) -> Double

  /// The start of the last run that makes `before[start]` + cost(start, end) least; the first such.
  ///
  /// - Parameter starts: not empty, below `end`.
  func bestStart(
    for end: Int, among starts: ClosedRange<Int>, before: UnsafePointer<Double>
  ) -> (start: Int, cost: Double)
}

enum OptimalPartition {
  /// Where the `parts` runs of least total cost begin, and `cost.count` as the last entry.
  ///
  /// - Precondition: `parts` is in 1...`cost.count`.
  /// - Complexity: O(parts n log n) time; 20 bytes and `parts` / 4 bytes a value.
  static func boundaries<Cost: RunCost>(_ cost: Cost, parts: Int) -> [Int] {
    let count = cost.count
    precondition((1...count).contains(parts) && count < Int32.max)
    if parts == 1 { return [0, count] }
    var costs = [0] + (1...count).map { cost.cost(from: 0, to: $0) }
    var starts: [AscendingList] = []
    for part in 2..<max(parts, 2) {
      let row = row(cost, part: part, last: count - (parts - part), before: costs)
      costs = row.costs
      starts.append(row.starts)
    }
    var boundaries = [count]
    var end = cost.bestStart(for: count, among: parts - 1...count - 1, before: costs).start
    for part in (2..<parts).reversed() {
      boundaries.append(end)
      end = starts[part - 2][end - part]
    }
    return [0] + (boundaries + [end]).sorted()
  }

  /// Least costs of `part` runs over the first `part`... `last` values, and the starts of their
  /// last runs.
  private static func row<Cost: RunCost>(
    _ cost: Cost, part: Int, last: Int, before: [Double]
  ) -> (costs: [Double], starts: AscendingList) {
    var costs = [Double](repeating: .infinity, count: before.count)
    var starts = [Int32](repeating: 0, count: before.count)
    before.withUnsafeBufferPointer { before in
      costs.withUnsafeMutableBufferPointer { costs in
        starts.withUnsafeMutableBufferPointer { starts in
          guard let before = before.baseAddress, let costs = costs.baseAddress,
            let starts = starts.baseAddress
          else { return }
          Sweep(cost: cost, before: before, costs: costs, starts: starts)
            .fill(part...last, among: part - 1...last - 1)
        }
      }
    }
    return (costs, AscendingList(starts[part...last]))
  }

  private struct Sweep<Cost: RunCost> {
    let cost: Cost
    let before: UnsafePointer<Double>
    let costs: UnsafeMutablePointer<Double>
    let starts: UnsafeMutablePointer<Int32>

    /// Fills in the ends in a range whose best starts are known to lie within `candidates`.
    func fill(_ ends: ClosedRange<Int>, among candidates: ClosedRange<Int>) {
      let end = (ends.lowerBound + ends.upperBound) / 2
      let possible = candidates.lowerBound...min(candidates.upperBound, end - 1)
      let best = cost.bestStart(for: end, among: possible, before: before)
      costs[end] = best.cost
      starts[end] = Int32(best.start)
      if ends.lowerBound < end {
        fill(ends.lowerBound...end - 1, among: candidates.lowerBound...best.start)
      }
      if end < ends.upperBound {
        fill(end + 1...ends.upperBound, among: best.start...candidates.upperBound)
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
