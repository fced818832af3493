#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// After entropy coding a code in which n_j of n values share costs log2(n / n_j) bits, so the table
// to look for is the one of least error + lambda x bits (Chou, Lookabaugh and Gray, "Entropy-
// constrained vector quantization", 1989). Where all errors count alike the best cells are runs of
// consecutive values (Gyorgy and Linder 2002), and a run costs its error about its mean + lambda
// n_j log2(n / n_j): a sum over runs, since n is known, so dynamic programming finds the best runs.
//
// The quadrangle inequality that k-means rests on does not hold here: t log2(n / t) is concave in
// t, and a concave function of a run's length satisfies it the wrong way round. Hence every start
// is tried for every end, O(m^2) over m values. Up to `exactLimit` distinct values that is exact;
// beyond it they are merged into that many bins with exact moments, and the result is exact among
// partitions into bins. From there the paper's iteration goes on over single values: codes by least
// error + lambda bits, levels to the means, bits to those of the codes. No round makes it worse.
// Where errors count unlike, the best cells need not be runs (a value that counts little prefers a
// short code); then runs are where the iteration starts.

/// A table that trades error for bits, and the rule by which codes are chosen from it.
public struct EntropyConstrainedTable: Equatable, Sendable {
  /// Distinct, ascending.
  public let levels: [Float]
  /// How many values have each code; bits of a code are log2 of their sum over its own.
  public let counts: [Int]
  /// What a bit counts, in units of weighted squared error.
  public let bitCost: Double

  /// Distinct values up to which the search is over all runs of them.
  static let exactLimit = 2048

  /// The best table for these values.
  ///
  /// - Parameters:
  ///   - values: finite, in any order; may be empty.
  ///   - weights: what an error counts at each; finite, not negative; nil for all 1.
  ///   - count: most levels, 1...256.
  ///   - lambda: 0 or more: what a bit of one code counts against the mean weighted squared
  ///     deviation of a value from the mean of all, so that neither the scale of values nor that of
  ///     weights matters. 0.01 to 0.1 are useful.
  /// - Complexity: a sort, O(n `count`) a round of at most 32, and O(m^2 `count`) for m of at most
  ///   2,048; 20 MB and about 50 bytes a value.
  public static func best(
    for values: [Float], weights: [Float]? = nil, count: Int, lambda: Double
  ) throws(QuantizationError) -> EntropyConstrainedTable {
    precondition((1...256).contains(count) && lambda >= 0 && lambda.isFinite)
    try TableMethod.check(values, weights)
    if values.isEmpty { return EntropyConstrainedTable(levels: [], counts: [], bitCost: 0) }
    let sums = SortedSums(values, weights: weights)
    return best(
      sums, values, weights, count: count, bitCost: lambda * sums.deviation / sums.total)
  }

  static func best(
    _ sums: SortedSums, _ values: [Float], _ weights: [Float]?, count: Int, bitCost: Double
  ) -> EntropyConstrainedTable {
    let edges =
      sums.count <= exactLimit
      ? Array(0...sums.count)
      : binEdges(count: sums.count, bins: exactLimit) { Double(sums.values[$0]) }
    let ends = BestRuns(sums, edges: edges, bitCost: bitCost).ends(most: count).map { edges[$0] }
    let runs = zip(ends, ends.dropFirst())
    let table = EntropyConstrainedTable(
      merging: runs.map { Float(sums.mean($0, $1)) },
      counts: runs.map { Int(sums.number($0, $1)) }, bitCost: bitCost)
    let weights = weights?.contains { $0 > 0 } == true ? weights : nil
    if weights == nil && sums.count <= exactLimit { return table }
    return table.improved(values, weights)
  }

