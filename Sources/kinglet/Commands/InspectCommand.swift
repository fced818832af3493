import ArgumentParser
import Compiler
import Delivery
import ModelLoading

struct InspectCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "A blob's ledger, every byte accounted for; a model's layers, shapes and operators.",
    discussion: """
      EXAMPLES
        kinglet inspect net.onnx
        kinglet inspect net.cfg --weights net.weights
        kinglet inspect net.kgl --json ledger.json
        kinglet inspect net.kgl --target cortex-m4f.json
        kinglet inspect wake-word.tflite --stream 1
      """)

  @Argument(help: "A blob, or a model: ONNX, .tflite, or Darknet's .cfg.")
  var network: String

  @OptionGroup var opened: ModelOptions
  @OptionGroup var parts: StreamOptions
  @OptionGroup var die: DieOptions
  @OptionGroup var tables: TableBitsOption

  @OptionGroup var result: ResultOption

  var file: String { network }

  func run() throws {
    let target = try die.profile()
    if Inspection.isModel(network) {
      guard target == nil, tables.tableBits == nil else {
        throw CompilerError.usage(
          reason: "\(target == nil ? "--table-bits" : "--target") takes a blob, and \(network) is a model")
      }
      try emit(try Inspection.model(network, axes: opened.axes(stream: parts.axis)), json: result.json)
    } else {
      try require(opened.axes(stream: parts.axis).isEmpty, "\(ModelAxes.options) are for models, and \(network) is a blob")
      let report = try Inspection.blob(network, on: target, tableBits: tables.tableBits)
      try emit(report, json: result.json)
      try requireFit(report.die)
    }
  }
}
