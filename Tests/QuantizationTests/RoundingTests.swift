import Quantization
import Tensors
import Testing

@Suite struct RoundingTests {
  @Test func theNearestLevelIsTaken() {
    let levels: [Float] = [-2, -0.5, 0, 1, 4]
    let codes = Rounding.nearest.codes(
      for: [-9, -2, -1.25, -1.24, 0.5, 0.51, 2.5, 2.6, 99], levels: levels)
    #expect(codes == [0, 0, 0, 1, 2, 3, 3, 4, 4])
    #expect(Rounding.nearest.codes(for: [1, 2], levels: [7]) == [0, 0])
    #expect(Rounding.nearest.codes(for: [], levels: []) == [])
  }

  @Test func nearestMatchesASearchOfAllLevels() {
    let values = Samples.normal(2000, seed: 1)
    for count in [2, 3, 16, 256] {
      let levels = Array(Samples.normal(count, seed: 2)).sorted()
      let codes = Rounding.nearest.codes(for: values, levels: levels)
      for (value, code) in zip(values, codes) {
        let least = levels.map { abs(Double($0) - Double(value)) }.min()
        #expect(abs(Double(levels[Int(code)]) - Double(value)) == least)
      }
    }
  }

  @Test func stochasticRoundingIsRightOnTheMean() {
    let levels: [Float] = [-1, 0, 2, 3]
    for value in [-0.75, 0.5, 1.9, 2.25] as [Float] {
      let codes = Rounding.stochastic(seed: 3)
        .codes(for: [Float](repeating: value, count: 20_000), levels: levels)
      let mean = codes.reduce(0.0) { $0 + Double(levels[Int($1)]) } / 20_000
      #expect(abs(mean - Double(value)) < 0.03)
      #expect(Set(codes).count == 2)
    }
  }

  @Test func stochasticRoundingKeepsLevelsAndStaysWithinThem() {
    let levels: [Float] = [-1, 0, 2, 3]
    let codes = Rounding.stochastic(seed: 4).codes(for: [-1, 0, 2, 3, -5, 5], levels: levels)
    #expect(codes == [0, 1, 2, 3, 0, 3])
    #expect(Rounding.stochastic(seed: 4).codes(for: [0, 9], levels: [5]) == [0, 0])
  }

  @Test func aSeedReplays() {
    let values = Samples.normal(1000, seed: 5)
    let levels: [Float] = [-2, -1, 0, 1, 2]
    let codes = Rounding.stochastic(seed: 6).codes(for: values, levels: levels)
    #expect(Rounding.stochastic(seed: 6).codes(for: values, levels: levels) == codes)
    #expect(Rounding.stochastic(seed: 7).codes(for: values, levels: levels) != codes)
  }
}
