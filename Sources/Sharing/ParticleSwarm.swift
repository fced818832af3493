// Particle swarm optimization (Kennedy and Eberhart 1995): a particle keeps its course and is drawn
// to the best place it knows and to the best that any knows, with the constants of Clerc and
// Kennedy (2002), under which a swarm comes to rest.

import Tensors

/// Particles with velocity.
public struct ParticleSwarm: PopulationOptimizer {
  public var inertia = 0.7298
  /// Pull of a particle's own best place, and of the swarm's.
  public var ownPull = 1.4962
  public var swarmPull = 1.4962
  /// Most that a particle moves along a dimension at once.
  public var limit = 0.3

  public init() {}

  public func proposals(
    from population: [Individual], fitness: Fitness, generators: [SeededGenerator]
  ) -> [Proposal] {
    var leader = population[0].best
    for best in population.dropFirst().map(\.best) where fitness(best.score) > fitness(leader.score) {
      leader = best
    }
    return zip(population, generators).map { particle, generator in
      var generator = generator
      var proposal = Proposal(position: particle.position, velocity: particle.velocity)
      for axis in particle.position.indices {
        let place = particle.position[axis]
        let own = ownPull * Double(generator.nextFloat()) * (particle.best.position[axis] - place)
        let swarm = swarmPull * Double(generator.nextFloat()) * (leader.position[axis] - place)
        let velocity = max(-limit, min(limit, inertia * particle.velocity[axis] + own + swarm))
        proposal.velocity[axis] = velocity
        proposal.position[axis] = (place + velocity).reflected
        // Thrown back from an end, it flies the other way.
        if !(0..<1).contains(place + velocity) { proposal.velocity[axis] = -velocity }
      }
      return proposal
    }
  }

  public func survivors(
    of population: [Individual], offspring: [Individual], fitness: Fitness
  ) -> [Individual] {
    zip(population, offspring).map { before, now in
      var particle = now
      if fitness(before.best.score) > fitness(now.score) { particle.best = before.best }
      return particle
    }
  }
}
