// Differential evolution (Storn and Price 1997), rand/1/bin: the difference of two individuals,
// scaled, is added to a third, crossed with the fourth, and takes its place if it is no worse. The
// scale is drawn anew for each child, which keeps small populations from stalling.

import Tensors

/// Differences as mutations.
public struct DifferentialEvolution: PopulationOptimizer {
  /// Of the difference.
  public var scale = 0.4...1.0
  /// Odds that a gene comes from the mutant.
  public var crossover = 0.9

  public init() {}

  public func proposals(
    from population: [Individual], fitness: Fitness, generators: [SeededGenerator]
  ) -> [Proposal] {
    precondition(population.count >= 4)
    return zip(population.indices, generators).map { index, generator in
      var generator = generator
      let others = Self.three(below: population.count, but: index, &generator)
      let (a, b, c) = (
        population[others[0]].position, population[others[1]].position,
        population[others[2]].position
      )
      let width = scale.upperBound - scale.lowerBound
      let factor = scale.lowerBound + width * Double(generator.nextFloat())
      var position = population[index].position
      let certain = generator.nextIndex(below: max(position.count, 1))
      for gene in position.indices {
        let crosses = Double(generator.nextFloat()) < crossover
        if crosses || gene == certain {
          position[gene] = (a[gene] + factor * (b[gene] - c[gene])).reflected
        }
      }
      return Proposal(position: position)
    }
  }

  /// Three different numbers, none of them `index`.
  private static func three(
    below count: Int, but index: Int, _ generator: inout SeededGenerator
  ) -> [Int] {
    var drawn: [Int] = []
    while drawn.count < 3 {
      let number = generator.nextIndex(below: count)
      if number != index && !drawn.contains(number) { drawn.append(number) }
    }
    return drawn
  }

  public func survivors(
    of population: [Individual], offspring: [Individual], fitness: Fitness
  ) -> [Individual] {
    zip(population, offspring).map { fitness($1.score) >= fitness($0.score) ? $1 : $0 }
  }
}
