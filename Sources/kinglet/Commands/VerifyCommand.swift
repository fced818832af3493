import ArgumentParser
import Compiler
import Delivery

struct VerifyCommand: CommandOfFile {
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

  @Flag(help: "Take the teacher even if the blob was made from another model.")
  var anyTeacher = false

  @Option(help: ArgumentHelp("Test samples.", valueName: "images"))
  var test: String

  @Option(help: "Labels of the test samples.")
  var testLabels: String?

  @OptionGroup var opened: ModelOptions
  @OptionGroup var input: InputOptions
  @OptionGroup var common: CommonOptions

  @OptionGroup var task: TaskOption

  @Option(
    help: ArgumentHelp(
      "Most that may be lost: percentage points of accuracy, of agreement without labels, of 1 - RMS error "
        + "where numbers are the answer.", valueName: "points"))
  var maxLoss: Double?

  @Option(help: ArgumentHelp("Least share of samples answered as the teacher does, up to 1; of numbers 1 - RMS error.", valueName: "share"))
  var minAgreement: Double?

  var file: String { blob }

  func run() throws {
    try Compilation.checkWritable(common.results)
    if Lossless.areGenerated(test), try Lossless.isFor(teacher, axes: opened.axes()) { return try verifyEqual() }
    let report = try Verification.verify(
      blob: blob, teacher: teacher, axes: opened.axes(),
      test: input.data(test, labels: testLabels), task: task.options,
      threads: common.threads, seed: common.seed, anyTeacher: anyTeacher)
    for warning in report.warnings { Terminal.note("kinglet: warning: \(warning)") }
    try emit(report, json: common.json)
    if let maxLoss, !(report.loss <= maxLoss) {
      throw FailedCheck(
        sentence: "\(blob) has \(report.loss.points) \(report.lossName) on \(report.samples) samples, more than "
          + "--max-loss \(maxLoss)")
    }
    if let minAgreement, !(report.agreement >= minAgreement) {
      throw FailedCheck(
        sentence: "\(blob) agrees with the teacher by \(report.agreement), less than "
          + "--min-agreement \(minAgreement)")
    }
    try requireEqual(report.exact ? report.equal : nil)
  }

  /// What was encoded from the teacher has to give its integers.
  private func requireEqual(_ share: Double?, least: Double = 1) throws {
    guard let share, share < least else { return }
    throw FailedCheck(sentence: "\(blob) gives \(share) of the teacher's output elements, less than \(least)")
  }

  /// On generated elements, against a teacher of int8: how many of its integers are given.
  private func verifyEqual() throws {
    let count = try Lossless.generatedCount(test)
    for (option, isGiven) in [
      ("--test-labels", testLabels != nil), ("--max-loss", maxLoss != nil), ("--threshold", task.threshold != nil),
      ("--task", task.task != usual.task),
      ("--input-scale, --input-mean, --input-layout, --fit", !input.isEmpty),
    ] where isGiven {
      throw ValidationError("\(option) is not for \(test), which are elements of an int8 teacher: give samples of a file with it")
    }
    let report = try Lossless.verify(
      blob: blob, teacher: teacher, axes: opened.axes(), samples: count, threads: common.threads, seed: common.seed,
      anyTeacher: anyTeacher)
    try emit(report, json: common.json)
    if report.exact || minAgreement != nil { try requireEqual(report.equal, least: minAgreement ?? 1) }
  }
}
