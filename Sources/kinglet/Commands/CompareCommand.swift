import ArgumentParser
import Compiler
import Delivery

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Several blobs against their teachers on one set of samples, as a table.",
    discussion: """
      EXAMPLE
        kinglet compare a.kgl b.kgl --teacher net.onnx --test test-images.gz --test-labels test-labels.gz
      Figures are those of verify: of the blob in the C runtime, on all test samples.
      """)

  @Argument(help: "Blobs.")
  var blobs: [String]

  @Option(help: ArgumentHelp("The model they were made from; given again, that of each blob in turn.", valueName: "model"))
  var teacher: [String]

  @Flag(help: "Take a teacher even if the blob was made from another model.")
  var anyTeacher = false

  @Option(help: ArgumentHelp("Test samples.", valueName: "images"))
  var test: String

  @Option(help: "Labels of the test samples.")
  var testLabels: String?

  @OptionGroup var opened: ModelOptions
  @OptionGroup var input: InputOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var task: TaskOption

  func run() throws {
    try Compilation.checkWritable(common.results)
    let report = try BlobComparison.compare(
      blobs: blobs, teachers: teacher, axes: opened.axes(), test: input.data(test, labels: testLabels), task: task.options,
      threads: common.threads, seed: common.seed, anyTeacher: anyTeacher)
    for row in report.rows {
      for warning in row.verification.warnings { Terminal.note("kinglet: warning: \(row.blob): \(warning)") }
    }
    try emit(report, json: common.json)
  }
}
