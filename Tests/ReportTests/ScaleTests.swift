import Report
import Testing

struct ScaleTests {
  @Test func ticksAreRoundAndEnclose() {
    let cases: [([Double], [Double])] = [
      ([0, 1], [0, 0.2, 0.4, 0.6, 0.8, 1]),
      ([0.03, 0.93], [0, 0.2, 0.4, 0.6, 0.8, 1]),
      ([0.1, 0.3], [0.1, 0.15, 0.2, 0.25, 0.3]),
      ([-7, 12], [-10, -5, 0, 5, 10, 15]),
      ([2e-5, 9e-5], [2e-5, 4e-5, 6e-5, 8e-5, 1e-4]),
      ([0, 0], [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ]
    for (values, ticks) in cases {
      let scale = Scale.linear(values)
      #expect(scale.ticks.count == ticks.count, "\(values): \(scale.ticks)")
      #expect(zip(scale.ticks, ticks).allSatisfy { abs($0 - $1) <= 1e-12 * abs($1) })
      #expect(scale.low <= values[0] && scale.high >= values[1])
    }
  }

  @Test func sharesStayWithinTheirBounds() {
    for value in [0.0, 0.004, 0.5, 0.995, 1] {
      let scale = Scale.linear([value], within: 0...1)
      #expect(scale.low >= 0 && scale.high <= 1 && scale.low < scale.high, "\(value)")
    }
  }

  @Test func logarithmicBeyondTwoDecades() {
    #expect(!Scale.fitting([0.1, 9]).isLogarithmic)
    #expect(!Scale.fitting([0, 1000]).isLogarithmic)
    #expect(!Scale.fitting([]).isLogarithmic)
    let scale = Scale.fitting([0.02, 30])
    #expect(scale.isLogarithmic)
    #expect(scale.ticks.map { Numbers.short($0) } == ["0.01", "0.1", "1", "10", "100"])
    #expect(abs(scale.share(of: 1) - 0.5) < 1e-12)
    #expect(scale.share(of: -3) == 0)
    #expect(Scale.fitting([0.02, 0.03], alike: true).isLogarithmic)
  }

  @Test func placesAreFiniteWhateverTheFigures() {
    let figures = [0, 1e-60, 1, 1 - 1e-16, 1 + 1e-12, 0x1p53, 1e60, -1e60]
    for first in figures {
      for second in figures {
        let values = [min(first, second), max(first, second)]
        for scale in [
          Scale.linear(values), .exact(values), .fitting(values), .fitting(values, alike: true),
        ] {
          #expect(scale.ticks.count < 16)
          #expect(figures.allSatisfy { (0...1).contains(scale.share(of: $0)) }, "\(values)")
        }
      }
    }
  }

  @Test func spreadKeepsTheEnds() {
    #expect(spread(3, toAtMost: 5) == [0, 1, 2])
    #expect(spread(10, toAtMost: 4) == [0, 3, 6, 9])
    #expect(spread(0, toAtMost: 4) == [])
    #expect(spread(5, toAtMost: 1) == [4])
  }

  @Test func namesAreMovedApart() {
    #expect(apart([10, 11, 40], by: 12, within: 0...100) == [10, 22, 40])
    #expect(apart([90, 95, 99], by: 12, within: 0...100) == [76, 88, 100])
    #expect(apart([], by: 12, within: 0...100) == [])
  }
}
