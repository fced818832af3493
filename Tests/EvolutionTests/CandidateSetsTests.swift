import Evolution
import Tensors
import Testing

/// Which weights trials zero.
struct CandidateSetsTests {
  /// Saliencies 1, 2, 3 ... in a seeded order, a tenth of the weights dead.
  private struct Fixture {
    let saliency: [Float]
    let alive: [Bool]
    var survivors: [Int] { alive.indices.filter { alive[$0] } }

    init(_ count: Int, seed: UInt64 = 1) {
      var random = SeededGenerator(seed: seed)
      saliency = (1...count).map(Float.init).shuffled(using: &random)
      alive = (0..<count).map { _ in random.nextFloat() >= 0.1 }
    }

    func sets(_ method: EvolutionMethod, temperature: Float = 0.1) -> CandidateSets {
      CandidateSets(method: method, saliency: saliency, alive: alive, temperature: temperature)
    }

    /// The survivors of least saliency, ascending by position.
    func least(_ count: Int) -> [Int] {
      Array(survivors.sorted { saliency[$0] < saliency[$1] }.prefix(count)).sorted()
    }
  }

  @Test(arguments: [0, 1, 7, 100, 449])
  func atTemperatureZeroTheLeastSalientAreDrawn(count: Int) {
    let fixture = Fixture(500)
    #expect(fixture.survivors.count > 440)
    let drawn = fixture.sets(.informed, temperature: 0)
      .draw(count: count, generator: SeededGenerator(seed: 9))
    #expect(drawn == fixture.least(count))
  }

  @Test(arguments: [0.0, 0.1, 10])
  func magnitudeDrawsTheLeastAtAnyTemperature(temperature: Float) {
    let fixture = Fixture(300)
    let drawn = fixture.sets(.magnitude, temperature: temperature)
      .draw(count: 40, generator: SeededGenerator(seed: 9))
    #expect(drawn == fixture.least(40))
  }

  @Test(arguments: EvolutionMethod.allCases)
  func theSameSeedGivesTheSameSet(method: EvolutionMethod) {
    let fixture = Fixture(400)
    let sets = fixture.sets(method)
    let first = sets.draw(count: 50, generator: SeededGenerator(seed: 3))
    #expect(sets.draw(count: 50, generator: SeededGenerator(seed: 3)) == first)
    #expect(fixture.sets(method).draw(count: 50, generator: SeededGenerator(seed: 3)) == first)
    let other = sets.draw(count: 50, generator: SeededGenerator(seed: 4))
    #expect((other == first) == (method == .magnitude))
  }

  @Test(arguments: EvolutionMethod.allCases, [0, 1, 60, 10_000])
  func setsAscendWithoutRepetitionAmongSurvivors(method: EvolutionMethod, count: Int) {
    let fixture = Fixture(400)
    let sets = fixture.sets(method, temperature: 1)
    for seed in 0..<20 as Range<UInt64> {
      let drawn = sets.draw(count: count, generator: SeededGenerator(seed: seed))
      #expect(zip(drawn, drawn.dropFirst()).allSatisfy(<))
      #expect(drawn.allSatisfy { fixture.alive[$0] })
      if method == .literal {
        #expect(drawn.count <= count)
      } else {
        #expect(drawn.count == min(count, fixture.survivors.count))
      }
    }
  }

  @Test func informedDrawsFavourTheLessSalient() {
    // 100 weights of saliency 1, 100 of 2, 100 of 4, none dead.
    let saliency: [Float] = (0..<300).map { [1, 2, 4][$0 % 3] }
    let sets = CandidateSets(
      method: .informed, saliency: saliency, alive: Array(repeating: true, count: 300),
      temperature: 1)
    var counts = [0, 0, 0]
    for seed in 0..<200 as Range<UInt64> {
      for position in sets.draw(count: 100, generator: SeededGenerator(seed: 77).fork(seed)) {
        counts[position % 3] += 1
      }
    }
    // Of 20,000; a standard deviation of each count is below 70.
    #expect(
      counts[0] > counts[1] + 500 && counts[1] > counts[2] + 500 && counts[2] > 100, "\(counts)")
  }

  @Test func aWarmerDrawStraysFurther() {
    let fixture = Fixture(1000)
    let least = Set(fixture.least(100))
    func shared(_ temperature: Float) -> Int {
      (0..<20 as Range<UInt64>).reduce(0) { sum, seed in
        let drawn = fixture.sets(.informed, temperature: temperature)
          .draw(count: 100, generator: SeededGenerator(seed: seed))
        return sum + drawn.reduce(0) { $0 + (least.contains($1) ? 1 : 0) }
      }
    }
    let (cool, warm, hot) = (shared(0.05), shared(0.5), shared(5))
    #expect(cool > warm && warm > hot, "\(cool), \(warm), \(hot)")
    // Hardly more than chance: a ninth of the survivors.
    #expect(hot < 20 * 30, "\(hot)")
  }

  @Test func literalDrawsAreOverAllPositionsAlike() {
    // Half of the weights are dead: half of what is drawn is lost.
    let alive = (0..<200).map { $0 % 2 == 0 }
    let sets = CandidateSets(
      method: .literal, saliency: Array(repeating: 1, count: 200), alive: alive, temperature: 0)
    var hits = [Int](repeating: 0, count: 200)
    for seed in 0..<1000 as Range<UInt64> {
      for position in sets.draw(count: 40, generator: SeededGenerator(seed: 5).fork(seed)) {
        hits[position] += 1
      }
    }
    let total = hits.reduce(0, +)
    // 1000 draws of 40, half of them survivors; a standard deviation is about 90.
    #expect(abs(total - 20_000) < 500, "\(total)")
    // Each survivor is drawn 200 times on average; a standard deviation is about 13.
    #expect(alive.indices.allSatisfy { alive[$0] ? abs(hits[$0] - 200) < 65 : hits[$0] == 0 })
  }

  @Test func equalSaliencesAreDrawnFromEverywhere() {
    let sets = CandidateSets(
      method: .informed, saliency: Array(repeating: 0, count: 100),
      alive: Array(repeating: true, count: 100), temperature: 0.1)
    var seen = Set<Int>()
    for seed in 0..<100 as Range<UInt64> {
      seen.formUnion(sets.draw(count: 10, generator: SeededGenerator(seed: seed)))
    }
    #expect(seen.count == 100)
  }

  @Test func aLayerOfNoSurvivorsGivesEmptySets() {
    for method in EvolutionMethod.allCases {
      let sets = CandidateSets(
        method: method, saliency: [1, 2], alive: [false, false], temperature: 1)
      #expect(sets.draw(count: 2, generator: SeededGenerator(seed: 1)) == [])
    }
  }
}