  /// Ascending levels of which some may be equal, and some of no value.
  init(merging levels: [Float], counts: [Int], bitCost: Double) {
    var merged: [(level: Float, count: Int)] = []
    for (level, count) in zip(levels, counts) where count > 0 {
      if merged.last?.level == level {
        merged[merged.count - 1].count += count
      } else {
        merged.append((level, count))
      }
    }
    self.init(levels: merged.map(\.level), counts: merged.map(\.count), bitCost: bitCost)
  }

  /// A table in use.
  ///
  /// - Parameters:
  ///   - levels: 1...256, in any order here.
  ///   - codes: for each value the number of its level; a level that none has costs more than any
  ///     other from now on.
  public init(levels: [Float], codes: [UInt8], bitCost: Double) {
    var counts = [Int](repeating: 0, count: levels.count)
    for code in codes { counts[Int(code)] += 1 }
    self.init(levels: levels, counts: counts, bitCost: bitCost)
  }

  init(levels: [Float], counts: [Int], bitCost: Double) {
    self.levels = levels
    self.counts = counts
    self.bitCost = bitCost
  }

  /// Bits of each code, not rounded up.
  public var bits: [Double] {
    let total = Double(counts.reduce(0, +))
    return counts.map { log2(total / Double($0)) }
  }

  /// A code for each value: that of least weight x squared error + bit cost x bits; of equal ones
  /// the lowest. Weights of nothing but 0 are taken as 1.
  ///
  /// - Complexity: O(log `levels` + levels that are nearer than the code is dear) a value.
  public func codes(for values: [Float], weights: [Float]? = nil) -> [UInt8] {
    let weights = weights?.contains { $0 > 0 } == true ? weights : nil
    let order = levels.indices.sorted { (levels[$0], $0) < (levels[$1], $1) }
    let offsets = bits.map { $0 * bitCost }
    let search = CheapestLevel(
      levels: order.map { Double(levels[$0]) }, offsets: order.map { offsets[$0] }, codes: order)
    return search.withTables { find in
      values.indices.map { UInt8(find(Double(values[$0]), Double(weights?[$0] ?? 1))) }
    }
  }

  /// The paper's iteration, until a round gains less than a millionth.
  private func improved(_ values: [Float], _ weights: [Float]?) -> EntropyConstrainedTable {
    var table = self
    var cost = Double.infinity
    for _ in 0..<32 {
      let next = table.moved(values, weights)
      if !(next.cost < cost * (1 - 1e-6)) { break }
      (table, cost) = next
    }
    return table
  }

  /// Codes chosen anew, levels at their means, and what that costs.
  private func moved(
    _ values: [Float], _ weights: [Float]?
  ) -> (table: EntropyConstrainedTable, cost: Double) {
    var cells = [Cell](repeating: Cell(), count: levels.count)
    let codes = codes(for: values, weights: weights)
    for index in values.indices {
      cells[Int(codes[index])].add(
        Double(values[index]) - Double(levels[Int(codes[index])]), Double(weights?[index] ?? 1))
    }
    let placed = zip(levels, cells).map { (level: Float(Double($0) + $1.shift), cell: $1) }
      .sorted { $0.level < $1.level }
    let table = EntropyConstrainedTable(
      merging: placed.map(\.level), counts: placed.map(\.cell.count), bitCost: bitCost)
    let bits = zip(table.counts, table.bits).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    return (table, cells.reduce(0.0) { $0 + $1.error } + bitCost * bits)
  }

  /// Sums over the values of one code, about its level.
  private struct Cell {
    var count = 0
    private var weight = 0.0
    private var moment = 0.0
    private var square = 0.0

    mutating func add(_ place: Double, _ weight: Double) {
      count += 1
      self.weight += weight
      moment += weight * place
      square += weight * place * place
    }

    var shift: Double { weight > 0 ? moment / weight : 0 }
    var error: Double { weight > 0 ? max(0, square - moment * moment / weight) : 0 }
  }
}

/// Finds the level of least weight x squared error + offset: from the nearest outwards, until the error
/// alone costs more.
private struct CheapestLevel {
  /// Ascending, and what belongs to each.
  let levels: [Double]
  let offsets: [Double]
  let codes: [Int]

