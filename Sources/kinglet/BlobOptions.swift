// Options of tables and of what is written, that several commands share.

import ArgumentParser
import Blob
import Compiler
import Delivery
import Die
import Evolution
import Foundation
import Planning
import Quantization
import Tables

/// How survivors are kept.
struct LevelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Levels of each layer's table, 2 to 256, or float (default: 16, and as many more as --max-loss asks for; "
        + "of a model that is encoded untrained, as many in each layer as its answers need)."))
  var levels: LevelChoice?

  @Option(help: ArgumentHelp("Levels of one layer; repeatable.", valueName: "name=16|float"))
  var layerLevels: [String] = []

  @Option(
    help: ArgumentHelp(
      "What a bit of a code counts against a layer's variance, 0 to 1: the more, the cheaper codes and the "
        + "less exact weights (default: as much as so many levels suggest; 0 without --data).",
      valueName: "x"))
  var lambda: Double?

  @Option(
    help: "Table entries are stored as: \(TablePrecision.allCases.map(\.rawValue).joined(separator: ", ")).")
  var tablePrecision: TablePrecision?

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) throws {
    options.levels = levels
    options.lambda = lambda
    options.tablePrecision = tablePrecision
    for text in layerLevels {
      let (name, value) = try assignment(text, "--layer-levels")
      guard let choice = LevelChoice(value) else {
        throw ValidationError("--layer-levels takes 2 to 256 or float, not \(text)")
      }
      options.layerLevels[name] = choice
    }
  }
}

/// How the stages' last one writes.
struct ProfileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the blob is best at, all layers alike: size; short, words that small tables hold; flat, codes of one "
        + "length (default: size).", valueName: "profile", visibility: .hidden))
  var profile: CodingOptions.Profile?

  @Option(
    help: ArgumentHelp(
      "Each layer coded by what it takes in bytes and in instructions on the target (without one: a Cortex-M4F): "
        + "size, balanced or speed.", valueName: "goal", visibility: .hidden))
  var optimize: Optimization?

  @Option(
    help: ArgumentHelp(
      "With --target: the instructions of an inference at most, by its costs; layers are coded to meet it, with the "
        + "fewest bytes unless --optimize says otherwise.", valueName: "n", visibility: .hidden))
  var maxInstructions: Int?

  @Option(
    help: ArgumentHelp(
      "Values between steps are kept as: float32, or int8, bytes in integer arithmetic alone (default: "
        + "as the checkpoint says; int8 for a model of int8, else float32).", valueName: "type"))
  var activations: ActivationType?

  @Option(
    help: ArgumentHelp(
      "Where int8 activations have their ranges from: file, as a model of int8 says them (its default), or "
        + "samples.", valueName: "source", visibility: .hidden))
  var ranges: RangeSource?

  @Option(
    help: ArgumentHelp(
      "With int8 activations: the largest integer of tables, 1 to 127. 31 is what Helium's 16-bit "
        + "sums like best.", valueName: "integer", visibility: .hidden))
  var tableLimit: Int?

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) {
    if let tableLimit { options.tableLimit = tableLimit }
    (options.profile, options.optimization) = (profile, optimize)
    options.maxInstructions = maxInstructions
    if let activations { options.activations = activations }
    if let ranges { options.ranges = ranges }
  }
}

/// What a blob carries to prove itself.
struct ProofOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Samples, 1 to 255, that the blob carries with their answers, for kgl_self_test on the device: the "
        + "first of the test samples, or of the calibration samples.", valueName: "k"))
  var selfTest: Int?

  @OptionGroup(title: "The blob") var naming: NamesOption

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) {
    if let selfTest { options.selfTest = selfTest }
    naming.apply(to: &options)
  }
}

/// Whether a blob keeps its model's names.
struct NamesOption: ParsableArguments {
  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "Keep what inputs, outputs and layers are called in the model: inspect, emit-c and emit-banks then say it. A name takes a byte "
        + "and its letters (default: where all take under 2 % of the blob, and it fits with them).", visibility: .hidden))
  var names: Bool?

  /// Writes this option over a compilation's.
  func apply(to options: inout CompileOptions) {
    if let names { options.keepsNames = names }
  }
}

/// The die that a blob is for.
struct DieOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The die: memories, lanes and costs, a file or the name of one in Samples/targets, as cortex-m4f. Rows are dealt to its lanes, lanes placed in "
        + "its banks; status 1 if it does not fit.", valueName: "profile"))
  var target: String?

  func profile() throws -> TargetProfile? { try target.map { try TargetFile.read($0) } }
}

/// How large the C runtime's look-up tables are.
struct TableBitsOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Index bits of the C runtime's look-up tables, KGL_HUFFMAN_TABLE_BITS, 0 to 12: RAM against instructions (default: as the "
        + "target says, else 8).", valueName: "n"))
  var tableBits: Int?

  func validate() throws {
    try require((0...12).contains(tableBits ?? 8), "--table-bits takes 0 to 12")
  }
}

/// Status 1 with a sentence if a target was given and does not hold the blob.
func requireFit(_ die: DieReport?) throws {
  if let die, !die.fits { throw FailedCheck(sentence: die.sentence) }
}

/// What plans chosen for a network's layers have to keep to.
struct TableLimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The least divergence in a blob of so many bytes.", valueName: "n"))
  var maxBytes: Int?

  @Option(
    help: ArgumentHelp(
      "The fewest bytes that lose no more on held-back samples: percentage points of accuracy, of agreement "
        + "without labels, of 1 - RMS error where numbers are the answer.",
      valueName: "points"))
  var maxLoss: Double?

  @Option(
    help: ArgumentHelp("The fewest bytes with no more divergence on held-back samples.", valueName: "x"))
  var maxDivergence: Double?

  var limits: Limits? {
    var limits = Limits()
    (limits.bytes, limits.loss, limits.divergence) = (maxBytes, maxLoss, maxDivergence)
    return limits.areSet ? limits : nil
  }
}
