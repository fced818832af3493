// A genetic algorithm over real genes: parents by tournament, uniform crossover, and a mutation
// that either moves a gene a little or draws it anew. The fittest parents live on (elitism), the
// rest of a generation are children.

import Tensors

/// Tournaments, crossover, mutation.
public struct GeneticAlgorithm: PopulationOptimizer {
  /// Individuals that compete to be a parent.
  public var tournament = 3
  /// Share of children of two parents; the others have one.
  public var crossover = 0.9
  /// Genes of a child that change, on average.
  public var mutations = 1.0
  /// Standard deviation of a small change.
  public var step = 0.1
  /// Share of the population that lives on, one individual at least.
  public var elite = 0.1

  public init() {}

  public func proposals(
    from population: [Individual], fitness: Fitness, generators: [SeededGenerator]
  ) -> [Proposal] {
    let worth = population.map { fitness($0.score) }
    return generators.map { generator in
      var generator = generator
      var genes = population[parent(worth, &generator)].position
      if Double(generator.nextFloat()) < crossover {
        let other = population[parent(worth, &generator)].position
        for gene in genes.indices where generator.nextFloat() < 0.5 { genes[gene] = other[gene] }
      }
      mutate(&genes, &generator)
      return Proposal(position: genes)
    }
  }

  private func parent(_ worth: [Double], _ generator: inout SeededGenerator) -> Int {
    var best = generator.nextIndex(below: worth.count)
    for _ in 1..<max(tournament, 1) {
      let other = generator.nextIndex(below: worth.count)
      if worth[other] > worth[best] { best = other }
    }
    return best
  }

  private func mutate(_ genes: inout [Double], _ generator: inout SeededGenerator) {
    let odds = mutations / Double(max(genes.count, 1))
    for gene in genes.indices where Double(generator.nextFloat()) < odds {
      if generator.nextFloat() < 0.5 {
        genes[gene] = (genes[gene] + step * Double(generator.nextNormal())).reflected
      } else {
        genes[gene] = Double(generator.nextFloat())
      }
    }
  }

  public func survivors(
    of population: [Individual], offspring: [Individual], fitness: Fitness
  ) -> [Individual] {
    let kept = max(1, Int(elite * Double(population.count)))
    func ranked(_ individuals: [Individual]) -> [Individual] {
      let worth = individuals.map { fitness($0.score) }
      let order = individuals.indices.sorted { (worth[$1], $0) < (worth[$0], $1) }
      return order.map { individuals[$0] }
    }
    return Array(
      ranked(population).prefix(kept) + ranked(offspring).prefix(population.count - kept))
  }
}
