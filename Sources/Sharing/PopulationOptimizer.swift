// What the optimizers have in common. A generation is proposed as a whole, evaluated as a whole and
// joined with the one before; all that an optimizer remembers is in the individuals, so that a run
// can be stopped between any two generations. Individual i of a generation draws from a generator
// of its own.

import Tensors

/// One of a population.
public struct Individual: Codable, Equatable, Sendable {
  /// A place that was seen, with what was found there.
  public struct Place: Codable, Equatable, Sendable {
    public var position: [Double]
    public var score: Score
  }

  /// Each in 0 ..< 1.
  public var position: [Double]
  /// What was last added to the position; of use to a swarm.
  public var velocity: [Double]
  public var score: Score
  /// The best place that it was at.
  public var best: Place

  package init(_ proposal: Proposal, score: Score) {
    (position, velocity) = (proposal.position, proposal.velocity)
    self.score = score
    best = Place(position: position, score: score)
  }
}

/// A place to be looked at.
public struct Proposal: Equatable, Sendable {
  public var position: [Double]
  public var velocity: [Double]

  public init(position: [Double], velocity: [Double]? = nil) {
    self.position = position
    self.velocity = velocity ?? [Double](repeating: 0, count: position.count)
  }

  /// Anywhere.
  static func random(_ dimensions: Int, _ generator: inout SeededGenerator) -> Proposal {
    Proposal(position: (0..<dimensions).map { _ in Double(generator.nextFloat()) })
  }
}

/// Makes a population out of the one before.
public protocol PopulationOptimizer: Sendable {
  /// Places for a next generation, as many as there are individuals.
  ///
  /// - Parameters:
  ///   - population: 4 or more.
  ///   - generators: for each of them, of whatever is drawn for it.
  func proposals(
    from population: [Individual], fitness: Fitness, generators: [SeededGenerator]
  ) -> [Proposal]

  /// Who goes on, as many as there were.
  ///
  /// - Parameter offspring: what was proposed, scored, in that order.
  func survivors(
    of population: [Individual], offspring: [Individual], fitness: Fitness
  ) -> [Individual]
}

extension SeededGenerator {
  /// One of 0 ..< `count`.
  mutating func nextIndex(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }
}

extension Double {
  /// Into 0 ..< 1, reflected at the ends.
  var reflected: Double {
    let folded = abs(truncatingRemainder(dividingBy: 2))
    return Swift.min(folded < 1 ? folded : 2 - folded, 1 - 0x1p-24)
  }
}
