import ArgumentParser
import Compiler
import Delivery

struct BenchCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Count a blob's instructions on an emulated board, step by step, beside what was estimated.",
    discussion: """
      Builds the firmware of Samples/firmware around the blob and runs it in QEMU. Instructions are the same on every host; they \
      are not cycles.

      EXAMPLES
        kinglet bench net.kgl --board cortex-m4f
        kinglet bench net.kgl --board cortex-m0-large --table-bits 6 --json counts.json
      """)

  @Argument(help: "A blob.")
  var blob: String

  @Option(help: ArgumentHelp("The board: \(BoardBench.boards.joined(separator: ", ")).", valueName: "name"))
  var board = "cortex-m4f"

  @Option(help: ArgumentHelp("Samples, of which the first four are counted (default: one of random numbers).", valueName: "images"))
  var samples: String?

  @Option(
    help: ArgumentHelp(
      "Kinglet's folder, with Samples and Runtime-C (default: the one that the command was built in, or what make install put "
        + "beside it).", valueName: "folder"))
  var sources: String?

  @OptionGroup var tables: TableBitsOption
  @OptionGroup var input: InputOptions

  @OptionGroup var result: ResultOption

  func validate() throws {
    try require(BoardBench.boards.contains(board), "--board takes \(BoardBench.boards.joined(separator: ", ")), not \(board)")
    try require(samples != nil || input.isEmpty, "--input-scale, --input-mean, --input-layout and --fit are for --samples")
  }

  var file: String { blob }

  func run() throws {
    try emit(
      BoardBench.run(
        blob, on: board, samples: samples.map { try input.data($0) }, tableBits: tables.tableBits, sources: sources),
      json: result.json)
  }
}
