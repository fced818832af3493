// Options of the search for a sparse student and its tables.

import ArgumentParser
import Compiler
import Datasets
import Evolution
import Foundation
import ModelLoading
import Quantization
import Trials

extension Augmentation: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// What a cycle zeroes: a share below 1 or a count from 1.
struct StepOption: ExpressibleByArgument {
  var step: Step

  init?(argument: String) {
    if let count = Int(argument) {
      step = .count(count)
    } else if let share = Double(argument) {
      step = .share(share)
    } else {
      return nil
    }
  }
}

/// A temperature, or the first and the last of a run: `0.1`, `0.3:0.05`.
struct AnnealedTemperature: Equatable {
  var first: Float
  var last: Float
}

extension AnnealedTemperature: ExpressibleByArgument {
  var defaultValueDescription: String { first == last ? "\(first)" : "\(first):\(last)" }

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map {
      Float(String($0)) ?? .nan
    }
    guard (1...2).contains(parts.count), parts.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      return nil
    }
    (first, last) = (parts[0], parts[parts.count - 1])
  }
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

/// What is made sparse, and how far.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Share of zeros over all weights (default 0.9; with --layer-sparsity, --pool or a limit alone, "
        + "what these say). 0 keeps the zeros it finds.", valueName: "share"))
  var sparsity: Double?

  @Option(
    help: ArgumentHelp(
      "Which layers compete for what survives: network (all, in every set) or layer "
        + "(each gets a share beforehand).", visibility: .hidden))
  var scope = usual.scope

  @Option(
    help: ArgumentHelp(
      "Share of zeros of one layer, or of each whose name matches (* for any part); "
        + "repeatable.", valueName: "name=share", visibility: .hidden))
  var layerSparsity: [String] = []

  @Option(
    help: ArgumentHelp(
      "Share of zeros of all layers together whose names match; repeatable.", valueName: "name=share", visibility: .hidden))
  var pool: [String] = []

  @Option(
    help: ArgumentHelp(
      "What a layer keeps at least where layers compete: the share of what it would get by its "
        + "weights or by its rows and columns, the lesser; 0: so much that it is not cut off.",
      valueName: "share", visibility: .hidden))
  var layerFloor = usual.evolution.layerFloor

  @Option(help: ArgumentHelp("Zeroes until the blob fits.", valueName: "n"))
  var maxBytes: Int?

  @Option(
    help: ArgumentHelp(
      "Ends the cycles before the divergence on held-back samples gets larger.", valueName: "x", visibility: .hidden))
  var maxDivergence: Double?

  @Option(
    name: .customLong("max-cycle-loss"), help: ArgumentHelp(
      "Ends the cycles before the student loses more on held-back samples: percentage points of accuracy, of a "
        + "detector's AP50 (without labels of its teacher's objects above 50 %), "
        + "of agreement without labels, of 1 - RMS error where numbers are the answer.", valueName: "points", visibility: .hidden))
  var maxCycleLoss: Double?

  @Option(
    help: ArgumentHelp(
      "Zeroes, and stores coarser, as long as the blob loses no more, in the points of --max-cycle-loss; "
        + "status 1 if it does in the end.", valueName: "points"))
  var maxLoss: Double?

  func apply(to options: inout CompileOptions) throws {
    options.layerSparsity = try shares(layerSparsity, "--layer-sparsity")
    options.poolSparsity = try shares(pool, "--pool")
    options.limits.bytes = maxBytes
    options.limits.divergence = maxDivergence
    options.limits.loss = maxCycleLoss ?? maxLoss
    var tables = Limits()
    (tables.bytes, tables.loss) = (maxBytes, maxLoss)
    options.tableLimits = tables.areSet ? tables : nil
    options.scope = scope
    options.evolution.layerFloor = layerFloor
    let isTold = !layerSparsity.isEmpty || !pool.isEmpty || options.limits.areSet
    options.sparsity = sparsity ?? (isTold ? nil : usual.sparsity)
  }

  private func shares(_ texts: [String], _ option: String) throws -> [String: Double] {
    var shares: [String: Double] = [:]
    for text in texts {
      let (name, value) = try assignment(text, option)
      guard let share = Double(value) else {
        throw ValidationError("\(option) takes a share from 0 up to, not with, 1, not \(text)")
      }
      shares[name] = share
    }
    return shares
  }
}

