// Options of training: of survivors, and then of tables.

import ArgumentParser
import Compiler
import Datasets
import Evolution
import Quantization

extension Effort: ExpressibleByArgument {
  /// `40; 10, 40 or 200 by --effort`, in help.
  fileprivate static func steps(_ path: KeyPath<Effort, Int>) -> String {
    "\(usual[keyPath: path]); quick \(quick[keyPath: path]), thorough \(thorough[keyPath: path])"
  }
}

extension Augmentation: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// A number of gradient steps, or of passes over the samples: `800`, `5e` epochs.
enum StepsOption: Equatable {
  case steps(Int)
  case epochs(Double)
}

extension StepsOption: ExpressibleByArgument {
  /// Steps, and epochs where these are told instead of the usual steps.
  func split(_ usual: Int) -> (steps: Int, epochs: Double?) {
    switch self {
    case .steps(let steps): (steps, nil)
    case .epochs(let epochs): (usual, epochs)
    }
  }

  var defaultValueDescription: String {
    switch self {
    case .steps(let steps): "\(steps)"
    case .epochs(let epochs): "\(epochs)e"
    }
  }

  init?(argument: String) {
    if argument.hasSuffix("e"), let epochs = Double(argument.dropLast()) {
      self = .epochs(epochs)
    } else if let steps = Int(argument) {
      self = .steps(steps)
    } else {
      return nil
    }
  }
}

/// How survivors, and then tables, are trained.
struct RetrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Cycles between retrainings; 0: only after the last.", valueName: "k"))
  var retrainEvery = usual.evolution.retraining.every

  @Option(help: ArgumentHelp("Gradient steps for each cycle (5e: epochs; default: \(Effort.steps(\.stepsPerCycle))).", valueName: "n"))
  var stepsPerCycle: StepsOption?

  @Option(help: ArgumentHelp("Gradient steps after the last cycle (5e: epochs; default: \(Effort.steps(\.finalSteps))).", valueName: "n"))
  var finalSteps: StepsOption?

  @Option(
    help: ArgumentHelp(
      "Ends the final steps after so many looks, one each 100 steps, without a better "
        + "state.", valueName: "n"))
  var patience: Int?

  @Option(
    help: ArgumentHelp(
      "Samples a gradient step; none: a model's inputs have no batch axis, each is one sample as it is.", valueName: "n|none"))
  var batch = BatchArgument.samples(usual.evolution.retraining.batch)

  @Option(help: "Learning rate of the survivors.")
  var learningRate = usual.evolution.retraining.learningRate

  @Option(help: "Softening of the distributions that the student learns.")
  var temperature = usual.evolution.retraining.temperature

  @Option(
    help: ArgumentHelp(
      "Share of the labels, beside the teacher's answers, in what the student learns (default: 0; thorough 0.5, where "
        + "there are labels and classes).", valueName: "share"))
  var labelShare: Float?

  @Option(
    help: ArgumentHelp(
      "Training images mirrored (flip), moved (shift=pixels), enlarged or made smaller (zoom=factor), their channels "
        + "multiplied (tint=share), a part of each another's (mix), or not (none), at random; the teacher answers them too (default: none; thorough shift=1).",
      valueName: "flip,shift=n,..."))
  var augment: Augmentation?

  @Option(help: "Share of the data held back for choices.")
  var heldBack = usual.heldBack

  @Option(help: "How table levels are placed: \(TableMethod.allCases.map(\.rawValue).joined(separator: ", ")); but for kMeans by error alone, without --lambda.")
  var tables = usual.tableMethod.rawValue

  @Flag(help: "Round to table levels at random, by distance (the paper's), instead of to the nearest.")
  var stochastic = false

  @Option(help: ArgumentHelp("Gradient steps that train table entries and biases (default: \(Effort.steps(\.tableSteps))).", valueName: "n"))
  var tableSteps: Int?

  func validate() throws {
    try require(TableMethod(rawValue: tables) != nil, "--tables does not know \(tables)")
  }

  func apply(to options: inout CompileOptions, seed: UInt64, effort: Effort) {
    options.tableMethod = TableMethod(rawValue: tables) ?? usual.tableMethod
    options.rounding = stochastic ? .stochastic(seed: seed) : .nearest
    options.tableSteps = tableSteps ?? effort.tableSteps
    options.heldBack = heldBack
    var retraining = Retraining()
    retraining.every = retrainEvery
    retraining.patience = patience
    switch batch {
    case .samples(let count): retraining.batch = count
    case .none: options.isBatchless = true
    }
    retraining.learningRate = learningRate
    retraining.temperature = temperature
    (retraining.labelShare, retraining.usualLabelShare) = (labelShare, effort.labelShare)
    let usual = options.frames == nil ? effort.augmentation : nil
    retraining.augmentation = augment == Augmentation.none ? nil : augment ?? usual
    let (cycle, last) = (stepsPerCycle ?? .steps(effort.stepsPerCycle), finalSteps ?? .steps(effort.finalSteps))
    (retraining.stepsPerCycle, options.epochsPerCycle) = cycle.split(effort.stepsPerCycle)
    (retraining.finalSteps, options.finalEpochs) = last.split(effort.finalSteps)
    options.evolution.retraining = retraining
  }
}
