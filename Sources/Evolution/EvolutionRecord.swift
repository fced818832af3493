// What a run writes down of itself.

import Execution

/// The trials of one pool in one cycle.
public struct PoolTrials: Codable, Equatable, Sendable {
  /// Names of the layers that compete in it.
  public var layers: [String]
  /// Share of zeros of the pool after the cycle.
  public var sparsity: Double
  /// Mean of the divergences of the cycle's sets; absent without trials.
  public var mean: Double?
  /// Standard deviation of the divergences of the cycle's sets; absent without trials.
  public var deviation: Double?
  /// Divergence of the set that was zeroed.
  public var best: Double?
  /// How many deviations the best lies below the mean: how much choosing was worth.
  public var z: Double?
}

/// How sparse one layer is.
public struct LayerSparsity: Codable, Equatable, Sendable {
  /// The layer's name, as in the model.
  public var layer: String
  /// Share of zeros of its weights, 0 to 1.
  public var sparsity: Double
}

/// The record of one cycle.
public struct CycleRecord: Codable, Equatable, Sendable {
  /// Its number, from 0.
  public var cycle: Int
  /// The trials of each pool.
  public var pools: [PoolTrials]
  /// How sparse each layer was after it.
  public var layers: [LayerSparsity]
  /// Share of zeros over all layers.
  public var sparsity: Double
  /// Student from teacher on held-back samples, before retraining.
  public var divergenceBefore: Double
  /// The same after retraining.
  public var divergenceAfter: Double
  /// Share of held-back samples answered as the teacher does; absent for nets that do not classify.
  public var agreement: Double?
  /// Share of held-back samples answered as their labels say; absent without labels.
  public var accuracy: Double?
  /// ``Judgement/loss`` after retraining; absent in runs of before it
  /// was kept.
  public var loss: AnswerLoss?
  /// Of agreement and accuracy, 95 % confidence, were these samples not those that chose.
  public var intervals: AnswerIntervals?
  /// Of a blob of the student as the cycle left it, its tables not trained; absent where the run had no limit of bytes, and no
  /// record, more than 4,194,304 weights, or a limit of time.
  public var bytes: Int?
  /// Weights that had been zero and are not any more; absent where zeroing is irrevocable.
  public var returned: Int?
  /// What it spent.
  public var budget: CycleBudget
  /// Wall-clock time of the cycle.
  public var seconds: Double
}
