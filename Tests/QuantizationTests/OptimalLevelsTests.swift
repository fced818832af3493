import Quantization
import Tensors
import Testing

@Suite struct OptimalLevelsTests {
  @Test func theBestOfAllAssignmentsIsFound() throws {
    var generator = SeededGenerator(seed: 1)
    for round in 0..<60 {
      let count = 1 + round % 7
      let values = (0..<count).map { _ in Float(Int.random(in: -12...12, using: &generator)) / 4 }
      let weights = (0..<count).map { _ in Float(Int.random(in: 0...5, using: &generator)) }
      for levels in 1...3 {
        for weights in [nil, weights.contains { $0 > 0 } ? weights : nil] {
          for (method, power) in [(TableMethod.kMeans, 2), (.kMedians, 1)] {
            let table = try method.levels(for: values, weights: weights, count: levels)
            let least = leastError(values, weights, levels: levels, power: power)
            let error = Samples.error(values, table, weights: weights, power: power)
            #expect(abs(error - least) < 1e-5, "\(method) \(values) \(weights ?? []) \(levels)")
            #expect(table.count <= levels && zip(table, table.dropFirst()).allSatisfy(<))
          }
        }
      }
    }
  }

  /// The least error over every assignment of values to groups, each group at its best point.
  private func leastError(
    _ values: [Float], _ weights: [Float]?, levels: Int, power: Int
  ) -> Double {
    var least = Double.infinity
    let assignments = (0..<values.count).reduce(1) { product, _ in product * levels }
    for assignment in 0..<assignments {
      var rest = assignment
      var groups = [[Int]](repeating: [], count: levels)
      for index in values.indices {
        groups[rest % levels].append(index)
        rest /= levels
      }
      let error = groups.reduce(0.0) { sum, group in
        sum + leastGroupError(group.map { (values[$0], weights?[$0] ?? 1) }, power: power)
      }
      least = min(least, error)
    }
    return least
  }

  private func leastGroupError(_ group: [(value: Float, weight: Float)], power: Int) -> Double {
    func error(_ point: Double) -> Double {
      group.reduce(0) { sum, item in
        let distance = abs(Double(item.value) - point)
        return sum + Double(item.weight) * (power == 2 ? distance * distance : distance)
      }
    }
    let total = group.reduce(0) { $0 + Double($1.weight) }
    if total == 0 { return 0 }
    if power == 2 {
      return error(group.reduce(0) { $0 + Double($1.weight) * Double($1.value) } / total)
    }
    return group.map { error(Double($0.value)) }.min() ?? 0
  }

  @Test(arguments: [2, 3, 5, 8, 16, 33, 100, 256])
  func lloydIsNeverBetter(levels: Int) throws {
    let sets = [
      Samples.normal(3000, seed: 1), Samples.laplace(3000, seed: 2),
      Samples.twoPeaks(3000, seed: 3), Samples.normal(3000, seed: 4).map { 1000 + $0 },
    ]
    let weights = Samples.positive(3000, seed: 5)
    for (index, values) in sets.enumerated() {
      for weights in [nil, weights] {
        let exact = try TableMethod.kMeans.levels(for: values, weights: weights, count: levels)
        let error = Samples.error(values, exact, weights: weights)
        for seed in 0..<3 as Range<UInt64> {
          let lloyd = lloyd(values, weights, levels: levels, seed: seed)
          let lloydError = Samples.error(values, lloyd, weights: weights)
          #expect(error <= lloydError * (1 + 1e-6), "set \(index)")
        }
        let again = lloydStep(values, weights, exact)
        #expect(Samples.error(values, again, weights: weights) > error * (1 - 1e-4))
      }
    }
  }

  private func lloyd(
    _ values: [Float], _ weights: [Float]?, levels: Int, seed: UInt64
  ) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    var table = Array(values.shuffled(using: &generator)[..<levels]).sorted()
    for _ in 0..<30 { table = lloydStep(values, weights, table) }
    return table
  }

  /// Each level moves to the mean of the values nearest to it.
  private func lloydStep(_ values: [Float], _ weights: [Float]?, _ table: [Float]) -> [Float] {
    var sums = [Double](repeating: 0, count: table.count)
    var totals = sums
    for (index, code) in Rounding.nearest.codes(for: values, levels: distinct(table)).enumerated() {
      let weight = Double(weights?[index] ?? 1)
      sums[Int(code)] += weight * Double(values[index])
      totals[Int(code)] += weight
    }
    return distinct(table).enumerated().map { code, level in
      totals[code] > 0 ? Float(sums[code] / totals[code]) : level
    }.sorted()
  }

  private func distinct(_ table: [Float]) -> [Float] { Array(Set(table)).sorted() }

  @Test(arguments: [TableMethod.kMeans, .kMedians])
  func wholeWeightsActAsRepetition(method: TableMethod) throws {
    var generator = SeededGenerator(seed: 6)
    let values = Samples.normal(400, seed: 7)
    let weights = values.map { _ in Float(Int.random(in: 0...4, using: &generator)) }
    let repeated = zip(values, weights).flatMap { [Float](repeating: $0, count: Int($1)) }
    let weighted = try method.levels(for: values, weights: weights, count: 16)
    #expect(try method.levels(for: repeated, count: 16) == weighted)
    #expect(try method.levels(for: repeated.reversed(), count: 16) == weighted)
  }

  @Test func mediansLeaveLessAbsoluteErrorThanMeansDo() throws {
    let values = Samples.laplace(4000, seed: 8)
    let means = try TableMethod.kMeans.levels(for: values, count: 16)
    let medians = try TableMethod.kMedians.levels(for: values, count: 16)
    #expect(Samples.error(values, medians, power: 1) < Samples.error(values, means, power: 1))
    #expect(Samples.error(values, means) < Samples.error(values, medians))
  }

  @Test(arguments: [TableMethod.kMeans, .kMedians])
  func weightsOfAnySizeGiveFiniteLevels(method: TableMethod) throws {
    let values = Samples.normal(300, seed: 9)
    let sizes: [Float] = [1e30, 1e-30, 1, .leastNonzeroMagnitude, 1e10]
    let weights = values.indices.map { sizes[$0 % 5] }
    for count in [1, 2, 16, 256] {
      let table = try method.levels(for: values, weights: weights, count: count)
      #expect(table.allSatisfy { $0.isFinite && abs($0) < 6 })
      #expect(zip(table, table.dropFirst()).allSatisfy(<))
    }
  }

  @Test func moreLevelsThanValuesGiveTheValues() throws {
    for method in [TableMethod.kMeans, .kMedians] {
      #expect(try method.levels(for: [], count: 4) == [])
      #expect(try method.levels(for: [3, 3, 3], count: 4) == [3])
      #expect(try method.levels(for: [2, -1, 2, 0.5], count: 3) == [-1, 0.5, 2])
      #expect(try method.levels(for: [0, -0.0, 1], count: 256) == [0, 1])
      #expect(try method.levels(for: [1, 9, 5], weights: [1, 0, 1], count: 2) == [1, 5])
      #expect(try method.levels(for: [1, 1, 4], weights: [0, 0, 0], count: 2) == [1, 4])
      let large = Float.greatestFiniteMagnitude
      #expect(try method.levels(for: [large, -large, large / 2], count: 3).count == 3)
    }
    #expect(try TableMethod.kMeans.levels(for: [1, 2, 6], count: 1) == [3])
    #expect(try TableMethod.kMedians.levels(for: [1, 2, 6], count: 1) == [2])
    #expect(try TableMethod.kMeans.levels(for: [0.1, 0.1, 0.9], count: 2) == [0.1, 0.9])
  }
}
