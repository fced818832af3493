import Sharing
import Tensors
import Testing

struct OptimizerTests {
  private static let fitness = Fitness(accuracyTarget: 1, compressionTarget: 1)
  private static let goal = [0.3, 0.71, 0.5, 0.12, 0.88, 0.4]

  /// Accuracy falls with the distance to a place; compression is at its target.
  private static func score(_ position: [Double]) -> Score {
    let square = zip(position, goal).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return Score(accuracy: 1 - square, compression: 1)
  }

  private static func generators(_ seed: UInt64, _ generation: Int) -> [SeededGenerator] {
    (0..<16).map { SeededGenerator(seed: seed).fork(UInt64(generation)).fork(UInt64($0)) }
  }

  private static func first(_ seed: UInt64) -> [Individual] {
    generators(seed, 0).map { generator in
      var generator = generator
      let position = goal.map { _ in Double(generator.nextFloat()) }
      return Individual(Proposal(position: position), score: score(position))
    }
  }

  /// The best accuracy that is seen in 40 generations, and whether all stayed in the cube.
  private static func search(_ kind: OptimizerKind, seed: UInt64) -> (best: Double, inside: Bool) {
    let optimizer = kind.optimizer
    var population = first(seed)
    var (best, inside) = (-Double.infinity, true)
    for generation in 1...40 {
      let proposals = optimizer.proposals(
        from: population, fitness: fitness, generators: generators(seed, generation))
      let offspring = proposals.map { Individual($0, score: score($0.position)) }
      population = optimizer.survivors(of: population, offspring: offspring, fitness: fitness)
      inside = inside && population.count == 16
        && proposals.allSatisfy { $0.position.allSatisfy((0..<1).contains) }
        && proposals.allSatisfy { $0.velocity.allSatisfy { abs($0) <= 1 } }
      best = max(best, offspring.map(\.score.accuracy).max() ?? best)
    }
    return (best, inside)
  }

  @Test(arguments: OptimizerKind.allCases) func placesStayInTheCube(_ kind: OptimizerKind) {
    #expect(Self.search(kind, seed: 1).inside)
  }

  @Test(arguments: [OptimizerKind.genetic, .swarm, .differential])
  func optimizersComeNearerThanRandomSearch(_ kind: OptimizerKind) {
    for seed in 1...5 as ClosedRange<UInt64> {
      let (found, control) = (Self.search(kind, seed: seed), Self.search(.random, seed: seed))
      #expect(1 - found.best < (1 - control.best) / 2, "seed \(seed)")
    }
  }

  @Test(arguments: OptimizerKind.allCases) func theSameDrawsMakeTheSameProposals(
    _ kind: OptimizerKind
  ) {
    func propose(_ seed: UInt64) -> [Proposal] {
      kind.optimizer.proposals(
        from: Self.first(3), fitness: Self.fitness, generators: Self.generators(seed, 1))
    }
    #expect(propose(3) == propose(3))
    #expect(propose(3) != propose(4))
  }

  @Test func theFittestLiveOnInAGeneticAlgorithm() {
    let population = Self.first(5)
    let bad = population.map { _ in
      Individual(Proposal(position: Self.goal), score: Score(accuracy: 0, compression: 0))
    }
    let next = GeneticAlgorithm().survivors(of: population, offspring: bad, fitness: Self.fitness)
    let best = population.map(\.score.accuracy).max()
    #expect(next.first?.score.accuracy == best)
  }

  @Test func noIndividualGetsWorseByDifferences() {
    let (population, others) = (Self.first(6), Self.first(7))
    let next = DifferentialEvolution().survivors(
      of: population, offspring: others, fitness: Self.fitness)
    for index in next.indices {
      #expect(next[index].score.accuracy >= population[index].score.accuracy)
    }
  }

  @Test func particlesRememberTheirBest() {
    let (population, others) = (Self.first(8), Self.first(9))
    let next = ParticleSwarm().survivors(
      of: population, offspring: others, fitness: Self.fitness)
    for index in next.indices {
      #expect(next[index].position == others[index].position)
      #expect(
        next[index].best.score.accuracy
          == max(population[index].score.accuracy, others[index].score.accuracy))
    }
  }
}