  /// Hands `body` the search: of a value and what its error counts to a code.
  func withTables<R>(_ body: ((_ value: Double, _ weight: Double) -> Int) -> R) -> R {
    levels.withUnsafeBufferPointer { levels in
      offsets.withUnsafeBufferPointer { offsets in
        codes.withUnsafeBufferPointer { codes in
          body { Self.code(of: $0, $1, levels, offsets, codes) }
        }
      }
    }
  }

  private static func code(
    of value: Double, _ weight: Double, _ levels: UnsafeBufferPointer<Double>,
    _ offsets: UnsafeBufferPointer<Double>, _ codes: UnsafeBufferPointer<Int>
  ) -> Int {
    var (low, high) = (0, levels.count)
    while low < high {
      let middle = (low + high) / 2
      if levels[middle] < value { low = middle + 1 } else { high = middle }
    }
    var best = (code: 0, cost: Double.infinity)
    /// Whether levels further away may still be better.
    func tries(_ index: Int) -> Bool {
      let error = value - levels[index]
      let distance = weight * error * error
      if distance > best.cost { return false }
      let cost = distance + offsets[index]
      if cost < best.cost || (cost == best.cost && codes[index] < best.code) {
        best = (codes[index], cost)
      }
      return true
    }
    for index in low..<levels.count where !tries(index) { break }
    for index in stride(from: low - 1, through: 0, by: -1) where !tries(index) { break }
    return best.code
  }
}

/// Runs of bins of least error + bits, every one tried.
private struct BestRuns {
  private let bins: Int
  /// Cost of bins start..<end at end (end - 1) / 2 + start.
  private let costs: [Double]

  init(_ sums: SortedSums, edges: [Int], bitCost: Double) {
    bins = edges.count - 1
    var costs: [Double] = []
    costs.reserveCapacity(bins * (bins + 1) / 2)
    for end in edges.indices.dropFirst() {
      for start in 0..<end {
        let number = sums.number(edges[start], edges[end])
        let bits = number * log2(sums.total / number)
        costs.append(sums.error(edges[start], edges[end]) + bitCost * bits)
      }
    }
    self.costs = costs
  }

  /// Where the runs begin, and the number of bins; at most `most` runs, fewer where as good.
  func ends(most: Int) -> [Int] {
    var (costs, starts) = row(after: nil)
    var rows = [starts]
    var ends = way(back: { _, end in starts[end] })
    if ends.count - 1 <= most { return ends }
    // More runs than may be: the best of exactly 1, 2, ... runs each.
    costs = [0] + [Double](repeating: .infinity, count: bins)
    rows = []
    var least = (cost: Double.infinity, runs: 1)
    for run in 1...most {
      (costs, starts) = row(after: costs)
      rows.append(starts)
      if costs[bins] < least.cost { least = (costs[bins], run) }
    }
    ends = way(back: { step, end in rows[least.runs - 1 - step][end] })
    return ends
  }

  /// Least cost up to each end and the start of its last run, after runs of known cost; after any
  /// number of runs if nil.
  private func row(after before: [Double]?) -> (costs: [Double], starts: [Int]) {
    var least = [Double](repeating: .infinity, count: bins + 1)
    var starts = [Int](repeating: 0, count: bins + 1)
    if before == nil { least[0] = 0 }
    for end in 1...bins {
      let first = end * (end - 1) / 2
      for start in 0..<end {
        let cost = (before?[start] ?? least[start]) + costs[first + start]
        if cost < least[end] { (least[end], starts[end]) = (cost, start) }
      }
    }
    return (least, starts)
  }

  private func way(back start: (_ step: Int, _ end: Int) -> Int) -> [Int] {
    var ends = [bins]
    while ends[ends.count - 1] > 0 { ends.append(start(ends.count - 1, ends[ends.count - 1])) }
    return ends.reversed()
  }
}
