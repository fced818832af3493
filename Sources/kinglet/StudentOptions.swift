// Options of the search for a sparse student and its tables.

import ArgumentParser
import Compiler
import Datasets
import Evolution
import Foundation
import Quantization
import Trials

extension Augmentation: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// What a cycle zeroes: a share below 1 or a count from 1.
struct StepOption: ExpressibleByArgument {
  var step: Step

  init?(argument: String) {
    if let count = Int(argument), count >= 1 {
      step = .count(count)
    } else if let share = Double(argument), share > 0, share < 1 {
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
  var defaultValueDescription: String {
    switch self {
    case .steps(let steps): "\(steps)"
    case .epochs(let epochs): "\(epochs)e"
    }
  }

  init?(argument: String) {
    if argument.hasSuffix("e"), let epochs = Double(argument.dropLast()), (0...1e6).contains(epochs) {
      self = .epochs(epochs)
    } else if let steps = Int(argument), (0...10_000_000).contains(steps) {
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
        + "(each gets a share beforehand)."))
  var scope = Scope.network

  @Option(
    help: ArgumentHelp(
      "Share of zeros of one layer, or of each whose name matches (* for any part); "
        + "repeatable.", valueName: "name=share"))
  var layerSparsity: [String] = []

  @Option(
    help: ArgumentHelp(
      "Share of zeros of all layers together whose names match; repeatable.", valueName: "name=share"))
  var pool: [String] = []

  @Option(
    help: ArgumentHelp(
      "What a layer keeps at least where layers compete: the share of what it would get by its "
        + "weights or by its rows and columns, the lesser; 0: so much that it is not cut off.",
      valueName: "share"))
  var layerFloor = 0.5

  @Option(help: ArgumentHelp("Zeroes until the blob fits.", valueName: "n"))
  var maxBytes: Int?

  @Option(
    help: ArgumentHelp(
      "Ends the cycles before the divergence on held-back samples gets larger.", valueName: "x"))
  var maxDivergence: Double?

  @Option(
    name: .customLong("max-cycle-loss"), help: ArgumentHelp(
      "Ends the cycles before the student loses more on held-back samples: percentage points of accuracy, "
        + "of agreement without labels, of 1 - RMS error where numbers are the answer.", valueName: "points"))
  var maxCycleLoss: Double?

  @Option(
    help: ArgumentHelp(
      "Zeroes, and stores coarser, as long as the blob loses no more, in the points of --max-cycle-loss; "
        + "status 1 if it does in the end.", valueName: "points"))
  var maxLoss: Double?

  func validate() throws {
    try require(sparsity.map { (0..<1).contains($0) } ?? true, "--sparsity takes 0 up to, not with, 1")
    try require((0...1).contains(layerFloor), "--layer-floor takes a share, 0 to 1")
    try require(maxBytes ?? 1 > 0, "--max-bytes takes a whole number above 0")
    try require(maxDivergence ?? 1 > 0, "--max-divergence takes a number above 0")
    try require(maxCycleLoss ?? 0 >= 0, "--max-cycle-loss takes a number, 0 or more")
    try require(maxLoss ?? 0 >= 0, "--max-loss takes a number, 0 or more")
  }

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
    options.sparsity = sparsity ?? (isTold ? nil : 0.9)
  }

  private func shares(_ texts: [String], _ option: String) throws -> [String: Double] {
    var shares: [String: Double] = [:]
    for text in texts {
      let (name, value) = try assignment(text, option)
      guard let share = Double(value), (0..<1).contains(share) else {
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
  var method = EvolutionMethod.learned

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

  @Option(help: "Held-back samples on which trials are compared (default 1000).")
  var trialSamples = 1000

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "Drop the worse half of the sets after few samples, and again (default: yes, but "
        + "for literal)."))
  var halving: Bool?

  @Option(
    help: ArgumentHelp(
      "Noise of draws on log saliency; a:b goes from a to b.", valueName: "x[:y]"))
  var drawTemperature = AnnealedTemperature(first: 0.1, last: 0.1)

  @Option(help: "Share of the winning set that is zeroed, its least salient; 1 is all of it.")
  var nesting = 1.0

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "Compare sets as they would be after survivors took over what lost weights "
        + "contributed (default: learned alone)."))
  var judgeRecovered: Bool?

