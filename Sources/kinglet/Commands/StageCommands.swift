// The stages of `compile`, each a command over the same checkpoint.

import ArgumentParser
import Compiler
import Delivery
import Tables

struct EvolveCommand: SharedCommand, ResumableCommand, CommandOfFile {
  static let describesRuns = true

  static let configuration = CommandConfiguration(
    commandName: "evolve",
    abstract: "Make a model sparse by Directed Evolution; the result is a checkpoint.",
    discussion: """
      EXAMPLE
        kinglet evolve net.onnx --data train-images.gz --sparsity 0.9 -o run.ckpt
        kinglet evolve run.ckpt --sparsity 0.95 -o further.ckpt
        mpirun -n 4 kinglet evolve net.onnx --data train-images.gz -o run.ckpt
      """)

  @Argument(help: "A model (ONNX, .tflite, or Darknet's .cfg), or a checkpoint to take up again.")
  var model: String

  @OptionGroup var student: StudentOptions

  @Option(name: .shortAndLong, help: "The checkpoint to write (on a checkpoint: by default as before).")
  var output: String?

  var file: String { model }

  func run() throws {
    if Compilation.isCheckpoint(model) {
      let (command, compilation) = try Self.takeUp(model, [model], student.common.observer)
      return try command.finish(compilation)
    }
    _ = try required(output)
    let options = try compileOptions(model: model)
    if Ranked.isFirst { try Compilation.checkWritable(results) }
    let compilation = try Compilation(
      options: options, observer: student.common.observer)
    (compilation.told, compilation.team) = (Self.told, Ranked.team)
    try finish(compilation)
  }

  private func finish(_ compilation: Compilation) throws {
    compilation.checkpointPath = try required(output)
    compilation.checkpointEvery = student.checkpointEvery
    compilation.recordPath = student.record
    let report = try compilation.evolve()
    try emit(report, json: student.common.json)
    try requireTargets(report.shortfall)
  }

  var results: [String] { [output, student.record].compactMap { $0 } + student.common.results }

  func stages(of compilation: Compilation) -> Set<Stage> { .all }

  func compileOptions(model: String) throws -> CompileOptions {
    try student.compileOptions(model: model)
  }
}

struct QuantizeCommand: StoppableCommand, ResumableCommand, CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Give the survivors of a checkpoint their tables; the result is a checkpoint.",
    discussion: """
      EXAMPLE
        kinglet quantize run.ckpt -o run.ckpt
      """)

  @Argument(help: "A checkpoint that evolve wrote.")
  var checkpoint: String

  @OptionGroup var common: CommonOptions

  @Option(help: "Levels of each layer's table, 2 to 256, or float (default: as evolve was told).")
  var levels: LevelChoice?

  @Option(help: "What a bit of a code counts against a layer's variance (default: as evolve was told).")
  var lambda: Double?

  @OptionGroup(title: "Choosing levels, lambda and zeros for each layer") var limits: TableLimitOptions

  @Option(help: "Gradient steps that train tables and biases (default: as evolve was told).")
  var tableSteps: Int?

  @Option(name: .shortAndLong, help: "The checkpoint to write (of a quantization that was stopped: by default as before).")
  var output: String?

  var file: String { checkpoint }

  func run() throws {
    let (command, compilation) = try Self.takeUp(checkpoint, [checkpoint], common.observer)
    compilation.checkpointPath = try required(command.output)
    try emit(try compilation.quantize(), json: command.common.json)
  }

  var results: [String] { (output.map { [$0] } ?? []) + common.results }

  func stages(of compilation: Compilation) -> Set<Stage> { [.quantize, .encode, .speed] }

  func compileOptions(model: String) throws -> CompileOptions {
    var options = CompileOptions(model: model)
    common.apply(to: &options)
    (options.levels, options.lambda) = (levels, lambda)
    options.tableLimits = limits.limits
    options.tableSteps = tableSteps ?? options.tableSteps
    return options
  }
}