/// How candidate sets are drawn and compared.
struct TrialOptions: ParsableArguments {
  @Option(help: "How candidate sets are made: \(EvolutionMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
  var method = usual.evolution.method

  @Option(
    help: ArgumentHelp(
      "Zeroed a cycle: a share (default 0.1; literal 0.05), or a number of weights.", valueName: "share|n"))
  var step: StepOption?

  @Option(
    help: ArgumentHelp(
      "Uniform draws over survivors, or over all positions, zeroed ones too (default: "
        + "literal all, random survivors).", valueName: "all|survivors"))
  var draw: DrawChoice?

  @Option(
    help: ArgumentHelp(
      "Candidate sets a cycle (default: learned 16, informed 32, literal 120, the "
        + "others 1: no trials)."))
  var trials: Int?

  @Option(help: "Held-back samples on which trials are compared.")
  var trialSamples = usual.evolution.trialSamples

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "Drop the worse half of the sets after few samples, and again (default: yes, but "
        + "for literal)."))
  var halving: Bool?

  @Option(
    help: ArgumentHelp(
      "Of the sets so many times fewer go on to so many times more samples, from the first heat, on its "
        + "square-th part of them, to the finalists on all: 8; 1: all see all (default: as --halving says).",
      valueName: "n"))
  var race: Int?

  @Option(
    help: ArgumentHelp(
      "Noise of draws on log saliency; a:b goes from a to b.", valueName: "x[:y]"))
  var drawTemperature = AnnealedTemperature(
    first: usual.evolution.drawTemperature, last: usual.evolution.lastDrawTemperature)

  @Option(help: "Share of the winning set that is zeroed, its least salient; 1 is all of it.")
  var nesting = usual.evolution.nesting

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "Compare sets as they would be after survivors took over what lost weights "
        + "contributed (default: learned alone)."))
  var judgeRecovered: Bool?

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "When a set is zeroed, survivors of a filter take over what its lost weights "
        + "contributed, by least squares."))
  var compensate = usual.evolution.compensates

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "What was zeroed stays zero, as in the paper; else cycles train zeroed weights too, under a price for "
        + "what weights take in the blob, and those that grow come back (default: yes)."))
  var irrevocable: Bool?

  @Option(help: "Divergence that a saved kilobyte is worth when sets are compared.")
  var rateWeight = usual.evolution.rateWeight

  @Option(
    help: ArgumentHelp(
      "What answers are compared by: kl, mse, nmse (each output over its deviation), ce (with labels), or of detectors "
        + "boxes (mse in parts of the image) or objects (by what the teacher sees in each cell) (default: kl for "
        + "classifiers, objects for detectors, else mse)."))
  var divergence: DivergenceKind?

  @Option(help: "Softening of the distributions that sets are compared by.")
  var trialTemperature = usual.evolution.trialTemperature

  @Option(help: ArgumentHelp("Outputs that matter, the others do not: 0-3,7.", valueName: "list"))
  var outputs: OutputList?

  @OptionGroup var classes: ClassesOption

  @Option(help: ArgumentHelp("What each output counts, one number an output.", valueName: "x,x,..."))
  var outputWeights: WeightList?

  func validate() throws {
    try require(
      race == nil || halving == nil, "--race and --halving both say which sets leave early: give one of them")
  }

  func apply(to options: inout CompileOptions) {
    options.evolution = EvolutionSettings(method)
    options.divergence = divergence
    options.outputs = outputs?.numbers
    options.classes = classes.numbers
    options.evolution.outputWeights = outputWeights.map { [$0.weights] }
    if let step { options.evolution.step = step.step }
    if let draw { options.evolution.drawsAll = draw == .all }
    if let trials { options.evolution.trials = trials }
    options.evolution.trialSamples = trialSamples
    if let halving { options.evolution.halving = halving }
    options.evolution.race = race
    options.evolution.drawTemperature = drawTemperature.first
    options.evolution.lastDrawTemperature = drawTemperature.last
    options.evolution.nesting = nesting
    if let judgeRecovered { options.evolution.judgesRecovered = judgeRecovered }
    options.evolution.compensates = compensate
    if let irrevocable { options.evolution.isIrrevocable = irrevocable }
    options.evolution.rateWeight = rateWeight
    options.evolution.trialTemperature = trialTemperature
  }
}

enum DrawChoice: String, ExpressibleByArgument, CaseIterable { case all, survivors }

/// Which of a detector's classes count.
struct ClassesOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of a detector: the classes that count, the others are neither compared nor found: 0-39.", valueName: "list"))
  var classes: OutputList?

  /// Nil: all.
  var numbers: [Int]? { classes?.numbers }
}

/// `0-3,7`: numbers of outputs.
struct OutputList: ExpressibleByArgument {
  var numbers: [Int] = []

  init?(argument: String) {
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
      guard (1...2).contains(ends.count), ends[0] >= 0, ends[ends.count - 1] >= ends[0],
        ends[ends.count - 1] < 1 << 24
      else { return nil }
      numbers += ends[0]...ends[ends.count - 1]
    }
  }
}

/// `1,0.5,2`: one number an output.
struct WeightList: ExpressibleByArgument {
  var weights: [Float] = []

  init?(argument: String) {
    weights = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Float(String($0)) ?? .nan
    }
    guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), weights.contains(where: { $0 > 0 })
    else { return nil }
  }
}