  @Flag(
    inversion: .prefixedNo, help: ArgumentHelp(
      "When a set is zeroed, survivors of a filter take over what its lost weights "
        + "contributed, by least squares."))
  var compensate = false

  @Option(help: "Divergence that a saved kilobyte is worth when sets are compared.")
  var rateWeight = 0.0

  @Option(
    help: ArgumentHelp(
      "What answers are compared by: kl, mse, nmse (each output over its deviation) or "
        + "ce (with labels) (default: kl for classifiers, else mse)."))
  var divergence: DivergenceKind?

  @Option(help: "Softening of the distributions that sets are compared by.")
  var trialTemperature: Float = 2

  @Option(help: ArgumentHelp("Outputs that matter, the others do not: 0-3,7.", valueName: "list"))
  var outputs: OutputList?

  @Option(help: ArgumentHelp("What each output counts, one number an output.", valueName: "x,x,..."))
  var outputWeights: WeightList?

  func validate() throws {
    try require((0...10_000).contains(trials ?? 1), "--trials takes 0 to 10000")
    try require((1...10_000_000).contains(trialSamples), "--trial-samples takes a whole number above 0")
    try require(nesting > 0 && nesting <= 1, "--nesting takes a share above 0, up to 1")
    try require(rateWeight >= 0 && rateWeight.isFinite, "--rate-weight takes a number, 0 or more")
    try require(trialTemperature > 0 && trialTemperature.isFinite, "--trial-temperature takes a number above 0")
    try require(outputs == nil || outputWeights == nil, "give --outputs or --output-weights, not both")
  }

  func apply(to options: inout CompileOptions) {
    let literal = method == .literal
    options.divergence = divergence
    options.outputs = outputs?.numbers
    options.evolution.outputWeights = outputWeights.map { [$0.weights] }
    options.evolution.method = method
    options.evolution.step = step?.step ?? .share(literal ? 0.05 : 0.1)
    options.evolution.drawsAll = draw.map { $0 == .all } ?? literal
    options.evolution.trials = trials ?? method.usualTrials
    options.evolution.trialSamples = trialSamples
    options.evolution.halving = halving ?? !literal
    options.evolution.drawTemperature = drawTemperature.first
    options.evolution.lastDrawTemperature = drawTemperature.last
    options.evolution.nesting = nesting
    options.evolution.judgesRecovered = judgeRecovered ?? (method == .learned)
    options.evolution.compensates = compensate
    options.evolution.rateWeight = rateWeight
    options.evolution.trialTemperature = trialTemperature
  }
}

