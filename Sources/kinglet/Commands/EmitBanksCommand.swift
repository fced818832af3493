import ArgumentParser
import Blob
import Compiler
import Delivery

struct EmitBanksCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "emit-banks",
    abstract: "Write a memory image for each parameter bank of a target, and a map of them.",
    discussion: """
      Images are words for $readmemh (.mem) and Intel HEX (.hex); the map is JSON and text. A blob \
      that is not placed for the target is placed first; model.kgl in the folder is the blob whose \
      banks these are. Nothing is written if it does not fit.

      EXAMPLE
        kinglet emit-banks net.kgl --target always-on-16.json -o banks/
      """)

  @Argument(help: "A blob.")
  var blob: String

  @Option(help: ArgumentHelp("The die: memories, lanes and costs, a file or the name of one in Samples/targets.", valueName: "profile"))
  var target: String

  @OptionGroup var coding: ProfileOptions

  @Option(name: .shortAndLong, help: "The folder to write to; made if missing.")
  var output: String

  @OptionGroup var result: ResultOption

  var file: String { blob }

  func validate() throws {
    for (option, isGiven) in [
      ("--activations", coding.activations != nil), ("--ranges", coding.ranges != nil),
      ("--table-limit", coding.tableLimit != nil), ("--optimize", coding.optimize != nil),
      ("--max-instructions", coding.maxInstructions != nil),
    ] where isGiven {
      throw ValidationError("\(option) is for what makes a blob of a model: a blob stays what it is")
    }
  }

  func run() throws {
    let target = try TargetFile.read(target)
    try Compilation.checkWritable(result.files)
    let written = try BankImages.emit(
      blob: blob, on: target, to: output, options: CodingOptions(coding.profile ?? .size))
    try requireFit(written.die)
    if written.isDealtAnew {
      Terminal.note("kinglet: \(blob) is not dealt to the lanes and banks of \(target.name): these are the banks of \(output)/model.kgl, which is")
    }
    try emit(written, json: result.json)
  }
}
