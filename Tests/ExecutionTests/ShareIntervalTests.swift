import Execution
import Testing

/// How sure a share is.
struct ShareIntervalTests {
  /// By hand from Wilson's formula with 1.96.
  @Test(arguments: [
    (95, 100, 0.8882, 0.9785), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (1, 1, 0.2065, 1),
    (190, 200, 0.9104, 0.9726), (9413, 10000, 0.9365, 0.9457),
  ] as [(Int, Int, Double, Double)])
  func endsAreWilsons(right: Int, count: Int, low: Double, high: Double) {
    let interval = ShareInterval(right: right, of: count)
    #expect(abs(interval.low - low) < 6e-5 && abs(interval.high - high) < 6e-5, "\(interval)")
  }

  @Test func theShareLiesWithinAndMoreSamplesNarrowIt() {
    for count in [1, 2, 7, 50, 1000] {
      for right in 0...count {
        let interval = ShareInterval(right: right, of: count)
        let share = Double(right) / Double(count)
        #expect(0 <= interval.low && interval.low <= share)
        #expect(share <= interval.high && interval.high <= 1)
        #expect(ShareInterval(right: 4 * right, of: 4 * count).width < interval.width)
      }
    }
  }

  /// Of 4,000 counts of 200 with a share of 0.95, the interval holds it about 19 times of 20.
  @Test func theTruthIsInsideAsOftenAsPromised() {
    var random = Fractions(state: 7)
    var inside = 0
    for _ in 0..<4000 {
      let right = (0..<200).reduce(0) { sum, _ in sum + (random.next() < 0.95 ? 1 : 0) }
      let interval = ShareInterval(right: right, of: 200)
      if interval.low <= 0.95 && 0.95 <= interval.high { inside += 1 }
    }
    #expect((3700...3920).contains(inside), "\(inside) of 4000")
  }

  @Test func nothingCountedHasNoInterval() {
    #expect(AnswerShare(right: 0, of: 0).interval == nil)
    #expect(AnswerIntervals(AnswerCount(.values)) == nil)
  }

  @Test func samplesForAReach() {
    let wide = ShareInterval(right: 50, of: 100)
    #expect(wide.samples(for: 0.02) == 2401)  // 1.96² / 4 / 0.02²
  }
}

/// Numbers in 0 ..< 1.
private struct Fractions {
  var state: UInt64

  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / 9_007_199_254_740_992
  }
}