/// How survivors, and then tables, are trained.
struct RetrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Cycles between retrainings; 0: only after the last.", valueName: "k"))
  var retrainEvery = usual.evolution.retraining.every

  @Option(help: ArgumentHelp("Gradient steps for each cycle (5e: epochs).", valueName: "n"))
  var stepsPerCycle = StepsOption.steps(usual.evolution.retraining.stepsPerCycle)

  @Option(help: ArgumentHelp("Gradient steps after the last cycle (5e: epochs).", valueName: "n"))
  var finalSteps = StepsOption.steps(usual.evolution.retraining.finalSteps)

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

  @Option(help: "Share of the labels, beside the teacher's answers, in what the student learns.")
  var labelShare = usual.evolution.retraining.labelShare

  @Option(
    help: ArgumentHelp(
      "Training images mirrored (flip), moved (shift=pixels), enlarged or made smaller (zoom=factor), their channels "
        + "multiplied (tint=share), a part of each another's (mix), at random; the teacher answers them too.",
      valueName: "flip,shift=n,..."))
  var augment: Augmentation?

  @Option(help: "Share of the data held back for choices.")
  var heldBack = usual.heldBack

  @Option(help: "How table levels are placed: \(TableMethod.allCases.map(\.rawValue).joined(separator: ", ")); but for kMeans by error alone, without --lambda.")
  var tables = usual.tableMethod.rawValue

  @Flag(help: "Round to table levels at random, by distance (the paper's), instead of to the nearest.")
  var stochastic = false

  @Option(help: "Gradient steps that train table entries and biases.")
  var tableSteps = usual.tableSteps

  func validate() throws {
    try require(TableMethod(rawValue: tables) != nil, "--tables does not know \(tables)")
  }

  func apply(to options: inout CompileOptions, seed: UInt64) {
    options.tableMethod = TableMethod(rawValue: tables) ?? usual.tableMethod
    options.rounding = stochastic ? .stochastic(seed: seed) : .nearest
    options.tableSteps = tableSteps
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
    retraining.labelShare = labelShare
    retraining.augmentation = augment == Augmentation.none ? nil : augment
    (retraining.stepsPerCycle, options.epochsPerCycle) = stepsPerCycle.split(retraining.stepsPerCycle)
    (retraining.finalSteps, options.finalEpochs) = finalSteps.split(retraining.finalSteps)
    options.evolution.retraining = retraining
  }
}

func require(_ holds: Bool, _ message: String) throws {
  if !holds { throw ValidationError(message) }
}

/// Options of the search for a sparse student and its tables, from the beginning of a run.
struct StudentOptions: ParsableArguments {
  @OptionGroup(title: "Samples") var source: SourceOptions
  @OptionGroup(title: "The model", visibility: .hidden) var opened: AxisOptions
  @OptionGroup(title: "The model", visibility: .hidden) var parts: StreamOptions
  @OptionGroup(title: "How samples are read", visibility: .hidden) var input: InputOptions

  @Option(
    help: ArgumentHelp(
      "A model that keeps windows from frame to frame is trained on sequences of so many: samples are [N, T] + a frame's "
        + "shape, or recordings, [N] + it, that are cut. Its blob takes frames.", valueName: "t", visibility: .hidden))
  var frames: Int?

  @OptionGroup(title: "How sparse") var targets: TargetOptions
  @OptionGroup(title: "Trials", visibility: .hidden) var trials: TrialOptions
  @OptionGroup(title: "Training", visibility: .hidden) var retraining: RetrainingOptions

  @OptionGroup(title: "Tables", visibility: .hidden) var levels: LevelOptions
  @OptionGroup(title: "What it is for", visibility: .hidden) var task: TaskOption
  @OptionGroup var common: CommonOptions

  @Option(
    help: ArgumentHelp(
      "Wall-clock limit of the whole; the cycles taken are recorded.", valueName: "s", visibility: .hidden))
  var maxSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "Memory that the run may take: 800M, 8G. Refused where it needs more; what is left over is for what "
        + "trials keep (default: 256M for that).", valueName: "size", visibility: .hidden))
  var maxMemory: MemorySize?

  @Option(
    help: ArgumentHelp(
      "Take the same cycles as a run bounded by time did: its JSON.", valueName: "file", visibility: .hidden))
  var replay: String?

  @Option(
    help: ArgumentHelp(
      "Write the record of every cycle as JSON Lines, for kinglet report.", valueName: "file"))
  var record: String?

  @Option(help: ArgumentHelp("Seconds between checkpoints.", visibility: .hidden))
  var checkpointEvery = 5.0

  /// What a run is told by them.
  func compileOptions(model: String) throws -> CompileOptions {
    var options = CompileOptions(model: model)
    options.take(try opened.axes())
    options.stream = parts.axis
    try require(frames == nil || parts.stream == nil, "--frames is for models that keep state, --stream AXIS for those that look at a window: give one")
    try require((1...1 << 16).contains(frames ?? 1), "--frames takes 1 to 65536")
    options.frames = frames
    trials.apply(to: &options)
    try targets.apply(to: &options)
    retraining.apply(to: &options, seed: common.seed)
    task.apply(to: &options)
    options.maxSeconds = maxSeconds
    options.evolution.maxMemory = maxMemory?.bytes
    common.apply(to: &options)
    if let replay { options.evolution.schedule = try CompileReport.schedule(from: replay) }
    try levels.apply(to: &options)
    try source.apply(to: &options, input: input)
    return options
  }
}
