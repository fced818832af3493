/// The record of one evolution run, read and checked: what was evolved, every cycle of it, and
/// what came out. Every number is finite, shares lie in 0...1, counts are not negative; a figure
/// that the record does not give (or gives as "nan" or "inf") is nil.
public struct RunLog: Equatable, Sendable {
  /// The file's name, for messages.
  public let name: String
  public let run: Run
  /// Each number once, in the order of the record.
  public let cycles: [Cycle]
  public let finals: [Final]
  public let end: End?
  /// The blob on its target, where it was compiled for one.
  public let die: Die?
  /// What a reader of the report should know about the record itself.
  public let notes: [Note]

  /// What was evolved, and how.
  public struct Run: Equatable, Sendable {
    public let model: String?
    public let isRegression: Bool
    public let method: String?
    public let divergence: String?
    /// What ``Cycle/loss`` counts, such as "points of accuracy lost".
    public let lossName: String?
    public let seed: UInt64?
    public let teacherAccuracy: Double?
    public let teacherParameters: Int?
    public let layers: [Layer]
  }

  /// A layer as the run found it.
  public struct Layer: Equatable, Sendable {
    public let name: String
    public let weights: Int?
    /// Of the weights that are not zero.
    public let histogram: Histogram?
  }

  /// What the trials of a cycle gave: divergences from the teacher, over all candidate sets.
  public struct Trials: Equatable, Sendable {
    public let mean: Double?
    public let deviation: Double?
    public let best: Double?
    /// Deviations that the winner lies below the mean.
    public let z: Double?
  }

  /// One layer within a cycle.
  public struct LayerStep: Equatable, Sendable {
    public let layer: String
    public let sparsity: Double?
    public let trials: Trials
  }

  /// Where a share lies with 95 % confidence.
  public struct Interval: Equatable, Sendable {
    public let low: Double?
    public let high: Double?
  }

  /// The intervals of the shares beside them.
  public struct Intervals: Equatable, Sendable {
    public let teacherAccuracy: Interval?
    public let edgeAccuracy: Interval?
    public let agreement: Interval?
  }

  /// One cycle: trials, selection, retraining.
  public struct Cycle: Equatable, Sendable {
    public let cycle: Int
    public let layers: [LayerStep]
    public let sparsity: Double?
    /// Trials over the whole network; all nil where each layer had its own.
    public let trials: Trials
    public let divergenceBefore: Double?
    public let divergenceAfter: Double?
    public let accuracy: Double?
    public let agreement: Double?
    /// In percentage points of what ``Run/lossName`` says.
    public let loss: Double?
    public let intervals: Intervals?
    public let trialCount: Int?
    public let steps: Int?
    public let seconds: Double?
    public let bytes: Int?
  }

  /// A stretch of final retraining.
  public struct Final: Equatable, Sendable {
    public let steps: Int?
    public let divergence: Double?
    public let agreement: Double?
    public let accuracy: Double?
    public let loss: Double?
    public let seconds: Double?
  }

  /// What came out.
  public struct End: Equatable, Sendable {
    public let sparsity: Double?
    public let blobBytes: Int?
    /// 4 bytes a teacher parameter, over the blob's bytes.
    public let ratio: Double?
    public let teacherAccuracy: Double?
    public let edgeAccuracy: Double?
    /// In percentage points, and what of.
    public let loss: Double?
    public let lossName: String?
    public let intervals: Intervals?
    /// What the accuracies were measured on, in words.
    public let evaluatedOn: String?
    public let layers: [EndLayer]
  }

  /// A layer as the run left it.
  public struct EndLayer: Equatable, Sendable {
    public let name: String
    public let survivors: Int?
    public let levels: Int?
    public let bytes: Int?
    /// Of the survivors.
    public let histogram: Histogram?
  }

  /// A remark on the record itself; lines count from 1.
  public enum Note: Equatable, Sendable {
    /// The last line is cut short, as when a run is killed while it writes.
    case lastLineDamaged(line: Int)
    /// A cycle came again, as when a run is resumed from a checkpoint: it and what followed
    /// replaced the earlier account.
    case cycleAgain(line: Int, cycle: Int)
    /// Lines of a kind that is not known here were passed over.
    case unknownRecords(count: Int)
  }
}
