import Foundation
import Testing

@testable import FixedPoint

/// Roundings by hand, and by the form in which they are commonly written.
@Suite struct FixedPointTests {
  private static let edges: [Int32] = [
    .min, .min + 1, -(1 << 30), -65537, -3, -2, -1, 0, 1, 2, 3, 65536, 1 << 30, .max - 1, .max,
  ]

  @Test(arguments: [
    (Int32.min, Int32.min, Int32.max), (1 << 30, 1, 1), (-(1 << 30), 1, 0), (1 << 30, 3, 2), (-(1 << 30), 3, -1),
    (.max, .max, .max - 1), (.min, .max, -.max), (1 << 29, 1, 0), (-(1 << 29) * 3, 1, -1), (0, .min, 0),
  ] as [(Int32, Int32, Int32)])
  func productsRoundHalvesUp(u: Int32, v: Int32, product: Int32) {
    #expect(FixedPoint.highProduct(u, v) == product)
  }

  /// The nudge depends on the sign and the division cuts towards zero: the same function.
  @Test func productsAreThoseOfTheNudge() {
    // A seeded walk over all 32 bits.
    let some = (0..<500).map { Int32(truncatingIfNeeded: $0 &* 2_654_435_761 &+ 12345) }
    for u in Self.edges + some {
      for v in Self.edges where (u, v) != (.min, .min) {
        let product = Int64(u) * Int64(v)
        let nudge: Int64 = product >= 0 ? 1 << 30 : 1 - (1 << 30)
        #expect(FixedPoint.highProduct(u, v) == Int32((product + nudge) / (1 << 31)), "\(u) \(v)")
      }
    }
  }

  @Test(arguments: [
    (5, 1, 3), (-5, 1, -3), (4, 1, 2), (6, 2, 2), (-6, 2, -2), (5, 2, 1), (-5, 2, -1), (7, 0, 7), (-7, 0, -7),
    (.min, 31, -1), (.max, 31, 1), (.min, 32, -1), (.max, 32, 0), (.min, 33, 0), (1, 61, 0),
    ((1 << 30) - 1, 31, 0), (1 << 30, 31, 1), (-(1 << 30), 31, -1), (.max, 1, 1 << 30), (.min, 1, -(1 << 30)),
  ] as [(Int32, Int, Int32)])
  func quotientsRoundHalvesAwayFromZero(u: Int32, k: Int, quotient: Int32) {
    #expect(FixedPoint.divided(u, byPower: k) == quotient)
  }

  /// Shift towards minus infinity, and one more where the remainder is beyond a threshold.
  @Test func quotientsAreThoseOfTheThreshold() {
    for u in Self.edges {
      for k in 1...31 {
        let mask: Int64 = (1 << k) - 1
        let threshold = (mask >> 1) + (u < 0 ? 1 : 0)
        let quotient = (Int64(u) >> k) + (Int64(u) & mask > threshold ? 1 : 0)
        #expect(Int64(FixedPoint.divided(u, byPower: k)) == quotient, "\(u) by 2^\(k)")
      }
    }
  }

  @Test(arguments: [
    (5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (-5, 3, -2), (0, 7, 0), (1, 3, 0), (-1, 2, -1),
    (-128 * 9, 9, -128), (127 * 9, 9, 127), (-3, 6, -1), (3, 6, 1), (2, 6, 0),
  ])
  func averagesRoundHalvesAwayFromZero(sum: Int, count: Int, average: Int) {
    #expect(FixedPoint.average(sum: sum, count: count) == average)
  }

  @Test func constantsAreWhatTheySay() {
    for (j, power) in zip(-2...4, FixedPoint.powers) {
      #expect(power == Int32((exp(-exp2(Double(j))) * 0x1p31).rounded()))
    }
    #expect(FixedPoint.eighth == Int32((exp(-0.125) * 0x1p31).rounded()))
    #expect(FixedPoint.third == Int32((0x1p31 / 3).rounded()))
  }

  /// Every bit of the exponent, and remainders between: as real numbers give it to the fourth power.
  @Test func exponentials() {
    #expect(FixedPoint.exponential(0, integerBits: 5) == Int32.max)
    for integerBits in 0...5 {
      for part in stride(from: 1.0, through: 997, by: 4) {
        let a = Int32(-part / 997 * 0x1p31)
        let x = Double(a) / exp2(Double(31 - integerBits))
        let quarters = (4 * x).rounded(.down)
        let z = x - quarters / 4 - 0.125
        let series = 1 + z + z * z / 2 + z * z * z / 6 + z * z * z * z / 24
        let expected = exp(quarters / 4 + 0.125) * series
        let result = Double(FixedPoint.exponential(a, integerBits: integerBits)) / 0x1p31
        #expect(abs(result - expected) < 0x1p-28 && abs(result - exp(x)) < 0x1p-21, "exp(\(x))")
      }
    }
  }

  @Test func reciprocals() {
    #expect(FixedPoint.reciprocal(onePlus: 0) == Int32.max)
    for part in 0...1000 {
      let a = Int32(Double(part) / 1000 * Double(Int32.max))
      let real = 1 / (1 + Double(a) / 0x1p31)
      #expect(abs(Double(FixedPoint.reciprocal(onePlus: a)) / 0x1p31 - real) < 0x1p-28)
      #expect(abs(Double(FixedPoint.newton(a)) / 0x1p29 - 2 * real) < 0x1p-26)
    }
  }
}