struct EncodeCommand: ResumableCommand, CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Write a blob from a checkpoint, or straight from a model, keeping its zeros.",
    discussion: """
      EXAMPLES
        kinglet encode run.ckpt -o net.kgl
        kinglet encode already-sparse.onnx -o net.kgl
        kinglet encode net.onnx --data unlabelled-images.gz -o net.kgl
        kinglet encode already-sparse.onnx --activations int8 --data images.gz -o net.kgl
        kinglet encode model-int8.tflite -o net.kgl
        kinglet encode wake-word-int8.tflite --stream 1 -o net.kgl
      """)

  @Argument(help: "A quantized checkpoint, or a model: ONNX, .tflite, or Darknet's .cfg; one of int8 keeps its very answers.")
  var source: String

  @OptionGroup var opened: ModelOptions
  @OptionGroup var parts: StreamOptions
  @OptionGroup var input: InputOptions
  @OptionGroup var common: CommonOptions

  @OptionGroup var coding: ProfileOptions
  @OptionGroup var die: DieOptions
  @OptionGroup var proof: ProofOptions
  @OptionGroup(title: "For models only") var levels: LevelOptions
  @OptionGroup(title: "For models only") var task: TaskOption

  @Option(
    help: ArgumentHelp(
      "For models only: samples to deal levels by and to calibrate int8 activations on, and for the "
        + "self-test; they need no labels.", valueName: "images"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "For models only: what the blob may lose on the samples of --data, or else on generated inputs: "
        + "percentage points of agreement, or of 1 - RMS error where numbers are the answer. Levels are dealt by "
        + "it; status 1 where more is lost (default: levels are dealt to lose 1 point of accuracy at most).",
      valueName: "points"))
  var maxLoss: Double?

  @Option(name: .shortAndLong, help: "The blob to write.")
  var output: String

  func validate() throws {
    try require((maxLoss ?? 0) >= 0, "--max-loss takes a number of 0 or more")
  }

  var file: String { source }

  func run() throws {
    guard Compilation.isCheckpoint(source) else {
      try Compilation.checkWritable(results)
      if try Lossless.isFor(source, axes: (try? opened.axes()) ?? [:]) { return try encodeLossless() }
      return try finish(
        Compilation(
          options: try compileOptions(model: source), observer: common.observer))
    }
    try finish(try Self.takeUp(source, [source], common.observer).1)
  }

  /// A model of int8 keeps its integers: what chooses others is refused by name.
  private func encodeLossless() throws {
    for (option, isGiven) in [
      ("--data", data != nil), ("--max-loss", maxLoss != nil), ("--levels", levels.levels != nil),
      ("--layer-levels", !levels.layerLevels.isEmpty), ("--lambda", levels.lambda != nil),
      ("--table-precision", levels.tablePrecision != nil), ("--activations", coding.activations != nil),
      ("--ranges", coding.ranges != nil), ("--table-limit", coding.tableLimit != nil), ("--threshold", task.threshold != nil),
      ("--input-scale, --input-mean, --input-layout, --fit", !input.isEmpty),
    ] where isGiven {
      throw ValidationError("\(option) is for models of floats: \(source) is of int8, and encode keeps its "
          + "integers; compile takes it as a teacher")
    }
    var options = LosslessOptions()
    (options.profile, options.optimization) = (coding.profile, coding.optimize)
    options.maxInstructions = coding.maxInstructions
    options.target = try die.profile()
    (options.selfTest, options.keepsNames) = (proof.selfTest, proof.naming.names)
    (options.threads, options.seed) = (common.threads, common.seed)
    let report = try Lossless.encode(source, axes: try opened.axes(stream: parts.axis), to: output, options: options)
    try emit(report, json: common.json)
    if let broken = report.brokenLimit { throw FailedCheck(sentence: broken) }
    try requireFit(report.die)
  }

  private func finish(_ compilation: Compilation) throws {
    let report = try compilation.encode(to: output, maxLoss: maxLoss)
    try emit(report, json: common.json)
    try requireLimits(report)
    try requireFit(report.die)
  }

  var results: [String] { [output] + common.results }

  func stages(of compilation: Compilation) -> Set<Stage> {
    compilation.isQuantized ? [.samples, .encode, .speed] : [.samples, .quantize, .encode, .speed]
  }

  func compileOptions(model: String) throws -> CompileOptions {
    var options = CompileOptions(model: model)
    try opened.apply(to: &options)
    options.stream = parts.axis
    options.sparsity = 0
    try levels.apply(to: &options)
    options.input = try input.data("")
    task.apply(to: &options)
    options.calibration = try data.map { try input.data($0) }
    common.apply(to: &options)
    coding.apply(to: &options)
    options.target = try die.profile()
    proof.apply(to: &options)
    return options
  }
}
