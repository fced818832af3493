import Quantization
import Tensors
import Testing

/// Exact levels against plain dynamic programming that tries every start for every end.
@Suite struct OptimalPartitionTests {
  private struct Case: CustomTestStringConvertible {
    let name: String
    let values: [Float]
    let weights: [Float]?
    var testDescription: String { name }
  }

  private static let cases: [Case] = {
    var generator = SeededGenerator(seed: 1)
    func integers(_ count: Int, _ range: ClosedRange<Int>) -> [Float] {
      (0..<count).map { _ in Float(Int.random(in: range, using: &generator)) }
    }
    let outliers = Samples.normal(300, seed: 2).enumerated()
      .map { $0.offset % 25 == 0 ? $0.element * 1000 : $0.element }
    return [
      Case(name: "ties", values: integers(200, -20...20), weights: nil),
      Case(name: "weighted ties", values: integers(200, -40...40), weights: integers(200, 0...3)),
      Case(name: "evenly spaced", values: (0..<180).map { Float($0) }, weights: nil),
      Case(
        name: "symmetric", values: (0..<200).map { Float(($0 - 100) * abs($0 - 100)) },
        weights: nil),
      Case(name: "normal", values: Samples.normal(300, seed: 3), weights: nil),
      Case(
        name: "weighted normal", values: Samples.normal(300, seed: 4),
        weights: Samples.positive(300, seed: 5)),
      Case(name: "Laplace", values: Samples.laplace(300, seed: 6), weights: nil),
      Case(name: "two peaks", values: Samples.twoPeaks(300, seed: 7), weights: nil),
      Case(
        name: "clusters", values: (0..<300).map { Float($0 % 9 * 10) + Float($0) / 300 },
        weights: nil),
      Case(name: "outliers", values: outliers, weights: nil),
      Case(
        name: "weights of unlike size", values: Samples.normal(200, seed: 8),
        weights: (0..<200).map { [1e4, 1, 1e-4][$0 % 3] }),
      Case(
        name: "far from zero", values: Samples.normal(200, seed: 9).map { 500 + $0 },
        weights: nil),
    ]
  }()

  @Test(arguments: cases.indices, [TableMethod.kMeans, .kMedians])
  func noPartitionCostsLess(index: Int, method: TableMethod) throws {
    let (values, weights) = (Self.cases[index].values, Self.cases[index].weights)
    let power = method == .kMeans ? 2 : 1
    let oracle = Oracle(values, weights, power: power)
    let least = oracle.least(levels: 40)
    for levels in [2, 3, 4, 5, 7, 8, 16, 25, 40] {
      let plain = try method.levels(for: values, weights: weights, count: levels)
      let tables = [plain] + [2, 9, 40, 400].map {
        method.exactLevels(for: values, weights: weights, count: levels, bins: $0)
      }
      let expected = least[levels - 1]
      for table in tables {
        let error = Samples.error(values, table, weights: weights, power: power)
        #expect(
          error <= expected * (1 + 1e-5) + 1e-6 * oracle.total / 1000,
          "\(Self.cases[index].name), \(levels) levels")
        #expect(error >= expected * (1 - 1e-5) - 1e-6 * oracle.total / 1000)
      }
    }
  }

  /// Least costs of up to so many runs, by trying all.
  private struct Oracle {
    let count: Int
    let total: Double
    private let costs: [[Double]]

    init(_ values: [Float], _ weights: [Float]?, power: Int) {
      let pairs = values.indices
        .map { (value: Double(values[$0]), weight: Double(weights?[$0] ?? 1)) }
        .filter { $0.weight > 0 }.sorted { $0.value < $1.value }
      count = pairs.count
      costs = (0...pairs.count).map { start in
        (start...pairs.count).map { end in Self.cost(pairs[start..<end], power: power) }
      }
      total = costs[0][pairs.count]
    }

    private static func cost(
      _ run: ArraySlice<(value: Double, weight: Double)>, power: Int
    ) -> Double {
      let weight = run.reduce(0) { $0 + $1.weight }
      if power == 2 {
        let mean = run.reduce(0) { $0 + $1.weight * $1.value } / max(weight, 1e-300)
        return run.reduce(0) { $0 + $1.weight * ($1.value - mean) * ($1.value - mean) }
      }
      var below = 0.0
      let median = run.first { pair in
        below += pair.weight
        return below >= weight / 2
      }
      return run.reduce(0) { $0 + $1.weight * abs($1.value - (median?.value ?? 0)) }
    }

    func least(levels: Int) -> [Double] {
      var row = costs[0]
      var least = [row[count]]
      for _ in 1..<levels {
        let before = row
        row = (0...count).map { end in
          (0...end).reduce(Double.infinity) { min($0, before[$1] + costs[$1][end - $1]) }
        }
        least.append(row[count])
      }
      return least
    }
  }

  /// So many values that bounds by bins come into play by themselves, against a search for every
  /// cut over all values.
  @Test(arguments: [TableMethod.kMeans, .kMedians])
  func manyValuesAreSplitBest(method: TableMethod) throws {
    let outliers = Samples.normal(60_000, seed: 12).enumerated()
      .map { $0.offset % 5000 == 0 ? $0.element * 1000 : $0.element }
    let sets = [
      Samples.twoPeaks(60_000, seed: 10), Samples.normal(60_000, seed: 11), outliers,
      Samples.laplace(60_000, seed: 13).map { ($0 * 100).rounded() },
    ]
    for values in sets {
      for levels in [3, 8] {
        let table = try method.levels(for: values, count: levels)
        let power = method == .kMeans ? 2 : 1
        let error = Samples.error(values, table, power: power)
        let least = leastByHalving(values, levels: levels, power: power)
        #expect(abs(error - least) <= 1e-5 * least)
      }
    }
  }

  private func leastByHalving(_ values: [Float], levels: Int, power: Int) -> Double {
    let sorted = values.sorted().map { Double($0) }
    let count = sorted.count
    var sums = [0.0]
    var squares = [0.0]
    for value in sorted {
      sums.append(sums[sums.count - 1] + value)
      squares.append(squares[squares.count - 1] + value * value)
    }
    func cost(_ start: Int, _ end: Int) -> Double {
      if start >= end { return 0 }
      let sum = sums[end] - sums[start]
      if power == 2 { return squares[end] - squares[start] - sum * sum / Double(end - start) }
      let middle = (start + end) / 2
      let below = sorted[middle] * Double(middle - start) - (sums[middle] - sums[start])
      return below + sums[end] - sums[middle] - sorted[middle] * Double(end - middle)
    }
    var row = (0...count).map { cost(0, $0) }
    for _ in 1..<levels {
      let before = row
      var open = [(0...count, 0...count)]
      while let (ends, starts) = open.popLast() {
        let end = (ends.lowerBound + ends.upperBound) / 2
        var best = (start: starts.lowerBound, cost: Double.infinity)
        for start in starts.lowerBound...min(starts.upperBound, end) {
          let cost = before[start] + cost(start, end)
          if cost < best.cost { best = (start, cost) }
        }
        row[end] = best.cost
        if ends.lowerBound < end {
          open.append((ends.lowerBound...end - 1, starts.lowerBound...best.start))
        }
        if end < ends.upperBound {
          open.append((end + 1...ends.upperBound, best.start...starts.upperBound))
        }
      }
    }
    return row[count]
  }
}
