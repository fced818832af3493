// Options of the search for a sparse student and its tables.

import ArgumentParser
import Compiler
import Datasets
import Evolution
import Foundation
import ModelLoading
import Quantization
import Trials

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
        throw ValidationError("\(option) takes a share, 0 or more and below 1 (0.9 is 90 %), not \(text)")
      }
      shares[name] = share
    }
    return shares
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

  @Option(help: "How much is trained where no numbers of steps are given.")
  var effort = Effort.usual

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
    retraining.apply(to: &options, seed: common.seed, effort: effort)
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
