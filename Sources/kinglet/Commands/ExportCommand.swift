import ArgumentParser
import Compiler
import Delivery

struct ExportCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run's student, or a model, as an ONNX file in float32, zeros and all.",
    discussion: """
      What other tools then see is what the run holds by now: weights that evolution zeroed are zeros, and of a run
      that is quantized each weight is a level of its table. The first axis of every input and output counts samples.

      EXAMPLES
        kinglet export run.ckpt -o student.onnx
        kinglet export net.tflite -o net.onnx
        kinglet export net.cfg -o net.onnx
      """)

  @Argument(help: "A checkpoint, or a model of float32.")
  var source: String

  @OptionGroup var opened: ModelOptions

  @Option(name: .shortAndLong, help: "The file to write: NAME.onnx.")
  var output: String

  @Option(help: ArgumentHelp("Write the result as JSON to this file.", valueName: "file"))
  var json: String?

  var file: String { source }

  func validate() throws {
    try require(output.lowercased().hasSuffix(".onnx"), "-o takes the name of an .onnx file, not \(output)")
  }

  func run() throws {
    try Compilation.checkWritable([output] + (json.map { [$0] } ?? []))
    let isRun = Compilation.isCheckpoint(source)
    try require(!isRun || opened.axes().isEmpty, "--axis, --batch and --weights are for models, and \(source) is a checkpoint")
    try emit(
      isRun ? try NetworkExport.student(of: source, to: output)
        : try NetworkExport.model(source, axes: opened.axes(), to: output),
      json: json)
  }
}
