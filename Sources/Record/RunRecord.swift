/// The record of one evolution run, read and checked: what was evolved, every cycle of it, and
/// what came out. Every number is finite, shares lie in 0...1, counts are not negative; a figure
/// that the record does not give (or gives as "nan" or "inf") is nil.
public struct RunRecord: Equatable, Sendable {
  /// The file's name, for messages.
  public package(set) var name: String
  public package(set) var run: Run
  /// Each number once, in the order of the record.
  public package(set) var cycles: [Cycle] = []
  public package(set) var finals: [Final] = []
  public package(set) var end: End?
  /// The blob on its target, where it was compiled for one.
  public package(set) var die: Die?
  /// What a reader of the report should know about the record itself.
  public package(set) var notes: [Note] = []

  /// What was evolved, and how.
  public struct Run: Equatable, Sendable, Encodable {
    public package(set) var model: String?
    /// What the run was told, as a shell takes it, options in the order of the alphabet; a run that is taken up by other options has
    /// these. The version of the tool that wrote the record last, and when it did: ISO 8601, UTC.
    public package(set) var command: String?
    public package(set) var tool: String?
    public package(set) var written: String?
    /// Samples that are trained on; those on which figures of cycles are; and others on which losses are counted besides.
    public package(set) var trainingSamples: Int?
    public package(set) var heldBackSamples: Int?
    public package(set) var otherSamples: Int?
    /// `classification` or `regression`.
    public package(set) var task: String?
    public var isRegression: Bool { task == "regression" }
    public package(set) var method: String?
    public package(set) var divergence: String?
    /// What ``Cycle/loss`` counts, such as "points of accuracy lost".
    public package(set) var lossName: String?
    public package(set) var seed: UInt64?
    public package(set) var teacherAccuracy: Double?
    public package(set) var teacherParameters: Int?
    public package(set) var layers: [Layer] = []

    package init() {}
  }

  /// A layer as the run found it.
  public struct Layer: Equatable, Sendable, Encodable {
    public package(set) var name: String
    public package(set) var weights: Int?
    /// Of the weights that are not zero.
    public package(set) var histogram: Histogram?

    package init(name: String) { self.name = name }
  }

  /// What the trials of a cycle gave: divergences from the teacher, over all candidate sets.
  public struct Trials: Equatable, Sendable, Encodable {
    public package(set) var mean: Double?
    public package(set) var deviation: Double?
    public package(set) var best: Double?
    /// Deviations that the winner lies below the mean.
    public package(set) var z: Double?

    package init() {}
  }

  /// One layer within a cycle.
  public struct LayerStep: Equatable, Sendable, Encodable {
    public package(set) var layer: String
    public package(set) var sparsity: Double?
    public package(set) var trials = Trials()

    package init(layer: String) { self.layer = layer }
  }

  /// Where a share lies with 95 % confidence.
  public struct Interval: Equatable, Sendable, Encodable {
    public package(set) var low: Double?
    public package(set) var high: Double?

    package init() {}
  }

  /// The intervals of the shares beside them.
  public struct Intervals: Equatable, Sendable, Encodable {
    public package(set) var teacherAccuracy: Interval?
    public package(set) var edgeAccuracy: Interval?
    public package(set) var agreement: Interval?

    package init() {}
  }

  /// One cycle: trials, selection, retraining.
  public struct Cycle: Equatable, Sendable, Encodable {
    public package(set) var cycle: Int
    public package(set) var layers: [LayerStep] = []
    public package(set) var sparsity: Double?
    /// Trials over the whole network; all nil where each layer had its own.
    public package(set) var trials = Trials()
    public package(set) var divergenceBefore: Double?
    public package(set) var divergenceAfter: Double?
    public package(set) var accuracy: Double?
    public package(set) var agreement: Double?
    /// In percentage points of what ``Run/lossName`` says.
    public package(set) var loss: Double?
    public package(set) var intervals: Intervals?
    public package(set) var trialCount: Int?
    public package(set) var steps: Int?
    public package(set) var seconds: Double?
    /// Of a blob of the student as the cycle left it, its tables not trained; known where the run had a
    /// limit of bytes, or had none of time and at most 4,194,304 weights.
    public package(set) var bytes: Int?

    package init(cycle: Int) { self.cycle = cycle }
  }

  /// A stretch of final retraining.
  public struct Final: Equatable, Sendable, Encodable {
    public package(set) var steps: Int?
    public package(set) var divergence: Double?
    public package(set) var agreement: Double?
    public package(set) var accuracy: Double?
    public package(set) var loss: Double?
    public package(set) var intervals: Intervals?
    public package(set) var seconds: Double?

    package init() {}
  }

  /// What came out.
  public struct End: Equatable, Sendable, Encodable {
    public package(set) var sparsity: Double?
    public package(set) var blobBytes: Int?
    /// 4 bytes a teacher parameter, over the blob's bytes.
    public package(set) var ratio: Double?
    public package(set) var teacherAccuracy: Double?
    public package(set) var edgeAccuracy: Double?
    /// In percentage points, and what of.
    public package(set) var loss: Double?
    public package(set) var lossName: String?
    public package(set) var intervals: Intervals?
    /// What the accuracies were measured on, in words.
    public package(set) var evaluatedOn: String?
    /// Of an integer blob: the same of the same student in float32.
    public package(set) var floatAccuracy: Double?
    public package(set) var floatLoss: Double?
    public package(set) var floatInterval: Interval?
    /// Of the whole run.
    public package(set) var seconds: Double?
    public package(set) var layers: [EndLayer] = []

    package init() {}
  }

  /// A layer as the run left it.
  public struct EndLayer: Equatable, Sendable, Encodable {
    public package(set) var name: String
    public package(set) var weights: Int?
    public package(set) var survivors: Int?
    public package(set) var levels: Int?
    public package(set) var bytes: Int?
    /// Points lost and divergence on the held-back samples that go where the layer alone is the teacher's again; below 0 where the other
    /// layers have got used to it as it is.
    public package(set) var lossSaved: Double?
    public package(set) var divergenceSaved: Double?
    /// Of the survivors.
    public package(set) var histogram: Histogram?

    package init(name: String) { self.name = name }
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