enum DrawChoice: String, ExpressibleByArgument, CaseIterable { case all, survivors }

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
  var retrainEvery = 1

  @Option(help: ArgumentHelp("Gradient steps for each cycle (5e: epochs).", valueName: "n"))
  var stepsPerCycle = StepsOption.steps(40)

  @Option(help: ArgumentHelp("Gradient steps after the last cycle (5e: epochs).", valueName: "n"))
  var finalSteps = StepsOption.steps(800)

  @Option(
    help: ArgumentHelp(
      "Ends the final steps after so many looks, one each 100 steps, without a better "
        + "state.", valueName: "n"))
  var patience: Int?

  @Option(help: "Samples a gradient step.")
  var batch = 256

  @Option(help: "Learning rate of the survivors.")
  var learningRate: Float = 1e-3

  @Option(help: "Softening of the distributions that the student learns.")
  var temperature: Float = 2

  @Option(help: "Share of the labels, beside the teacher's answers, in what the student learns.")
  var labelShare: Float = 0

  @Option(
    help: ArgumentHelp(
      "Training images mirrored and moved at random; the teacher answers them too.", valueName: "flip,shift=n"))
  var augment: Augmentation?

  @Option(help: "Share of the data held back for choices.")
  var heldBack = 0.1

  @Option(help: "How table levels are placed: \(TableMethod.allCases.map(\.rawValue).joined(separator: ", ")); but for kMeans by error alone, without --lambda.")
  var tables: String = TableMethod.kMeans.rawValue

  @Flag(help: "Round to table levels at random, by distance (the paper's), instead of to the nearest.")
  var stochastic = false

  @Option(help: "Gradient steps that train table entries and biases.")
  var tableSteps = 600

  func validate() throws {
    try require((0...100_000).contains(retrainEvery), "--retrain-every takes 0 to 100000")
    try require(patience ?? 1 > 0, "--patience takes a whole number above 0")
    try require((1...65536).contains(batch), "--batch takes 1 to 65536")
    try require(learningRate > 0 && learningRate.isFinite, "--learning-rate takes a number above 0")
    try require(temperature > 0 && temperature.isFinite, "--temperature takes a number above 0")
    try require((0...1).contains(labelShare), "--label-share takes 0 to 1")
    try require(heldBack >= 0 && heldBack < 1, "--held-back takes 0 up to, not with, 1")
    try require(TableMethod(rawValue: tables) != nil, "--tables does not know \(tables)")
    try require((0...10_000_000).contains(tableSteps), "--table-steps takes a whole number, 0 or more")
  }

  func apply(to options: inout CompileOptions, seed: UInt64) {
    options.tableMethod = TableMethod(rawValue: tables) ?? .kMeans
    options.rounding = stochastic ? .stochastic(seed: seed) : .nearest
    options.tableSteps = tableSteps
    options.heldBack = heldBack
    var retraining = Retraining()
    retraining.every = retrainEvery
    retraining.patience = patience
    retraining.batch = batch
    retraining.learningRate = learningRate
    retraining.temperature = temperature
    retraining.labelShare = labelShare
    retraining.augmentation = augment == Augmentation.none ? nil : augment
    (retraining.stepsPerCycle, options.epochsPerCycle) = Self.split(stepsPerCycle, 40)
    (retraining.finalSteps, options.finalEpochs) = Self.split(finalSteps, 800)
    options.evolution.retraining = retraining
  }

  private static func split(_ option: StepsOption, _ usual: Int) -> (Int, Double?) {
    switch option {
    case .steps(let steps): (steps, nil)
    case .epochs(let epochs): (usual, epochs)
    }
  }
}

func require(_ holds: Bool, _ message: String) throws {
  if !holds { throw ValidationError(message) }
}

/// Options of the search for a sparse student and its tables.
struct StudentOptions: ParsableArguments {
  @OptionGroup(title: "How sparse") var targets: TargetOptions
  @OptionGroup(title: "Trials") var trials: TrialOptions
  @OptionGroup(title: "Training") var retraining: RetrainingOptions

  @OptionGroup var task: TaskOption

  @Option(
    help: ArgumentHelp(
      "Wall-clock limit of the whole; the cycles taken are recorded.", valueName: "s"))
  var maxSeconds: Double?

  @Option(
    help: ArgumentHelp(
      "Take the same cycles as a run bounded by time did: its JSON.", valueName: "file"))
  var replay: String?

  @Option(
    help: ArgumentHelp(
      "Write the record of every cycle as JSON Lines, for kinglet report.", valueName: "file"))
  var record: String?

  @Option(help: ArgumentHelp("Seconds between checkpoints.", visibility: .hidden))
  var checkpointEvery = 5.0

  func validate() throws {
    try require(maxSeconds.map { $0 > 0 } ?? true, "--max-seconds takes a number above 0")
  }

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions, common: CommonOptions) throws {
    try targets.apply(to: &options)
    trials.apply(to: &options)
    retraining.apply(to: &options, seed: common.seed)
    task.apply(to: &options)
    options.maxSeconds = maxSeconds
    common.apply(to: &options)
    if let replay { options.evolution.schedule = try CompileReport.schedule(from: replay) }
  }
}
