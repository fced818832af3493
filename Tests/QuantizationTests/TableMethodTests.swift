import Quantization
import Tensors
import Testing

@Suite struct TableMethodTests {
  /// Mean squared error over variance at 16 levels, in the order of the methods below.
  private func errors(_ values: [Float]) throws -> [TableMethod: Double] {
    let scale = Double(values.count) * Samples.variance(values)
    var errors: [TableMethod: Double] = [:]
    for method in TableMethod.allCases {
      let levels = try method.levels(for: values, count: 16)
      errors[method] = Samples.error(values, levels) / scale
    }
    return errors
  }

  /// At 16 levels 60,000 normal samples are known to lose 0.0096 by k-means, about 0.012 by
  /// k-medians, 0.0471 by equation (5) and 0.0315 by uniform levels; the last three hang on the few
  /// outermost samples, so their figures are only near.
  @Test func normalSamplesLoseWhatTheyShould() throws {
    let values = Samples.normal(60_000, seed: 1)
    let errors = try errors(values)
    print("normal:", TableMethod.allCases.map { "\($0.rawValue) \(errors[$0] ?? 0)" })
    try expect(errors[.kMeans], near: 0.0096, within: 0.03)
    try expect(errors[.kMedians], near: 0.0119, within: 0.06)
    try expect(errors[.paperEquation5], near: 0.0471, within: 0.1)
    try expect(errors[.uniformRange], near: 0.0315, within: 0.25)
    let step = Double(try #require(values.max()) - #require(values.min())) / 15
    let ideal = step * step / 12 / Samples.variance(values)
    try expect(errors[.uniformRange], near: ideal, within: 0.02)
    #expect(errors.values.min() == errors[.kMeans])
    let medians = try TableMethod.kMedians.levels(for: values, count: 16)
    try expect(Samples.error(values, medians, power: 1) / 60_000, near: 0.0745, within: 0.01)
  }

  /// And Laplace samples 0.015, 0.022 to 0.025, 0.122 and 0.088.
  @Test func laplaceSamplesLoseWhatTheyShould() throws {
    let errors = try errors(Samples.laplace(60_000, seed: 2))
    print("Laplace:", TableMethod.allCases.map { "\($0.rawValue) \(errors[$0] ?? 0)" })
    try expect(errors[.kMeans], near: 0.015, within: 0.05)
    try expect(errors[.kMedians], near: 0.0235, within: 0.1)
    try expect(errors[.paperEquation5], near: 0.122, within: 0.1)
    try expect(errors[.uniformRange], near: 0.088, within: 0.25)
    #expect(errors.values.min() == errors[.kMeans])
  }

  private func expect(_ value: Double?, near figure: Double, within share: Double) throws {
    let value = try #require(value)
    #expect(abs(value - figure) < share * figure, "\(value) is not near \(figure)")
  }

  @Test func uniformLevelsSpanTheRange() throws {
    let table = try TableMethod.uniformRange.levels(for: [-1, 0.3, 0.7, 2], count: 4)
    #expect(table == [-1, 0, 1, 2])
    #expect(try TableMethod.uniformRange.levels(for: [5, 5], count: 4) == [5])
    #expect(try TableMethod.uniformRange.levels(for: [-1, 2, 2], count: 1) == [1])
  }

  @Test func symmetricLevelsAreMultiplesOfAScale() throws {
    func levels(_ values: [Float], _ count: Int) throws -> [Float] {
      try TableMethod.uniformSymmetric.levels(for: values, count: count)
    }
    #expect(try levels([-4, 1, 2, 3], 8) == [-4, -3, -2, -1, 0, 1, 2, 3])
    #expect(try levels([-3, 0, 3], 7) == [-3, -2, -1, 0, 1, 2, 3])
    // The scale of the least weight, 0.5, would clip 3 to 1.5; that of the greatest clips nothing.
    #expect(try levels([-2, 1, 2, 3], 8) == [-4, -3, -2, -1, 0, 1, 2, 3])
    // Many small values and one outlier: clipping the outlier costs less.
    let outlier = [Float](repeating: -0.5, count: 5000) + [1]
    #expect(try levels(outlier, 4) == [-0.5, -0.25, 0, 0.25])
    #expect(try levels([0, 0], 4) == [0])
    #expect(try levels([1, 2], 2) == [-2, 0])
  }

  @Test func equation5PutsEqualMassBetweenLevels() throws {
    let values: [Float] = (0...300).map { Float($0 * $0) }
    let twentieth: [Float] = stride(from: 0, through: 300, by: 20).map { values[$0] }
    #expect(try TableMethod.paperEquation5.levels(for: values, count: 16) == twentieth)
    let skewed = try TableMethod.paperEquation5.levels(for: [0, 0, 0, 0, 8], count: 3)
    #expect(skewed == [0, 8])
    #expect(try TableMethod.paperEquation5.levels(for: [1, 2], count: 3) == [1, 1.5, 2])
  }

  @Test(arguments: TableMethod.allCases)
  func numbersThatAreNoneAreRefused(method: TableMethod) {
    let refused: [([Float], [Float]?, QuantizationError)] = [
      ([1, .nan], nil, .notFinite(index: 1)),
      ([-.infinity], nil, .notFinite(index: 0)),
      ([1, 2, 3], [1, 1, -1], .importance(index: 2)),
      ([1, 2], [.nan, 1], .importance(index: 0)),
      ([1, 2], [1, .infinity], .importance(index: 1)),
    ]
    for (values, weights, error) in refused {
      #expect(throws: error) { try method.levels(for: values, weights: weights, count: 4) }
      #expect(error.sentence.hasSuffix("."))
    }
    #expect((try? method.levels(for: [], count: 4)) == [])
  }

  @Test(arguments: TableMethod.allCases) func tablesAscend(method: TableMethod) throws {
    let values = Samples.laplace(500, seed: 3)
    for count in [1, 2, 3, 15, 16, 255, 256] {
      let table = try method.levels(for: values, count: count)
      #expect((1...count).contains(table.count))
      #expect(zip(table, table.dropFirst()).allSatisfy(<))
    }
  }
}
