// What a compilation is told; all of it is kept in the checkpoint, so that a resumed run needs only
// the checkpoint's name.

import Blob
import Die
import Datasets
import Evolution
import Intake
import ModelGraph
import ModelLoading
import Planning
import Quantization
import Tables
import Trials

/// Which layers compete for what survives.
public enum Scope: String, Equatable, Sendable, Codable, CaseIterable {
  /// All layers together, in every candidate set.
  case network
  /// Each by itself, with a share that is dealt to it before the run.
  case layer
}

/// What ends the cycles besides the sparsity that is wanted.
public struct Limits: Equatable, Sendable, Codable {
  /// Of the blob.
  public var bytes: Int?
  /// On held-back samples, after retraining.
  public var divergence: Double?
  /// ``AnswerLoss/points`` of whatever the task loses: on held-back samples, in the end in the C
  /// runtime.
  public var loss: Double?

  public init() {}

  /// Whether any of them is set.
  public var areSet: Bool { bytes != nil || divergence != nil || loss != nil }
}

/// The options of `kinglet compile`, but for where results go.
public struct CompileOptions: Equatable, Sendable, Codable {
  public var model: String
  /// Sizes of axes that the model's file leaves free; nil: none.
  public var axes: [String: Int]?
  /// Whether the model's inputs have no batch axis; nil: they have.
  public var isBatchless: Bool?
  /// Inputs that are states, by the outputs of the frame before; nil: those of which there is no doubt.
  public var states: [String: String]?
  /// Inputs that are one number throughout; nil: none.
  public var numbers: [String: Float]?
  /// The weights of a Darknet configuration; nil: beside it, under its name.
  public var weights: String?
  /// Of a Darknet network's input; nil: as its configuration says.
  public var inputSize: ModelAxes.InputSize?
  /// Along which axis the blob takes its window a frame at a time; nil: it takes the window.
  public var stream: StreamAxis?
  /// Of a model that keeps windows, how many frames are one sample; nil: it keeps none.
  public var frames: Int?
  public var data: DataOptions?
  public var test: DataOptions?
  /// Samples to calibrate 8-bit activations on where there is no other data.
  public var calibration: DataOptions?
  /// How raw numbers are made ready where there is no data to say it; its path is unused.
  public var input: DataOptions?
  public var task = TaskChoice.auto
  /// What outputs of a network that classifies are compared with; nil: as the graph suggests.
  public var threshold: Float?
  public var scope = Scope.network
  /// Share of zeros over all weights; nil where only named layers change.
  public var sparsity: Double? = 0.9
  /// Shares fixed by layer name; `*` stands for any part of one. Each layer for itself.
  public var layerSparsity: [String: Double] = [:]
  /// The same for layers that compete with each other.
  public var poolSparsity: [String: Double] = [:]
  public var limits = Limits()
  /// What the blob has to keep to when plans are chosen for its layers; nil: plans are as `levels`
  /// and `lambda` say.
  public var tableLimits: Limits?
  /// Of layers that are told none of their own; nil: 16, and more where a limit of loss asks for them.
  public var levels: LevelChoice?
  public var layerLevels: [String: LevelChoice] = [:]
  /// What a bit of a code counts against error, as ``LayerQuantizer/lambda``; nil: the usual.
  public var lambda: Double?
  /// What table entries are stored as; nil: as float16, or as bytes where samples show no
  /// difference.
  public var tablePrecision: TablePrecision?
  public var tableMethod = TableMethod.kMeans
  public var rounding = Rounding.nearest
  /// What values between steps are kept as; nil: int8 where the model is of int8, else float32.
  public var activations: ActivationType?
  /// Of these between what numbers they lie; nil: as a quantized file says, else as samples suggest.
  public var ranges: RangeSource?
  /// The largest integer of the tables of integer layers, which then are bytes; nil: 127, or 16 bits
  /// where bytes lose something.
  public var tableLimit: Int?
  /// What the blob is to be best at, all layers alike; nil: size.
  public var profile: CodingOptions.Profile?
  /// What it is to be best at, each layer coded for it; nil: all alike, by the profile.
  public var optimization: Optimization?
  /// Instructions of an inference at most, by the target's costs.
  public var maxInstructions: Int?
  /// What lanes and banks are for; nil: one of each.
  public var target: TargetProfile?
  /// Gradient steps that train table entries and biases; 0 keeps them as they are.
  public var tableSteps = 600
  /// Share of the data held back from training for every choice; in 0 ..< 1.
  public var heldBack = 0.1
  /// Parts of the data for figures by cross-fitting, where there are no test samples: 0, none, or 2
  /// ... 100; nil: as few samples ask for it.
  public var folds: Int?
  /// Nil: distributions for classifiers, squared error else.
  public var divergence: DivergenceKind?
  /// The only numbers of a sole output that matter; nil: all.
  public var outputs: [Int]?
  /// Of a detector, the only classes that count; nil: all.
  public var classes: [Int]?
  /// Gradient steps a cycle and after the last as passes over the training samples; nil: as
  /// `evolution` says.
  public var epochsPerCycle: Double?
  public var finalEpochs: Double?
  public var evolution = EvolutionSettings()
  /// Samples that the blob carries with the answers to them, 1 ... 255; nil: none.
  public var selfTest: Int?
  /// Whether the blob says what its inputs, outputs and layers are called in the model; nil: where that costs little.
  public var keepsNames: Bool?
  /// Wall-clock limit of the whole, in seconds.
  public var maxSeconds: Double?

  public init(model: String) { self.model = model }

  /// What the model's file is read by.
  var modelAxes: ModelAxes {
    var axes = ModelAxes(
      axes ?? [:], haveBatch: isBatchless != true, weights: weights, inputSize: inputSize, states: states,
      numbers: numbers ?? [:])
    axes.frames = frames
    return axes
  }
  var quantizationLimits: Limits { tableLimits ?? Limits() }
  /// Bytes of the blob at most, its self-test apart; nil: any.
  var maxBytes: Int? { limits.bytes ?? quantizationLimits.bytes }
}
