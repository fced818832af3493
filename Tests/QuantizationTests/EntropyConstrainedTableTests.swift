import Foundation
import Quantization
import Tensors
import Testing

@Suite struct EntropyConstrainedTableTests {
  /// Error + lambda x bits of codes and means, over the deviation of all; bits are those of the
  /// codes' own entropy.
  private func cost(
    _ values: [Float], _ weights: [Float]?, _ codes: [Int], lambda: Double
  ) -> Double {
    func error(_ members: [Int]) -> Double {
      let total = members.reduce(0.0) { $0 + Double(weights?[$1] ?? 1) }
      if total == 0 { return 0 }
      let mean = members.reduce(0.0) { $0 + Double(weights?[$1] ?? 1) * Double(values[$1]) } / total
      return members.reduce(0.0) {
        $0 + Double(weights?[$1] ?? 1) * pow(Double(values[$1]) - mean, 2)
      }
    }
    let all = error(Array(values.indices))
    let groups = Dictionary(grouping: values.indices, by: { codes[$0] }).values
    let bits = groups.reduce(0.0) {
      $0 + Double($1.count) * log2(Double(values.count) / Double($1.count))
    }
    let unit = lambda * all / Double(values.count)
    return groups.reduce(0.0) { $0 + error($1) } + unit * bits
  }

  @Test func theBestOfAllAssignmentsIsFound() throws {
    var generator = SeededGenerator(seed: 1)
    for round in 0..<60 {
      let count = 2 + round % 6
      let values = (0..<count).map { _ in Float(Int.random(in: -9...9, using: &generator)) / 4 }
      for levels in 1...4 {
        for lambda in [0, 0.01, 0.1, 0.3, 1] {
          let assignments = (0..<count).reduce(1) { product, _ in product * levels }
          let least = (0..<assignments).reduce(Double.infinity) { least, assignment in
            var rest = assignment
            let codes = (0..<count).map { _ in
              defer { rest /= levels }
              return rest % levels
            }
            return min(least, cost(values, nil, codes, lambda: lambda))
          }
          let table = try EntropyConstrainedTable.best(for: values, count: levels, lambda: lambda)
          let codes = table.codes(for: values).map { Int($0) }
          let found = cost(values, nil, codes, lambda: lambda)
          #expect(abs(found - least) < 1e-5, "\(values), \(levels) levels, lambda \(lambda)")
          #expect(table.levels.count <= levels && table.counts.reduce(0, +) == count)
        }
      }
    }
  }

  @Test func withoutLambdaItIsKMeans() throws {
    let values = Samples.laplace(1500, seed: 2)
    let weights = Samples.positive(1500, seed: 3)
    for weights in [nil, weights] {
      let table = try EntropyConstrainedTable.best(
        for: values, weights: weights, count: 12, lambda: 0)
      let best = try TableMethod.kMeans.levels(for: values, weights: weights, count: 12)
      let error = Samples.error(values, table.levels, weights: weights)
      let least = Samples.error(values, best, weights: weights)
      #expect(abs(error - least) < 1e-5 * least)
    }
  }

  /// At high rates entropy-constrained levels lose 1.53 dB against the bound of rate and
  /// distortion, a factor of 1.42; at low rates less.
  @Test func normalSamplesComeNearTheBound() throws {
    let values = Samples.normal(40_000, seed: 4)
    for lambda in [0.2, 0.05, 0.01, 0.003] {
      let table = try EntropyConstrainedTable.best(for: values, count: 64, lambda: lambda)
      let codes = table.codes(for: values)
      let bits = entropy(codes)
      let error = zip(values, codes).reduce(0.0) {
        $0 + pow(Double($1.0) - Double(table.levels[Int($1.1)]), 2)
      }
      let factor = error / 40_000 / Samples.variance(values) * exp2(2 * bits)
      print("lambda", lambda, "levels", table.levels.count, "bits", bits, "factor", factor)
      #expect(factor > 1 && factor < 1.44)
    }
  }

  private func entropy(_ codes: [UInt8]) -> Double {
    Dictionary(grouping: codes, by: { $0 }).values.reduce(0.0) {
      let share = Double($1.count) / Double(codes.count)
      return $0 - share * log2(share)
    }
  }

