import ArgumentParser
import Compiler

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a blob in the C runtime, or a model on the host, on samples of an NPY file.",
    discussion: """
      The first axis of the file counts samples; a file of one sample's shape is one sample. What a
      blob says of its input's scale and mean is applied unless the options say otherwise.

      EXAMPLE
        kinglet run net.kgl --input image.npy --output answer.npy
      """)

  @Argument(help: "A blob or an ONNX model.")
  var network: String

  @Option(name: .customLong("input"), help: ArgumentHelp("Samples; once for each input of the network.", valueName: "file.npy"))
  var inputs: [String]

  @Option(help: ArgumentHelp("Where the first output goes; others get a number before the ending.", valueName: "file.npy"))
  var output: String?

  @OptionGroup var transform: InputOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let report = try NetworkRun.run(
      network, inputs: inputs, transform: transform.data(""), output: output,
      threads: common.threads)
    try emit(report, json: common.json)
  }
}
