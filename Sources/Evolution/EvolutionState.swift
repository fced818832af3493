// Everything that a stopped run needs to go on.

import Execution
import ModelGraph
import Trials

/// How far a run has come.
public struct EvolutionState: Codable, Equatable, Sendable {
  /// The student's numbers, in the order of `Graph.parameters`. A weight that is zero is pruned.
  public var parameters: [[Float]]
  /// Adam's memory.
  public var trainer: TrainerState?
  /// Gradient steps taken.
  public var steps = 0
  /// What the learned method draws by, one a pool.
  public var draws: [DrawModel]
  /// Gradient steps of cycles whose retraining was put off.
  public var stepsOwed = 0
  /// Looks at held-back samples in the final steps since the best one.
  public var looksSinceBest = 0
  /// What a unit of ``CodingCost`` is worth in the next cycle; nil: as in the first.
  public var price: Float?
  /// One a cycle that is over.
  public var cycles: [CycleRecord] = []
  /// Gradient steps taken after the last cycle.
  public var finalStepsDone = 0
  /// The best of the states seen after the last cycle: its numbers and its divergence.
  public var best: Best?
  /// From where the cycles are planned; nil: from the first, with what the student then had.
  public var planned: Plan?
  /// Whether nothing is left to do.
  public var isOver = false

  /// A cycle, and how many weights each layer had before it.
  public struct Plan: Codable, Equatable, Sendable {
    public var cycle: Int
    public var survivors: [Int]

    /// Whether it is one of a run of so many layers and cycles.
    public func fits(_ layers: Int, cycles: Int) -> Bool {
      survivors.count == layers && (0...cycles).contains(cycle)
        && survivors.allSatisfy((0...1 << 40).contains)
    }
  }

  public struct Best: Codable, Equatable, Sendable {
    public var parameters: [[Float]]
    public var divergence: Double

    public init(parameters: [[Float]], divergence: Double) {
      self.parameters = parameters
      self.divergence = divergence
    }
  }

  /// Plans the cycles that are left anew, for other pools. What draws have learned stays where
  /// pools have the layers that they had.
  public mutating func plan(_ pools: [Pool], layers: [Layer]) {
    if !cycles.isEmpty {
      planned = Plan(
        cycle: cycles.count, survivors: layers.map { parameters[$0.weight.index].survivorCount })
    }
    let fresh = pools.map { DrawModel(layers: $0.layers.count) }
    if draws.count != fresh.count || !zip(draws, fresh).allSatisfy({ $0.isLike($1) }) { draws = fresh }
  }

  /// - Parameter pools: of the run's settings.
  public init(student: Graph, pools: [Pool]) {
    parameters = student.parameters.map(\.tensor.values)
    draws = pools.map { DrawModel(layers: $0.layers.count) }
  }
}
