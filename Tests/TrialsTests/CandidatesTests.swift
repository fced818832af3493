import Tensors
import Testing
import Trials

/// Which weights trials zero.
struct CandidatesTests {
  /// Weights 1, 2, 3 ... in a seeded order, a tenth of them gone, in one or several layers.
  private struct Fixture {
    let weights: [[Float]]
    let measures: [[[Float]]]
    let candidates: Candidates

    init(_ counts: [Int], measures count: Int = 1, seed: UInt64 = 1) {
      var random = SeededGenerator(seed: seed)
      let values = counts.map { count in
        (1...max(count, 1)).prefix(count).map(Float.init).shuffled(using: &random)
      }
      measures = (0..<count).map { number in
        values.map { layer in
          layer.map { number == 0 ? $0 : Float.exp(random.nextNormal()) }
        }
      }
      weights = values.map { layer in layer.map { random.nextFloat() < 0.1 ? 0 : -$0 } }
      candidates = Candidates(weights: weights, measures: measures)
    }

    var survivors: Int { weights.reduce(0) { $0 + $1.count { $0 != 0 } } }

    /// The least by key, found by sorting.
    func least(_ count: Int, _ exponents: [Float], _ offsets: [Float]) -> [[Int]] {
      var keys: [(key: Double, layer: Int, position: Int)] = []
      for (layer, values) in weights.enumerated() {
        for position in values.indices where values[position] != 0 {
          let key = zip(measures, exponents).reduce(Double(offsets[layer])) {
            $0 + Double($1.1) * Double.log(Double($1.0[layer][position]))
          }
          keys.append((key, layer, position))
        }
      }
      keys.sort { ($0.key, $0.layer, $0.position) < ($1.key, $1.layer, $1.position) }
      return weights.indices.map { layer in
        keys.prefix(count).filter { $0.layer == layer }.map(\.position).sorted()
      }
    }
  }

  private static let seed = SeededGenerator(seed: 9)

  @Test(arguments: [0, 1, 7, 100, 441])
  func withoutNoiseTheLeastAreDrawn(count: Int) {
    let fixture = Fixture([500])
    #expect(fixture.survivors >= 442)
    let drawn = fixture.candidates.drawLeast(
      count, exponents: [1], offsets: [0], temperature: 0, Self.seed)
    #expect(drawn == fixture.least(count, [1], [0]))
  }

  @Test(arguments: [
    ([1, 0, 0], [0, 0, 0]), ([0.7, 1.2, -0.4], [0, 0, 0]), ([1, 1, 1], [0.5, -1, 2]),
    ([0, 0, 1], [-20, 0, 20]), ([0, 2, 0], [1, 0, -1]),
  ] as [([Float], [Float])])
  func keysOfSeveralMeasuresAndLayersAreSums(exponents: [Float], offsets: [Float]) {
    let fixture = Fixture([300, 40, 170], measures: 3, seed: 2)
    for count in [1, 5, 30, 80] {
      let drawn = fixture.candidates.drawLeast(
        count, exponents: exponents, offsets: offsets, temperature: 0, Self.seed)
      #expect(drawn == fixture.least(count, exponents, offsets), "\(count)")
    }
  }

  @Test func whatIsPositiveNowhereIsDrawnFirst() {
    let candidates = Candidates(weights: [[1, 1, 1, 1]], measures: [[[3, 0, 2, 0]]])
    let drawn = candidates.drawLeast(
      2, exponents: [1], offsets: [0], temperature: 0, Self.seed)
    #expect(drawn == [[1, 3]])
  }

  @Test func aMeasureThatIsNoNumberStillGivesASet() {
    let candidates = Candidates(
      weights: [[1, 1, 1, 1, 1]], measures: [[[3, .nan, 2, .infinity, 1]]])
    for count in 1...5 {
      let drawn = candidates.drawLeast(
        count, exponents: [1], offsets: [0], temperature: 0, Self.seed)[0]
      #expect(Set(drawn).count == min(count, 4))
    }
  }

  /// One of the ways to draw a set of `count`.
  private func draws(_ candidates: Candidates, _ layers: Int)
    -> [@Sendable (Int, SeededGenerator) -> [[Int]]]
  {
    let offsets = [Float](repeating: 0, count: layers)
    return [
      { candidates.drawLeast($0, exponents: [1], offsets: offsets, temperature: 0.5, $1) },
      { candidates.drawUniformly($0, all: false, $1) },
      { candidates.drawUniformly($0, all: true, $1) },
    ]
  }

  @Test(arguments: [[400], [100, 0, 60, 240]])
  func theSameSeedGivesTheSameSet(counts: [Int]) {
    let (first, second) = (Fixture(counts), Fixture(counts))
    let pairs = zip(draws(first.candidates, counts.count), draws(second.candidates, counts.count))
    for (draw, again) in pairs {
      let drawn = draw(50, SeededGenerator(seed: 3))
      #expect(draw(50, SeededGenerator(seed: 3)) == drawn)
      #expect(again(50, SeededGenerator(seed: 3)) == drawn)
      #expect(draw(50, SeededGenerator(seed: 4)) != drawn)
    }
  }

