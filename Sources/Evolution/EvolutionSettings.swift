// What a run of Directed Evolution is told; everything in it is kept in the checkpoint.

import Execution

/// How a cycle's candidate sets are made.
public enum EvolutionMethod: String, Codable, Sendable, CaseIterable {
  /// Sets drawn without replacement with odds that fall with saliency (magnitude times input norm),
  /// then chosen among by direct evaluation. The default.
  case informed
  /// Sets drawn uniformly over the whole layer, zeroed positions too, as in the paper
  /// (arXiv 2206.05859), and chosen among by direct evaluation.
  case literal
  /// The weights of least magnitude, without trials: what Directed Evolution is compared with.
  case magnitude
}

/// The options of a run.
public struct EvolutionSettings: Codable, Equatable, Sendable {
  public var method = EvolutionMethod.informed
  public var divergence = DivergenceKind.distribution
  /// Softening of both distributions in training; 1 is none.
  public var temperature: Float = 2
  /// Share of the layer (literal) or of its survivors (else) that a trial of the sparsest layer
  /// zeroes; in 0 ..< 1. Other layers take the step that brings them to their target at the same time.
  public var step = 0.1
  /// Candidate sets a layer and cycle; the paper has 120.
  public var trials = 16
  /// Held-back samples on which trials are compared.
  public var trialSamples = 512
  /// Of the noise on log saliency in informed draws; 0 draws the least salient.
  public var drawTemperature: Float = 0.1
  /// Gradient steps after each cycle.
  public var stepsPerCycle = 40
  /// Gradient steps after the last cycle, with a falling learning rate.
  public var finalSteps = 800
  /// Samples a gradient step.
  public var batch = 256
  /// Adam's, during cycles and at the beginning of the final steps.
  public var learningRate: Float = 1e-3
  public var seed: UInt64 = 1
  /// Parts into which batches are cut; part of what makes a run repeatable.
  public var threads = 2
  /// Share of zeros wanted of each layer, in the order of `Graph.layers`; nil: left as it is.
  public var targets: [Double?] = []
  /// What a run bounded by time spent, to be spent again; nil: as above.
  public var schedule: Schedule?

  public init() {}
}

/// What one cycle may spend.
public struct CycleBudget: Codable, Equatable, Sendable {
  public var trials: Int
  public var steps: Int

  public init(trials: Int, steps: Int) {
    self.trials = trials
    self.steps = steps
  }
}

/// What a whole run spent: enough to replay one that was bounded by time.
public struct Schedule: Codable, Equatable, Sendable {
  public var cycles: [CycleBudget]
  /// Gradient steps after the last cycle.
  public var finalSteps: Int
  /// Gradient steps that trained table entries.
  public var tableSteps: Int

  public init(cycles: [CycleBudget], finalSteps: Int, tableSteps: Int) {
    self.cycles = cycles
    self.finalSteps = finalSteps
    self.tableSteps = tableSteps
  }
}

/// What one cycle did to one layer.
public struct LayerTrials: Codable, Equatable, Sendable {
  public var layer: String
  /// Share of zeros after the cycle.
  public var sparsity: Double
  /// Mean and standard deviation of the divergences of the cycle's trials; absent without trials.
  public var mean: Double?
  public var deviation: Double?
  /// Divergence of the set that was zeroed.
  public var best: Double?
  /// How many deviations the best lies below the mean: how much choosing was worth.
  public var z: Double?
}

/// The record of one cycle.
public struct CycleRecord: Codable, Equatable, Sendable {
  public var cycle: Int
  public var layers: [LayerTrials]
  /// On held-back samples, before and after retraining.
  public var divergenceBefore: Double
  public var divergenceAfter: Double
  /// Share of held-back samples answered as the teacher does; absent for nets that do not classify.
  public var agreement: Double?
  public var budget: CycleBudget
  /// Wall-clock time of the cycle.
  public var seconds: Double
}
