import ArgumentParser
import Compiler
import Delivery
import ModelGraph
import ModelLoading

struct RunCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a blob in the C runtime, or a model on the host, on samples of a file.",
    discussion: """
      Samples come in any form that verify takes. The first axis of an array counts samples; an array of
      one sample's shape is one sample. What a blob says of its input's scale and mean is applied unless
      the options say otherwise. Several inputs are given one by one in their order, or as the arrays of one NPZ:
      called as a model's inputs are, or arr_0, arr_1 and so on; arrays of other names are taken in the file's order,
      which is said.
      A network that keeps state answers each sample as if it were the first; with --stream samples are frames in
      turn, each of which finds what the one before has left: [T, ...] in, [T, ...] out.

      EXAMPLES
        kinglet run net.kgl --input image.npy --output answer.npy
        kinglet run net-int8.tflite --input bytes.npy --output answer.npy --raw
        kinglet run two-inputs.kgl --input both.npz --output answers.npz --raw
        kinglet run wake-word.kgl --input frames.npy --stream --output answers.npy
        kinglet run net.kgl --input image.npy --dump steps/ --teacher net.onnx
      """)

  @Argument(help: "A blob, or a model: ONNX, .tflite, or Darknet's .cfg.")
  var network: String

  @Option(name: .customLong("input"), help: ArgumentHelp("Samples; once for each input of the network, or an NPZ with all of them.", valueName: "images"))
  var inputs: [String]

  @Option(
    help: ArgumentHelp(
      "Where outputs go: an NPZ holds all, as arr_0 and so on; an NPY the first, and others get a number before "
        + "the ending.", valueName: "file.npy"))
  var output: String?

  @Flag(help: "Elements as they are, in and out: int8 of an int8 network, in the order of axes that its file has.")
  var raw = false

  @Option(
    defaultAsFlag: FrameOption.state, parsing: .next, help: ArgumentHelp(
      "Samples are frames of a network that keeps state, from its beginning on, in turn; with an axis, of a model that "
        + "looks at a window, what is new of it along that axis (as the model's file counts them, 0 the batch).",
      valueName: "axis"))
  var stream: FrameOption?

  @Option(help: ArgumentHelp("Places of that axis that a frame brings (default: 1).", valueName: "n"))
  var hop: Int?

  @Option(
    help: ArgumentHelp(
      "Of a blob: write what each step makes of the first sample in the C runtime, an NPY for each, and hold it up to the blob's network "
        + "in float32 and to --teacher: decibels, largest error, the first step that departs.", valueName: "folder"))
  var dump: String?

  @Option(help: "With --dump: the model that the blob was made from.")
  var teacher: String?

  @OptionGroup var opened: ModelOptions
  @OptionGroup var transform: InputOptions
  @OptionGroup var common: CommonOptions

  var file: String { network }

  func validate() throws { try StreamOptions.check(stream?.axis, hop) }

  private func axes() throws -> ModelAxes {
    try opened.axes(stream: stream?.axis.map { StreamAxis(axis: $0, hop: hop ?? 1) })
  }

  func run() throws {
    if let dump { return try emitDump(to: dump) }
    try require(teacher == nil, "--teacher is for --dump; verify holds a blob's answers up to its teacher's")
    try Compilation.checkWritable((output.map { [$0] } ?? []) + common.results)
    if raw {
      try require(transform.isEmpty, "--raw takes elements as they are: without --input-scale, --input-mean, --input-layout, --fit")
      return try tell(
        NetworkRun.runRaw(
          network, inputs: inputs, axes: axes(), output: output, threads: common.threads,
          stream: stream != nil))
    }
    try tell(
      NetworkRun.run(
        network, inputs: inputs, transform: transform.data(""), axes: axes(), output: output,
        threads: common.threads, stream: stream != nil))
  }

  private func emitDump(to folder: String) throws {
    try require(!raw && stream == nil && output == nil, "--dump goes without --raw, --stream and --output: it writes the folder alone")
    try require(!Inspection.isModel(network), "--dump takes a blob, and \(network) is a model")
    try require(teacher != nil || opened.isEmpty, "\(ModelAxes.options) are for models: for --teacher")
    try emit(
      StepDump.run(
        network, inputs: inputs, transform: transform.data(""), teacher: teacher, axes: opened.axes(), to: folder),
      json: common.json)
  }

  private func tell(_ report: RunReport) throws {
    if let note = report.note { Terminal.note("kinglet: \(note)") }
    try emit(report, json: common.json)
  }
}

/// Frames in turn: of a network that keeps state, or of one whose window moves along an axis.
enum FrameOption: ExpressibleByArgument, CustomStringConvertible {
  case state
  case window(axis: Int)

  init?(argument: String) {
    guard let axis = Int(argument) else { return nil }
    self = .window(axis: axis)
  }

  var axis: Int? { if case .window(let axis) = self { axis } else { nil } }
  var description: String { axis.map { "\($0)" } ?? "of a network that keeps state" }
}