  @Test(arguments: [[400], [100, 0, 60, 240]], [0, 1, 60, 10_000])
  func setsAscendWithoutRepetitionAmongSurvivors(counts: [Int], count: Int) {
    let fixture = Fixture(counts)
    let most = fixture.survivors - (counts.count == 1 ? 1 : 3)
    for (number, draw) in draws(fixture.candidates, counts.count).enumerated() {
      for seed in 0..<20 as Range<UInt64> {
        let drawn = draw(count, SeededGenerator(seed: seed))
        #expect(drawn.count == counts.count)
        for (layer, positions) in drawn.enumerated() {
          #expect(zip(positions, positions.dropFirst()).allSatisfy(<))
          #expect(positions.allSatisfy { fixture.weights[layer][$0] != 0 })
        }
        let total = drawn.reduce(0) { $0 + $1.count }
        #expect(number == 2 ? total <= min(count, most) : total == min(count, most))
      }
    }
  }

  @Test func lessSalientOnesAreFavoured() {
    // 100 weights of saliency 1, 100 of 2, 100 of 4, none dead.
    let saliency: [Float] = (0..<300).map { [1, 2, 4][$0 % 3] }
    let candidates = Candidates(weights: [saliency], measures: [[saliency]])
    var counts = [0, 0, 0]
    for seed in 0..<200 as Range<UInt64> {
      let drawn = candidates.drawLeast(
        100, exponents: [1], offsets: [0], temperature: 1, SeededGenerator(seed: 77).fork(seed))
      for position in drawn[0] { counts[position % 3] += 1 }
    }
    // Of 20,000; a standard deviation of each count is below 70.
    #expect(
      counts[0] > counts[1] + 500 && counts[1] > counts[2] + 500 && counts[2] > 100, "\(counts)")
  }

  @Test func aWarmerDrawStraysFurther() {
    let fixture = Fixture([1000])
    let least = Set(fixture.least(100, [1], [0])[0])
    func shared(_ temperature: Float) -> Int {
      (0..<20 as Range<UInt64>).reduce(0) { sum, seed in
        let drawn = fixture.candidates.drawLeast(
          100, exponents: [1], offsets: [0], temperature: temperature, SeededGenerator(seed: seed))
        return sum + drawn[0].count { least.contains($0) }
      }
    }
    let (cool, warm, hot) = (shared(0.05), shared(0.5), shared(5))
    #expect(cool > warm && warm > hot, "\(cool), \(warm), \(hot)")
    // Hardly more than chance: a ninth of the survivors.
    #expect(hot < 20 * 30, "\(hot)")
  }

  @Test func equalSaliencesAreDrawnFromEverywhere() {
    let candidates = Candidates(
      weights: [[Float](repeating: 1, count: 100)],
      measures: [[[Float](repeating: 0, count: 100)]])
    var seen = Set<Int>()
    for seed in 0..<100 as Range<UInt64> {
      seen.formUnion(
        candidates.drawLeast(
          10, exponents: [1], offsets: [0], temperature: 0.1, SeededGenerator(seed: seed))[0])
    }
    #expect(seen.count == 100)
  }

  /// Chi-square over positions. With n draws of m among N without repetition, each position's hits
  /// have mean n m / N and variance that times 1 - m / N.
  @Test(arguments: [false, true], [[200], [30, 90, 80]])
  func uniformDrawsTakeAllAlike(all: Bool, counts: [Int]) {
    // Half of the weights are dead: of a draw over all, half is lost.
    let weights = counts.map { count in (0..<count).map { Float($0 % 2) } }
    let candidates = Candidates(weights: weights, measures: [])
    let (draws, size, positions) = (1000, 20, all ? 200 : 100)
    var hits = counts.map { [Int](repeating: 0, count: $0) }
    for seed in 0..<UInt64(draws) {
      let drawn = candidates.drawUniformly(size, all: all, SeededGenerator(seed: 5).fork(seed))
      for (layer, set) in drawn.enumerated() { for position in set { hits[layer][position] += 1 } }
    }
    let mean = Double(draws * size) / Double(positions)
    var squares = 0.0
    for (layer, values) in weights.enumerated() {
      for position in values.indices {
        if values[position] == 0 {
          #expect(hits[layer][position] == 0)
        } else {
          squares += (Double(hits[layer][position]) - mean) * (Double(hits[layer][position]) - mean)
        }
      }
    }
    let chi = squares / (mean * (1 - Double(size) / Double(positions)))
    // About 100 degrees of freedom: a standard deviation is 14.
    #expect(abs(chi - 100) < 56, "\(chi)")
    let total = hits.reduce(0) { $0 + $1.reduce(0, +) }
    #expect(all ? abs(total - draws * size / 2) < 350 : total == draws * size, "\(total)")
  }

  @Test func aPoolOfNoSurvivorsGivesEmptySets() {
    for weights in [[[0, 0]], [[], [0]], [[]]] as [[[Float]]] {
      let candidates = Candidates(weights: weights, measures: [weights])
      for draw in draws(candidates, weights.count) {
        #expect(draw(2, SeededGenerator(seed: 1)) == weights.map { _ in [] })
      }
    }
  }

  // MARK: The floor

  /// 1000 weights that are the least, and 1000 others.
  private let uneven = Candidates(
    weights: [[Float](repeating: 1e-3, count: 1000), [Float](repeating: 1, count: 1000)],
    measures: [
      [(0..<1000).map { 1e-6 * Float($0 + 1) }, (0..<1000).map { 1 + Float($0) }]
    ])

  @Test func aLayerOfAPoolIsNeverCutOffAndOthersTakeItsPlace() {
    for temperature in [0, 0.1] as [Float] {
      let drawn = uneven.drawLeast(
        1200, exponents: [1], offsets: [0, 0], temperature: temperature, Self.seed)
      #expect(drawn.map(\.count) == [997, 203])
    }
    let few = uneven.drawLeast(500, exponents: [1], offsets: [0, 0], temperature: 0, Self.seed)
    #expect(few == [Array(0..<500), []])
    let most = uneven.drawLeast(2000, exponents: [1], offsets: [0, 0], temperature: 0, Self.seed)
    #expect(most.map(\.count) == [997, 997])
  }

  @Test func aLayerAtItsFloorGivesUpNothing() {
    let weights: [[Float]] = [[1e-3, 0, 0, 0], [1, 2, 3, 4]]
    let candidates = Candidates(weights: weights, measures: [weights])
    let drawn = candidates.drawLeast(
      1, exponents: [1], offsets: [0, 0], temperature: 0, Self.seed)
    #expect(drawn == [[], [0]])
    for seed in 0..<20 as Range<UInt64> {
      for all in [false, true] {
        let drawn = candidates.drawUniformly(3, all: all, SeededGenerator(seed: seed))
        #expect(drawn[0] == [] && drawn[1].count <= 3)
        if !all { #expect(drawn[1].count == 3) }
      }
    }
  }

  @Test func aLayerAloneKeepsItsBest() {
    let candidates = Candidates(weights: [[1, -3, 2]], measures: [[[1, 3, 2]]])
    let drawn = candidates.drawLeast(
      3, exponents: [1], offsets: [0], temperature: 0, Self.seed)
    #expect(drawn == [[0, 2]])
    for seed in 0..<20 as Range<UInt64> {
      for all in [false, true] {
        let drawn = candidates.drawUniformly(3, all: all, SeededGenerator(seed: seed))
        #expect(drawn == [[0, 2]])
      }
    }
    let last = Candidates(weights: [[0, 0.5, 0]], measures: [[[0, 0.5, 0]]])
    for draw in draws(last, 1) { #expect(draw(2, Self.seed) == [[]]) }
  }

  @Test func aFloorIsAsHighAsItIsTold() {
    let weights: [[Float]] = [(1...10).map { 1e-3 * Float($0) }, (1...10).map(Float.init)]
    let candidates = Candidates(weights: weights, measures: [weights], floors: [4, 0])
    let drawn = candidates.drawLeast(
      8, exponents: [1], offsets: [0, 0], temperature: 0, Self.seed)
    #expect(drawn == [Array(0..<6), [0, 1]])
    #expect(
      candidates.drawLeast(20, exponents: [1], offsets: [0, 0], temperature: 0, Self.seed)
        .map(\.count) == [6, 10])
  }

  /// Half of the positions are zeroed, so that some draws of one position hit nothing.
  @Test func aDrawOverAllHitsOneSurvivorAtLeast() {
    let weights: [[Float]] = [(0..<20).map { $0 < 2 ? 1 : 0 }, [0, 0, 0, 1]]
    let candidates = Candidates(weights: weights, measures: [])
    for seed in 0..<50 as Range<UInt64> {
      let drawn = candidates.drawUniformly(1, all: true, SeededGenerator(seed: seed))
      #expect(drawn.map(\.count) == [1, 0])
      #expect(candidates.drawUniformly(0, all: true, SeededGenerator(seed: seed)) == [[], []])
    }
  }

  // MARK: Nesting

  @Test(arguments: [1, 3, 7, 10, 29, 30])
  func theLeastOfASetStayInIt(count: Int) {
    let fixture = Fixture([100, 60], seed: 4)
    let set = fixture.candidates.drawUniformly(30, all: false, Self.seed)
    let nested = fixture.candidates.nested(
      set, count: count, exponents: [1], offsets: [0, 0])
    let members = set.enumerated().flatMap { layer, positions in positions.map { (layer, $0) } }
      .sorted { fixture.measures[0][$0.0][$0.1] < fixture.measures[0][$1.0][$1.1] }
    let expected = [0, 1].map { layer in
      members.prefix(count).filter { $0.0 == layer }.map(\.1).sorted()
    }
    // Two layers' measures may be alike; what counts is how large the largest kept is.
    #expect(nested.reduce(0) { $0 + $1.count } == count)
    func largest(_ sets: [[Int]]) -> Float? {
      sets.enumerated().flatMap { layer, set in set.map { fixture.measures[0][layer][$0] } }.max()
    }
    #expect(largest(nested) == largest(expected))
    #expect(zip(nested, set).allSatisfy { Set($0).isSubset(of: $1) })
  }
}
