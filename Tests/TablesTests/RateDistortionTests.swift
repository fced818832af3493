import Tables
import Tensors
import Testing

struct RateDistortionTests {
  private static func points(_ count: Int, seed: UInt64) -> [RatePoint] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      RatePoint(
        bytes: Double.random(in: 1...100, using: &generator).rounded(),
        divergence: Double.random(in: 0...1, using: &generator))
    }
  }

  /// The least of divergence + slope x bytes among points.
  private static func least(_ points: [RatePoint], slope: Double) -> Double {
    points.map { $0.divergence + slope * $0.bytes }.min() ?? .infinity
  }

  @Test(arguments: 0..<20)
  func theHullHasABestPointForEverySlope(seed: Int) {
    let points = Self.points(1 + seed * 2, seed: UInt64(seed))
    let hull = RateDistortion.hull(points).map { points[$0] }
    for slope in [0, 1e-4, 1e-3, 0.01, 0.1, 1, 10] as [Double] {
      #expect(Self.least(hull, slope: slope) == Self.least(points, slope: slope))
    }
    for (large, small) in zip(hull, hull.dropFirst()) {
      #expect(small.bytes < large.bytes && small.divergence > large.divergence)
    }
  }

  @Test func aHullOfFewPointsIsThese() {
    #expect(RateDistortion.hull([]) == [])
    let point = RatePoint(bytes: 3, divergence: 1)
    #expect(RateDistortion.hull([point]) == [0])
    #expect(RateDistortion.hull([point, point]) == [0])
    let lost = RatePoint(bytes: 1, divergence: .nan)
    #expect(RateDistortion.hull([lost, point]) == [1])
  }

  @Test(arguments: 0..<12)
  func noChoiceBeatsThoseOfTheFront(seed: Int) {
    let hulls = (0..<3).map { layer -> [RatePoint] in
      let points = Self.points(6, seed: UInt64(100 * seed + layer))
      return RateDistortion.hull(points).map { points[$0] }
    }
    func sum(_ choice: [Int]) -> RatePoint {
      zip(hulls, choice).reduce(into: RatePoint(bytes: 0, divergence: 0)) {
        $0.bytes += $1.0[$1.1].bytes
        $0.divergence += $1.0[$1.1].divergence
      }
    }
    let front = RateDistortion.front(hulls)
    #expect(front.first == [0, 0, 0])
    #expect(front.last == hulls.map { $0.count - 1 })
    for choice in front.map(sum) {
      for first in hulls[0].indices {
        for second in hulls[1].indices {
          for third in hulls[2].indices {
            let other = sum([first, second, third])
            #expect(
              other.bytes > choice.bytes - 1e-9 || other.divergence > choice.divergence - 1e-9)
          }
        }
      }
    }
  }
}
