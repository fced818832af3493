// What a run of Directed Evolution is told; everything in it is kept in the checkpoint.

import Datasets
import Execution
import ModelGraph
import Trials

/// How a cycle's candidate sets are made. With one trial a cycle the set is zeroed as it is drawn; with
/// more, sets are chosen among by direct evaluation.
public enum EvolutionMethod: String, Codable, Sendable, CaseIterable {
  /// Sets drawn by a saliency that is itself learned from the trials: the cross-entropy method over
  /// the exponents of several measures of a weight. The default.
  case learned
  /// Sets drawn without replacement with odds that fall with magnitude times input norm.
  case informed
  /// Sets drawn uniformly, over zeroed positions too, as in the paper (arXiv 2206.05859).
  case literal
  /// Sets drawn uniformly; with one trial, the control.
  case random
  /// The weights of least magnitude; with more trials, about so.
  case magnitude
  /// Those of least magnitude times input norm (Wanda; Sun et al. 2023).
  case wanda
  /// Those of least w² h / 2, h the diagonal of the divergence's Hessian (optimal brain damage;
  /// LeCun et al. 1990).
  case obd

  /// Trials a cycle where nothing else is said.
  public var usualTrials: Int {
    switch self {
    case .learned: 16
    case .informed: 32
    case .literal: 120
    case .random, .magnitude, .wanda, .obd: 1
    }
  }

  /// Whether all weights are as likely to be drawn.
  public var isUniform: Bool { self == .literal || self == .random }
}

/// What a cycle zeroes of the sparsest pool.
public enum Step: Codable, Equatable, Sendable {
  /// A share of its survivors (or of all its positions, where these are drawn from); 0 < share < 1.
  case share(Double)
  /// A number of weights, from 1.
  case count(Int)
}

/// Layers that lose weights together, from one set a cycle, so that they compete for what survives.
public struct Pool: Codable, Equatable, Sendable {
  /// Indices in `Graph.layers`.
  public var layers: [Int]
  /// Share of zeros wanted over all their weights.
  public var sparsity: Double

  public init(layers: [Int], sparsity: Double) {
    self.layers = layers
    self.sparsity = sparsity
  }
}

/// How survivors are retrained.
public struct Retraining: Codable, Equatable, Sendable {
  /// Softening of both distributions; 1 is none.
  public var temperature: Float = 2
  /// Share of the labels in the distribution that is learned, where there are labels; 0: the
  /// teacher's answers alone. Nil: ``usualLabelShare``.
  public var labelShare: Float?
  /// The share where none is told: of labels that are there, and of distributions.
  public var usualLabelShare: Float = 0
  /// Flips and shifts; the teacher answers what the student sees.
  public var augmentation: Augmentation?
  /// Cycles between retrainings; 0: only after the last cycle.
  public var every = 1
  /// Gradient steps a cycle, taken every `every` cycles together.
  public var stepsPerCycle = 40
  /// Gradient steps after the last cycle, with a falling learning rate.
  public var finalSteps = 800
  /// Ends the final steps after so many looks at held-back samples without a better one; nil: never.
  public var patience: Int?
  /// Samples a gradient step.
  public var batch = 256
  /// Adam's, during cycles and at the beginning of the final steps.
  public var learningRate: Float = 1e-3

  public init() {}
}

