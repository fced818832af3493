import ArgumentParser
import Compiler
import Delivery
import ModelLoading

struct ExportCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run's student, a blob, or a model, as an ONNX or TensorFlow Lite file, zeros and all.",
    discussion: """
      What other tools then see is what the run holds by now: weights that evolution zeroed are zeros, and of a run
      that is quantized, and of a blob, each weight is a level of its table. The first axis of every input and output
      counts samples, which are as the network takes them: a blob's own preparation of images is not in the file.

      What computes with integers is written as a .tflite file in int8, or, with --quantized, as an ONNX file that
      rounds where the integers do. A .tflite file of a model of int8, or of a blob that was encoded from one, gives the
      very same answers; where rounding is another, as of blobs of --activations int8, it is said how many are equal.
      A checkpoint is written in integers as the blob is that its run would be encoded to with --activations int8 and
      tables of int8, calibrated on the run's samples.

      EXAMPLES
        kinglet export run.ckpt -o student.onnx
        kinglet export net.kgl -o student.onnx
        kinglet export int8.kgl -o student.tflite
        kinglet export run.ckpt -o student.tflite
        kinglet export int8.kgl --quantized -o student.onnx
        kinglet export net.tflite -o net.onnx
        kinglet export net.cfg -o net.onnx
      """)

  @Argument(help: "A checkpoint, a blob or a model.")
  var source: String

  @OptionGroup var opened: ModelOptions

  @Option(name: .shortAndLong, help: "The file to write: NAME.onnx, or of integers NAME.tflite.")
  var output: String

  @Flag(help: "Write ONNX in integers, between QuantizeLinear and DequantizeLinear. A .tflite file is of integers.")
  var quantized = false

  @OptionGroup var result: ResultOption

  var file: String { source }

  func validate() throws {
    try require(form != nil, "-o takes the name of an .onnx or .tflite file, not \(output)")
  }

  func run() throws {
    try Compilation.checkWritable([output] + result.files)
    try emit(try export(), json: result.json)
  }

  private var form: ExportForm? { ExportForm(path: output, quantized: quantized) }

  private func export() throws -> ExportReport {
    let form = form ?? .onnx
    let (isRun, isBlob) = (Compilation.isCheckpoint(source), NetworkExport.isBlob(source))
    if isRun || isBlob {
      let kind = isRun ? "checkpoint" : "blob"
      try require(opened.axes().isEmpty, "\(ModelAxes.options) are for models, and \(source) is a \(kind)")
    }
    if isRun { return try NetworkExport.student(of: source, to: output, as: form, observer: ProgressPrinter(quiet: false)) }
    if isBlob { return try NetworkExport.blob(source, to: output, as: form) }
    return try NetworkExport.model(source, axes: opened.axes(), to: output, as: form)
  }
}
