import ArgumentParser
import Compiler

struct CompileCommand: SharedCommand, ResumableCommand, CommandOfFile {
  static let describesRuns = true

  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Evolve, quantize, encode and verify a model: ONNX, .tflite or Darknet in, one blob out.",
    discussion: """
      EXAMPLES
        kinglet compile net.onnx --data train-images.gz --test test-images.gz \\
          --test-labels test-labels.gz --sparsity 0.93 -o net.kgl --json net.json
        kinglet compile net.onnx --data random:256 --method magnitude -o net.kgl
        kinglet compile net-int8.tflite --data train.gz --sparsity 0.8 -o net.kgl
        kinglet compile net.onnx --data train.gz --target cortex-m4f.json -o net.kgl
        kinglet compile --resume net.ckpt
        kinglet compile --resume net.ckpt --sparsity 0.95 -o smaller.kgl
      """)

  @Argument(help: "A model: ONNX, .tflite, or Darknet's .cfg; not with --resume.")
  var model: String?

  @OptionGroup var student: StudentOptions
  @OptionGroup(title: "The blob") var coding: ProfileOptions
  @OptionGroup(title: "The blob") var die: DieOptions
  @OptionGroup(title: "The blob") var proof: ProofOptions

  @Option(help: ArgumentHelp(
      "Take a run up again, with all that it was told but for what is told now.", valueName: "run.ckpt"))
  var resume: String?

  @Option(help: ArgumentHelp("Where the run is kept while it lasts (default: beside the blob).", valueName: "run.ckpt", visibility: .hidden))
  var checkpoint: String?

  @Option(name: .shortAndLong, help: "The blob to write (with --resume: by default as before).")
  var output: String?

  func validate() throws {
    guard (model == nil) != (resume == nil) else {
      throw ValidationError("give a model, or --resume with a checkpoint")
    }
    if resume == nil { _ = try required(output) }
  }

  var file: String { model ?? resume ?? "" }

  func run() throws {
    if let resume {
      let (command, compilation) = try Self.takeUp(resume, [], student.common.observer)
      return try command.finish(compilation)
    }
    let options = try compileOptions(model: model ?? "")
    if Ranked.isFirst { try Compilation.checkWritable(results) }
    let compilation = try Compilation(
      options: options, observer: student.common.observer)
    (compilation.told, compilation.team) = (Self.told, Ranked.team)
    try finish(compilation)
  }

  private func finish(_ compilation: Compilation) throws {
    let output = try required(output)
    compilation.checkpointPath = kept
    compilation.checkpointEvery = student.checkpointEvery
    compilation.recordPath = student.record
    let report = try compilation.compile(to: output)
    if resume == nil && checkpoint == nil { compilation.removeCheckpoint() }
    try emit(report, json: student.common.json)
    try requireLimits(report)
    try requireTargets(report.shortfall)
    try requireFit(report.die)
  }

  private var kept: String? { checkpoint ?? resume ?? output.map(checkpointPath(beside:)) }

  var results: [String] { [output, kept, student.record].compactMap { $0 } + student.common.results }

  func stages(of compilation: Compilation) -> Set<Stage> { .all }

  func compileOptions(model: String) throws -> CompileOptions {
    var options = try student.compileOptions(model: model)
    coding.apply(to: &options)
    options.target = try die.profile()
    proof.apply(to: &options)
    return options
  }
}

/// The calibration and test samples of a run.
struct SourceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Calibration samples: IDX, CIFAR, NPY, NPZ, CSV, WAV, a folder of images or of WAV, or random:N.", valueName: "images"))
  var data: String?

  @Option(help: "Their labels; without them answers are compared with the teacher's.")
  var labels: String?

  @Option(help: ArgumentHelp("Test samples, for the final figures only.", valueName: "images"))
  var test: String?

  @Option(help: "Labels of the test samples.")
  var testLabels: String?

  @Option(
    help: ArgumentHelp(
      "Where there is no --test, figures by cross-fitting: so many students, each made without a part "
        + "of the data that it then answers; 0: none (default: 10 below 500 samples, 5 below 1000).",
      valueName: "n", visibility: .hidden))
  var folds: Int?

  func apply(to options: inout CompileOptions, input: InputOptions) throws {
    try require(labels == nil || data != nil, "--labels needs --data, whose labels they are")
    try require(testLabels == nil || test != nil, "--test-labels needs --test, whose labels they are")
    options.folds = folds
    options.data = try data.map { try input.data($0, labels: labels) }
    options.test = try test.map { try input.data($0, labels: testLabels) }
    if options.data == nil { options.input = try input.data("") }
  }
}

/// The checkpoint's default place: the output with another ending.
func checkpointPath(beside output: String) -> String {
  (output.hasSuffix(".kgl") ? String(output.dropLast(4)) : output) + ".ckpt"
}

/// Status 1 with a sentence where the blob is larger, or loses more, than it may.
func requireLimits(_ report: CompileReport) throws {
  if let broken = report.brokenLimit { throw FailedCheck(sentence: broken) }
}

/// Status 1 where the evolution ended before what it was told to reach.
func requireTargets(_ shortfall: String?) throws {
  if let shortfall { throw FailedCheck(sentence: shortfall) }
}
