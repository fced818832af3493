// The control: every generation is drawn anew, and only the record of the best remembers anything.

import Tensors

/// Uniform draws.
public struct RandomSearch: PopulationOptimizer {
  public init() {}

  public func proposals(
    from population: [Individual], fitness: Fitness, generators: [SeededGenerator]
  ) -> [Proposal] {
    zip(population, generators).map { individual, generator in
      var generator = generator
      return .random(individual.position.count, &generator)
    }
  }

  public func survivors(
    of population: [Individual], offspring: [Individual], fitness: Fitness
  ) -> [Individual] {
    offspring
  }
}