  @Test func itBeatsLevelsOfLeastError() throws {
    for (values, weights) in [
      (Samples.normal(5000, seed: 5), nil), (Samples.laplace(5000, seed: 6), nil),
      (Samples.twoPeaks(5000, seed: 7), Samples.positive(5000, seed: 8)),
    ] as [([Float], [Float]?)] {
      for lambda in [0.003, 0.02, 0.1] {
        let table = try EntropyConstrainedTable.best(
          for: values, weights: weights, count: 16, lambda: lambda)
        let codes = table.codes(for: values, weights: weights).map { Int($0) }
        let found = cost(values, weights, codes, lambda: lambda)
        for method in TableMethod.allCases {
          let levels = try method.levels(for: values, weights: weights, count: 16)
          let rival = Rounding.nearest.codes(for: values, levels: levels).map { Int($0) }
          #expect(found < cost(values, weights, rival, lambda: lambda))
        }
      }
    }
  }

  @Test func neitherScaleNorWeightsUnitMatter() throws {
    let values = Samples.normal(3000, seed: 9)
    let weights = Samples.positive(3000, seed: 10)
    let plain = try EntropyConstrainedTable.best(
      for: values, weights: weights, count: 16, lambda: 0.03)
    let scaled = try EntropyConstrainedTable.best(
      for: values.map { $0 * 8 }, weights: weights.map { $0 / 4 }, count: 16, lambda: 0.03)
    #expect(scaled.levels == plain.levels.map { $0 * 8 } && scaled.counts == plain.counts)
  }

  @Test func edgesAreDefined() throws {
    func levels(_ values: [Float], _ weights: [Float]? = nil, lambda: Double) throws -> [Float] {
      try EntropyConstrainedTable.best(for: values, weights: weights, count: 4, lambda: lambda)
        .levels
    }
    #expect(try levels([], lambda: 1) == [])
    #expect(try levels([3, 3], lambda: 1) == [3])
    #expect(try levels([1, 2, 6], lambda: 1e9) == [3])
    #expect(try levels([1, 2, 6], [0, 0, 0], lambda: 0) == [1, 2, 6])
    #expect(throws: QuantizationError.notFinite(index: 1)) { try levels([1, .nan], lambda: 1) }
    #expect(throws: QuantizationError.importance(index: 0)) { try levels([1], [-1], lambda: 1) }
  }

  @Test func layersTradeErrorForBits() throws {
    let weights = Samples.laplace(4000, seed: 11)
    var before: QuantizedLayer?
    for lambda in [0, 0.003, 0.01, 0.03, 0.1] {
      let quantizer = LayerQuantizer(allowsRowScales: false, lambda: lambda)
      let layer = try quantizer.quantized(weights: weights, rows: 4, columns: 1000)
      #expect(layer.table.values.count <= 16)
      #expect(abs(layer.codeEntropy - entropy(layer.codes.values)) < 1e-9)
      if let before {
        #expect(layer.codeEntropy < before.codeEntropy)
        #expect(layer.squaredError(of: weights) > before.squaredError(of: weights))
      }
      before = layer
    }
  }

  @Test func scalesCountInBitsToo() throws {
    var generator = SeededGenerator(seed: 12)
    let sizes: [Float] = [1, 20, 3, 0.1]
    let weights = (0..<4000).map { generator.nextNormal() * sizes[$0 / 1000] }
    let quantizer = LayerQuantizer(lambda: 0.001)
    let layer = try quantizer.quantized(weights: weights, rows: 4, columns: 1000)
    let plain = try LayerQuantizer(allowsRowScales: false, lambda: 0.001)
      .quantized(weights: weights, rows: 4, columns: 1000)
    let unit = 0.001 * Samples.variance(weights)
    func cost(_ layer: QuantizedLayer) -> Double {
      layer.squaredError(of: weights)
        + unit * (4000 * entropy(layer.codes.values) + 8 * Double(layer.tableBytes))
    }
    #expect(cost(layer) <= cost(plain))
    let least = try LayerQuantizer(lambda: 1e-7).quantized(weights: weights, rows: 4, columns: 1000)
    #expect(!least.rowScales.areAbsent)
  }

  @Test func aTableInUseChoosesByErrorAndBits() {
    // Of eight values six have level 1 and two level 0: 0.415 bits against 2.
    let table = EntropyConstrainedTable(
      levels: [1, 0], codes: [0, 0, 0, 0, 0, 0, 1, 1], bitCost: 0.1)
    #expect(table.counts == [6, 2])
    // From 0.4 level 0 is nearer by 0.36 - 0.16, and 1.585 bits dearer.
    #expect(table.codes(for: [0.4, 0.45, 0.1, 2]) == [1, 0, 1, 0])
    let free = EntropyConstrainedTable(levels: [1, 0], codes: [0, 1, 1, 1], bitCost: 0)
    #expect(free.codes(for: [0.4, 0.6]) == [1, 0])
    let unused = EntropyConstrainedTable(levels: [1, 0], codes: [0, 0], bitCost: 1e-9)
    #expect(unused.codes(for: [0, 1]) == [0, 0])
  }
}
