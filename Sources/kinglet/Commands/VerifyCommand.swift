import ArgumentParser
import Compiler

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Does the edge answer as the teacher does? Runs a blob in the C runtime.",
    discussion: """
      EXAMPLE
        kinglet verify net.kgl --teacher net.onnx --test test-images.gz \\
          --test-labels test-labels.gz --max-loss 0.3
      Status 1 when a limit is broken.
      """)

  @Argument(help: "A blob.")
  var blob: String

  @Option(help: "The model it was made from.")
  var teacher: String

  @Option(help: ArgumentHelp("Test samples.", valueName: "images"))
  var test: String

  @Option(help: "Labels of the test samples.")
  var testLabels: String?

  @OptionGroup var input: InputOptions
  @OptionGroup var common: CommonOptions

  @Option(help: "What the net is for: auto, classify or regress.")
  var task = TaskChoice.auto

  @Option(help: ArgumentHelp("Most accuracy that may be lost, in percentage points.", valueName: "points"))
  var maxLoss: Double?

  @Option(help: ArgumentHelp("Least share of samples answered as the teacher does, 0 to 1.", valueName: "share"))
  var minAgreement: Double?

  func run() throws {
    try Compilation.checkWritable(common.results)
    let report = try Verification.verify(
      blob: blob, teacher: teacher, test: input.data(test, labels: testLabels), task: task,
      threads: common.threads, seed: common.seed)
    try emit(report, json: common.json)
    if let maxLoss, report.loss > maxLoss {
      throw FailedCheck(
        sentence: "\(blob) loses \(report.loss.points) points, more than --max-loss \(maxLoss)")
    }
    if let minAgreement, report.agreement < minAgreement {
      throw FailedCheck(
        sentence: "\(blob) agrees with the teacher on \(report.agreement) of the samples, less than "
          + "--min-agreement \(minAgreement)")
    }
  }
}
