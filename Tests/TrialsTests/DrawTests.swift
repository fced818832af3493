import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// What follows from a draw and a number.
struct DrawTests {
  private static let columns = 20
  private static let weights = ([3, 4] as [UInt64]).map { seed -> [Float] in
    var random = SeededGenerator(seed: seed)
    return (0..<200).map { $0 % 7 == 0 ? 0 : random.nextNormal() }
  }

  private func draw(
    _ distribution: DrawDistribution, origin: DrawOrigin = DrawOrigin(seed: 1, cycle: 2, pool: 3),
    temperature: Float = 0.1, recovery: [Compensation?]? = nil
  ) -> Draw {
    let measures = Measure.allCases.map { measure in
      Self.weights.map { $0.map { abs($0) + Float(measure.rawValue) } }
    }
    return Draw(
      origin: origin, layers: [0, 1],
      candidates: Candidates(weights: Self.weights, measures: measures),
      distribution: distribution, count: 30, temperature: temperature, recovery: recovery)
  }

  private static let distributions: [DrawDistribution] = [
    .uniform(all: false), .uniform(all: true), .saliency([1, 1, 0, 0, 0]),
    .learned(DrawModel(layers: 2)),
  ]

  @Test(arguments: distributions) func theSameNumberIsTheSameSet(_ distribution: DrawDistribution) {
    let (one, other) = (draw(distribution), draw(distribution))
    #expect(one == other)
    let sets = (0..<12).map(one.set)
    #expect((0..<12).reversed().map(other.set) == sets.reversed())
    #expect(Set(sets).count > 4)
    for set in sets {
      #expect(set.allSatisfy { $0 == $0.sorted() })
      #expect(zip(set, Self.weights).allSatisfy { set, weights in set.allSatisfy { weights[$0] != 0 } })
      let hit = set.reduce(0) { $0 + $1.count }
      #expect(distribution == .uniform(all: true) ? (1...30).contains(hit) : hit == 30)
    }
  }

  @Test(arguments: distributions) func seedCycleAndPoolMakeOthers(_ distribution: DrawDistribution) {
    let origins = [(1, 2, 3), (2, 2, 3), (1, 3, 3), (1, 2, 4)].map {
      DrawOrigin(seed: UInt64($0.0), cycle: $0.1, pool: $0.2)
    }
    let sets = origins.map { draw(distribution, origin: $0).set(7) }
    #expect(Set(sets).count == 4)
  }

  @Test func knownSalienciesAreTriedWithoutNoise() {
    let saliency = draw(.saliency([1, 0, 0, 0, 0]))
    let least = draw(.saliency([1, 0, 0, 0, 0]), temperature: 0)
    #expect(saliency.set(0) == least.set(0) && saliency.set(1) != least.set(1))
    let learned = draw(.learned(DrawModel(layers: 2)))
    for (trial, exponents) in [(1, Measure.exponents(.magnitude, .curvature)), (3, Measure.exponents(.magnitude))] {
      #expect(learned.parameters(of: trial).exponents == exponents)
      #expect(learned.set(trial) == draw(.saliency(exponents)).set(0))
    }
    #expect(draw(.uniform(all: false)).parameters(of: 0).exponents == [])
  }

  @Test func survivorsTakeOverWhereALayerRecovers() throws {
    var random = SeededGenerator(seed: 5)
    let compensation = Compensation(
      inputs: (0..<40 * Self.columns).map { _ in random.nextNormal() }, columns: Self.columns)
    let draw = draw(.uniform(all: false), recovery: [compensation, nil])
    let set = draw.set(0)
    let changes = try draw.change(zeroing: set)
    #expect(
      changes == [
        .replacing(try compensation.compensated(Self.weights[0], losing: set[0])), .zeroing(set[1]),
      ])
    #expect(try draw.change(zeroing: [[], set[1]])[0] == .zeroing([]))
    var plain = draw
    plain.recovery = nil
    #expect(try plain.change(zeroing: set) == set.map(WeightChange.zeroing))
  }
}
