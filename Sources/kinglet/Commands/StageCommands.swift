// The stages of `compile`, each a command over the same checkpoint.

import ArgumentParser
import Compiler

struct EvolveCommand: StoppableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evolve",
    abstract: "Make a model sparse by Directed Evolution; the result is a checkpoint.",
    discussion: """
      EXAMPLE
        kinglet evolve net.onnx --data train-images.gz --sparsity 0.9 -o run.ckpt
      """)

  @Argument(help: "An ONNX model, or a checkpoint to take up again.")
  var model: String

  @OptionGroup var source: SourceOptions
  @OptionGroup var input: InputOptions
  @OptionGroup var student: StudentOptions
  @OptionGroup var levels: LevelOptions
  @OptionGroup var common: CommonOptions

  @Option(name: .shortAndLong, help: "The checkpoint to write.")
  var output: String

  func run() throws {
    try Compilation.checkWritable([output] + common.results + (student.record.map { [$0] } ?? []))
    let observer = ProgressPrinter(quiet: common.quiet)
    let compilation: Compilation
    if Compilation.isCheckpoint(model) {
      compilation = try Compilation(resuming: model, observer: observer)
    } else {
      var options = CompileOptions(model: model)
      try student.apply(to: &options, common: common)
      try levels.apply(to: &options)
      try source.apply(to: &options, input: input)
      compilation = try Compilation(options: options, observer: observer)
    }
    compilation.checkpointPath = output
    compilation.checkpointEvery = student.checkpointEvery
    compilation.recordPath = student.record
    let report = try compilation.evolve()
    try emit(report, json: common.json)
    try requireTargets(report.shortfall)
  }
}

struct QuantizeCommand: StoppableCommand {
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

  @Option(name: .shortAndLong, help: "The checkpoint to write.")
  var output: String

  func validate() throws {
    try require(lambda.map { (0...1).contains($0) } ?? true, "--lambda takes 0 to 1")
    try require(
      tableSteps.map { (0...10_000_000).contains($0) } ?? true,
      "--table-steps takes a whole number, 0 or more")
  }

  func run() throws {
    try Compilation.checkWritable([output] + common.results)
    let compilation = try Compilation(
      resuming: checkpoint, observer: ProgressPrinter(quiet: common.quiet))
    if let levels {
      (compilation.options.levels, compilation.options.allowsFinerLevels) = (levels, false)
    }
    if let lambda { compilation.options.lambda = lambda }
    if let limits = limits.limits { compilation.options.tableLimits = limits }
    if let tableSteps { compilation.options.tableSteps = tableSteps }
    compilation.checkpointPath = output
    try emit(try compilation.quantize(), json: common.json)
  }
}

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Write a blob from a checkpoint, or straight from a model, keeping its zeros.",
    discussion: """
      EXAMPLES
        kinglet encode run.ckpt -o net.kgl
        kinglet encode already-sparse.onnx -o net.kgl
        kinglet encode already-sparse.onnx --activations int8 --data images.gz -o net.kgl
      """)

  @Argument(help: "A quantized checkpoint, or an ONNX model.")
  var source: String

  @OptionGroup var input: InputOptions
  @OptionGroup var common: CommonOptions

  @OptionGroup var coding: ProfileOptions
  @OptionGroup var die: DieOptions
  @OptionGroup var proof: ProofOptions
  @OptionGroup(title: "For models only") var levels: LevelOptions

  @Option(
    help: ArgumentHelp(
      "For models only: samples to calibrate int8 activations on, and for the self-test.", valueName: "images"))
  var data: String?

  @Option(name: .shortAndLong, help: "The blob to write.")
  var output: String

  func run() throws {
    try Compilation.checkWritable([output] + common.results)
    let target = try die.profile()
    let observer = ProgressPrinter(quiet: common.quiet)
    let compilation: Compilation
    if Compilation.isCheckpoint(source) {
      try require(data == nil, "--data is for models; a checkpoint has its own")
      compilation = try Compilation(resuming: source, observer: observer)
    } else {
      var options = CompileOptions(model: source)
      options.sparsity = 0
      try levels.apply(to: &options)
      options.input = try input.data("")
      options.calibration = try data.map { try input.data($0) }
      options.evolution.threads = common.threads
      options.evolution.seed = common.seed
      compilation = try Compilation(options: options, observer: observer)
    }
    coding.apply(to: &compilation.options)
    if let target { compilation.options.target = target }
    proof.apply(to: &compilation.options)
    let report = try compilation.encode(to: output)
    try emit(report, json: common.json)
    try requireLimits(compilation, output)
    try requireFit(report.die)
  }
}
