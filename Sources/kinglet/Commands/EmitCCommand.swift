import ArgumentParser
import Compiler
import Delivery

struct EmitCCommand: CommandOfFile {
  static let configuration = CommandConfiguration(
    commandName: "emit-c",
    abstract: "Write blobs as C: the bytes, headers with sizes and conversions, the runtime's switches, and a main to start from.",
    discussion: """
      A blob is called model in C unless --name says otherwise: model.h, kinglet_model[], KINGLET_MODEL_ARENA_BYTES. Several \
      are called as their files, and models.h and models_config.h are for all of them: what the largest runs in, and a \
      runtime that runs each.

      EXAMPLES
        kinglet emit-c net.kgl -o firmware/
        kinglet emit-c net.kgl --name wake --classes words.txt -o firmware/
        kinglet emit-c wake.kgl gesture.kgl -o firmware/
        kinglet emit-c net.kgl --for next.kgl larger.kgl -o firmware/
      """)

  @Argument(help: "Blobs.")
  var blobs: [String] = []

  @Option(name: .shortAndLong, help: "The folder to write to; made if missing.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "What a blob is called in C: its files, symbols, macros and guards; of several blobs once for each, in their order.",
      valueName: "name"))
  var name: [String] = []

  @Option(
    name: .customLong("for"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Further blobs that the firmware shall run, now or by an update: its switches and its arena are enough for them too.",
      valueName: "blobs"))
  var others: [String] = []

  @Option(help: ArgumentHelp("The names of the classes, one a line.", valueName: "file"))
  var classes: String?

  @Option(
    help: ArgumentHelp(
      "Also write samples.c with the first samples of this file, as the network takes them.",
      valueName: "images"))
  var samples: String?

  @Option(help: "How many samples.")
  var sampleCount = 4

  @Flag(help: "Write over a main.c that was edited, and over files that emit-c did not write.")
  var force = false

  @Option(help: ArgumentHelp("The processor whose look-up tables and instructions are meant (Samples/targets).", valueName: "profile"))
  var target: String?

  @OptionGroup var tables: TableBitsOption
  @OptionGroup var input: InputOptions
  @OptionGroup var result: ResultOption

  @Flag(name: .shortAndLong, help: "Nothing of RAM on standard error.")
  var quiet = false

  func validate() throws {
    guard (1...1000).contains(sampleCount) else { throw ValidationError("--sample-count takes 1 to 1000") }
    try require(input.fit == nil || samples != nil, "--fit is for photographs among --samples")
    try require(!blobs.isEmpty || !others.isEmpty, "give a blob, or --for with blobs")
  }

  var file: String { blobs.first ?? others.first ?? "" }

  func run() throws {
    try Compilation.checkWritable(result.files)
    var options = CFileOptions()
    (options.names, options.others, options.classes, options.force) = (name, others, classes, force)
    options.transform = try input.data("")
    (options.samples, options.count) = (try samples.map { try input.data($0) }, sampleCount)
    (options.tableBits, options.target) = (tables.tableBits, try target.map { try TargetFile.read($0) })
    let written = try CFiles.emit(blobs: blobs, to: output, options: options)
    if !quiet { for line in written.arenaLines { Terminal.note(line) } }
    for note in written.notes { Terminal.note("kinglet: \(note)") }
    try emit(written, json: result.json)
  }
}