/// The options of a run.
public struct EvolutionSettings: Codable, Equatable, Sendable {
  public var method: EvolutionMethod
  public var divergence = DivergenceKind.distribution
  /// Softening of the distributions that sets are compared by; 1 is none.
  public var trialTemperature: Float = 2
  /// What each number of each output counts; nil: all alike.
  public var outputWeights: OutputWeights?
  /// Of the pool that has most to lose; others take the step that brings them to their target at
  /// the same time.
  public var step: Step
  /// Whether uniform draws are over zeroed positions too, so that the effective step shrinks.
  public var drawsAll: Bool
  /// Candidate sets a pool and cycle; the paper has 120.
  public var trials: Int
  /// Held-back samples on which trials are compared.
  public var trialSamples = 1000
  /// Evaluates all sets on few samples, and the better half on twice as many, until two are left.
  public var halving: Bool
  /// How many times fewer sets see how many times more samples from one heat to the next; 1: all see
  /// all; nil: as `halving` says, which is 2 or 1.
  public var race: Int?
  /// Bytes of memory that the run may take; nil: what it takes. No bit of a result depends on it.
  public var maxMemory: Int?
  /// Of the noise on log saliency in draws, at the first cycle and the last; 0 draws the least. A
  /// cycle's first set is drawn without noise.
  public var drawTemperature: Float = 0.1
  public var lastDrawTemperature: Float = 0.1
  /// Share of the winner that is zeroed: its least salient; 1: all of it.
  public var nesting = 1.0
  /// Whether sets are compared as they would be after a recovery: once the survivors of each filter
  /// have taken over what its lost weights contributed. What cannot be recovered is what counts,
  /// since retraining follows.
  public var judgesRecovered: Bool
  /// Whether, when a set is zeroed, survivors of a filter take over what its lost weights
  /// contributed, by least squares.
  public var compensates = false
  /// Whether what was zeroed stays so, as in the paper; else zeroed weights may return, as
  /// ``EvolutionRun`` says, where survivors are retrained in every cycle.
  public var isIrrevocable = true
  /// Exponent, in the saliency of each weight, of what its whole row still counts for (`Saliency.rowNorms`):
  /// the larger, the more rows die whole, which the blob then does without; 0: rows do not matter. From 0; uniform
  /// draws have no saliency. Nil: 0.
  public var rowExponent: Float?
  /// Divergence that a saved kilobyte of the blob is worth when sets are compared.
  public var rateWeight = 0.0
  public var retraining = Retraining()
  public var seed: UInt64 = 1
  /// What a layer in a pool of several keeps at least: the share of what it would be dealt, by its
  /// weights or by its rows and columns, whichever is less; 0 ... 1.
  public var layerFloor = 0.5
  /// How many work at the same time; no bit of a result depends on it.
  public var threads = 2
  /// What is to be made sparse; layers in no pool keep the zeros they have.
  public var pools: [Pool] = []
  /// What a run bounded by time spent, to be spent again; nil: as above.
  public var schedule: Schedule?

  /// What a run by a method is told where nothing else is said.
  public init(_ method: EvolutionMethod = .learned) {
    self.method = method
    trials = method.usualTrials
    step = .share(method == .literal ? 0.05 : 0.1)
    drawsAll = method == .literal
    halving = method != .literal
    judgesRecovered = method == .learned
  }
}

extension EvolutionSettings {
  /// As told, but that labels are mixed into distributions alone: numbers have none.
  package var effectiveRetraining: Retraining {
    var retraining = self.retraining
    let areDistributions = divergence == .distribution || divergence == .crossEntropy
    retraining.labelShare = areDistributions ? retraining.labelShare ?? retraining.usualLabelShare : 0
    return retraining
  }
}

extension EvolutionSettings {
  /// What a pool is to keep in the end.
  ///
  /// - Parameters:
  ///   - members: the pool's layers.
  ///   - survivors: of each; one that has less than its floor has nothing to give.
  package func goal(of pool: Pool, _ members: [Layer], survivors: [Int]) -> Int {
    let count = members.reduce(0) { $0 + $1.weightCount }
    let wanted = count - Int((pool.sparsity * Double(count)).rounded())
    let floors = floors(of: members, sharing: wanted)
    return max(wanted, zip(floors, survivors).reduce(0) { $0 + min($1.0, $1.1) })
  }

  /// The floor of each layer of a pool that is left with so many weights.
  package func floors(of members: [Layer], sharing survivors: Int) -> [Int] {
    LayerFloor(share: layerFloor).survivors(of: members, sharing: survivors)
  }
}

extension Curvature {
  /// Of the divergence that a run's trials are compared by.
  ///
  /// - Parameter objective: says what weights the outputs have.
  package convenience init(
    graph: Graph, parameters: ParameterStore, settings: EvolutionSettings, objective: Objective
  ) throws(ExecutionError) {
    try self.init(
      graph: graph, parameters: parameters, kind: settings.divergence,
      weights: settings.divergence == .crossEntropy ? nil : objective.weights,
      temperature: settings.divergence == .distribution ? settings.trialTemperature : 1,
      threads: settings.threads)
  }
}

/// What one cycle may spend.
public struct CycleBudget: Codable, Equatable, Sendable {
  /// Trials that it may make in each pool.
  public var trials: Int
  /// Gradient steps that it may train.
  public var steps: Int

  public init(trials: Int, steps: Int) {
    self.trials = trials
    self.steps = steps
  }
}

/// What a whole run spent: enough to replay one that was bounded by time.
public struct Schedule: Codable, Equatable, Sendable {
  /// What each cycle spent, in order.
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
