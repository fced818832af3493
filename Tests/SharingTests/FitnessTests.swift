import Sharing
import Testing

struct FitnessTests {
  @Test func theRateIsThePosters() {
    var rate = Compression()
    rate.add(weights: 100, values: 4, precision: .float16)
    #expect(rate.before == 3200 && rate.after == 100 * 2 + 4 * (16 + 2))
    rate.add(weights: 10, values: 3, precision: .float8)
    // Two bits tell three values; a shared power of two takes 8.
    #expect(rate.before == 3520 && rate.after == 272 + 10 * 2 + 3 * (8 + 2) + 8)
    #expect(rate.rate == 3520.0 / 330)
    #expect(Compression().rate == 1)
  }

  @Test func keysHaveAsManyBitsAsTheyNeed() {
    let expected = [0: 0, 1: 0, 2: 1, 3: 2, 4: 2, 5: 3, 8: 3, 9: 4, 256: 8, 257: 9]
    for (values, bits) in expected { #expect(Compression.keyBits(values) == bits) }
  }

  @Test func fitnessIsEquationOne() {
    let fitness = Fitness(accuracyTarget: 0.99, compressionTarget: 20)
    let worth = fitness(Score(accuracy: 0.98, compression: 14))
    let (a, c) = (1 - 0.98 / 0.99, 1 - 14.0 / 20)
    #expect(abs(worth - 1 / (a * a + c * c).squareRoot()) < 1e-9)
    #expect(fitness(Score(accuracy: 0.99, compression: 20)) == .infinity)
  }

  @Test func whoBeatsATargetMovesIt() {
    var fitness = Fitness(accuracyTarget: 0.9, compressionTarget: 10)
    fitness.learn(Score(accuracy: 0.8, compression: 12))
    #expect(fitness.accuracyTarget == 0.9 && fitness.compressionTarget == 12)
    fitness.learn(Score(accuracy: 0.95, compression: 2))
    #expect(fitness.accuracyTarget == 0.95 && fitness.compressionTarget == 12)
  }

  @Test func belowTheFloorAllRankBehind() {
    var fitness = Fitness(accuracyTarget: 0.9, compressionTarget: 10, accuracyFloor: 0.85)
    let beyond = Score(accuracy: 0.84, compression: 30)
    fitness.learn(beyond)
    #expect(fitness.compressionTarget == 10)
    #expect(fitness(beyond) < 0)
    #expect(fitness(beyond) > fitness(Score(accuracy: 0.5, compression: 30)))
    #expect(fitness(Score(accuracy: 0.85, compression: 1.1)) > 0)
  }
}
