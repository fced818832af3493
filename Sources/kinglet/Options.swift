// Options that several commands share.

import ArgumentParser
import Blob
import Compiler
import Datasets
import Delivery
import Die
import Evolution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Planning
import Quantization
import Tables
import Trials

/// What a run is told where nothing else is said: the library's own.
let usual = CompileOptions(model: "")

/// Refuses options that are out of bounds, where no run is begun that would.
func requireBounds(_ apply: (inout CompileOptions) -> Void) throws {
  var options = usual
  apply(&options)
  if let fault = options.fault { throw ValidationError(fault) }
}

extension InputTransform.Layout: ExpressibleByArgument {
  public init?(argument: String) {
    switch argument {
    case "nchw", "channels-first": self = .channelsFirst
    case "nhwc", "channels-last": self = .channelsLast
    default: return nil
    }
  }

  public static var allValueStrings: [String] { ["nchw", "nhwc"] }
}
extension ImageFit.Method: ExpressibleByArgument {}
extension EvolutionMethod: ExpressibleByArgument {}
extension DivergenceKind: ExpressibleByArgument {}
extension TablePrecision: ExpressibleByArgument {}
extension ActivationType: ExpressibleByArgument {}
extension RangeSource: ExpressibleByArgument {}
extension CodingOptions.Profile: ExpressibleByArgument {}
extension Optimization: ExpressibleByArgument {}
extension Scope: ExpressibleByArgument {}
extension TaskChoice: ExpressibleByArgument {}
extension LevelChoice: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }

  public var defaultValueDescription: String {
    switch self {
    case .table(let levels): "\(levels)"
    case .float: "float"
    }
  }
}

/// What `--batch` takes: `none`, or how many samples a gradient step is of.
enum BatchArgument: ExpressibleByArgument, CustomStringConvertible {
  case none
  case samples(Int)

  init?(argument: String) {
    if argument == "none" {
      self = .none
    } else if let count = Int(argument) {
      self = .samples(count)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .none: "none"
    case .samples(let count): "\(count)"
    }
  }
}

extension ModelAxes.InputSize: ExpressibleByArgument {
  /// `416` or `416x320`, width first.
  public init?(argument: String) {
    let sizes = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(sizes.count), sizes.allSatisfy((1...65535).contains) else { return nil }
    self.init(width: sizes[0], height: sizes[sizes.count - 1])
  }
}

/// What is said of a model beside its file: sizes of axes, where a configuration's weights are, its input's size.
struct AxisOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Size of an axis that a model leaves free beside the batch, by its name or as INPUT:NUMBER; repeatable.",
      valueName: "name=size"))
  var axis: [String] = []

  @Option(
    help: ArgumentHelp(
      "The weights of a Darknet configuration (default: beside the .cfg, under its name).", valueName: "net.weights"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "The size of a Darknet network's input (default: as its .cfg says).", valueName: "n|widthxheight"))
  var inputSize: ModelAxes.InputSize?

  @Option(
    help: ArgumentHelp(
      "An input that is, frame by frame, what an output of the frame before has left; repeatable; none: no input is "
        + "(default: those of which names and shapes leave no doubt, which is said).", valueName: "in=out"))
  var state: [String] = []

  @Option(
    help: ArgumentHelp("An input that is one number throughout, as a rate of samples; repeatable.", valueName: "input=x"))
  var set: [String] = []

  /// - Parameter haveBatch: whether the first axis of every input counts samples.
  func axes(haveBatch: Bool = true) throws -> ModelAxes {
    ModelAxes(
      try sizes(), haveBatch: haveBatch, weights: weights, inputSize: inputSize, states: try states(),
      numbers: try numbers())
  }

  /// Whether none was given.
  var isEmpty: Bool { axis.isEmpty && weights == nil && inputSize == nil && state.isEmpty && set.isEmpty }

  private func states() throws -> [String: String]? {
    if state.isEmpty { return nil }
    if state == ["none"] { return [:] }
    var states: [String: String] = [:]
    for text in state {
      let (input, output) = try assignment(text, "--state")
      guard states.updateValue(output, forKey: input) == nil else {
        throw ValidationError("--state names input \(input) twice")
      }
    }
    return states
  }

  private func numbers() throws -> [String: Float] {
    var numbers: [String: Float] = [:]
    for text in set {
      let (input, value) = try assignment(text, "--set")
      guard let number = Float(value), number.isFinite else {
        throw ValidationError("--set takes INPUT=NUMBER, not \(text)")
      }
      guard numbers.updateValue(number, forKey: input) == nil else {
        throw ValidationError("--set names input \(input) twice")
      }
    }
    return numbers
  }

  private func sizes() throws -> [String: Int] {
    var axes: [String: Int] = [:]
    for text in axis {
      let (name, value) = try assignment(text, "--axis")
      guard let size = Int(value), (1...1 << 24).contains(size) else {
        throw ValidationError("--axis takes NAME=SIZE with a size from 1 to \(1 << 24), not \(text)")
      }
      axes[name] = size
    }
    return axes
  }
}

/// The same, for commands that do not train.
struct ModelOptions: ParsableArguments {
  @OptionGroup var free: AxisOptions

  @Option(help: ArgumentHelp("none: a model's inputs have no batch axis, each is one sample as it is.", valueName: "none"))
  var batch: BatchArgument?

  /// - Parameter stream: along which axis a model takes its window in parts; nil: it takes it whole.
  func axes(stream: StreamAxis? = nil) throws -> ModelAxes {
    if case .samples(let count)? = batch {
      throw ValidationError("--batch takes none here, for inputs without a batch axis, not \(count)")
    }
    var axes = try free.axes(haveBatch: batch == nil)
    axes.stream = stream
    return axes
  }

  /// Whether none was given.
  var isEmpty: Bool { free.isEmpty && batch == nil }

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) throws { options.take(try axes()) }
}

extension CompileOptions {
  /// Takes over what is said of a model beside its file.
  mutating func take(_ axes: ModelAxes) {
    if !axes.sizes.isEmpty { self.axes = axes.sizes }
    if !axes.haveBatch { isBatchless = true }
    if let weights = axes.weights { self.weights = weights }
    if let size = axes.inputSize { inputSize = size }
    if let states = axes.states { self.states = states }
    if !axes.numbers.isEmpty { numbers = axes.numbers }
  }
}

/// A network that looks at a window, as one that takes a few places of it at a time.
struct StreamOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model that looks at a window takes what is new of it instead, along this axis of its inputs (as the model's "
        + "file counts them, 0 the batch), and keeps what it needs of the rest.", valueName: "axis"))
  var stream: Int?

  @Option(help: ArgumentHelp("Places of that axis that a frame brings (default: 1).", valueName: "n"))
  var hop: Int?

  /// Nil: a model takes its window whole.
  var axis: StreamAxis? { stream.map { StreamAxis(axis: $0, hop: hop ?? 1) } }

  func validate() throws { try Self.check(stream, hop) }

  static func check(_ stream: Int?, _ hop: Int?) throws {
    try require(hop == nil || stream != nil, "--hop says how far a frame moves the window of --stream AXIS: give both")
    try require((0...1 << 24).contains(stream ?? 0), "--stream takes the number of an axis, 0 or more")
    try require((1...1 << 24).contains(hop ?? 1), "--hop takes 1 or more")
  }
}

/// How samples are read.
struct InputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Multiplier of raw numbers, one or one a channel: x = (raw - mean) * scale. IDX, CIFAR and "
        + "images: 1/255 unless told otherwise; WAV of integers: 1 over the largest.", valueName: "x[,x...]"))
  var inputScale: String?

  @Option(help: ArgumentHelp("Subtracted from raw numbers before scaling.", valueName: "x[,x...]"))
  var inputMean: String?

  @Option(help: "Order in which the model takes images: nchw or nhwc.")
  var inputLayout: InputTransform.Layout?

  @Option(
    help: ArgumentHelp(
      "Images of any size, grey or in colours, are brought to the input's: stretch, over all of it, or letterbox, "
        + "their proportions kept and grey beside them (default: they have its size).", valueName: "way"))
  var fit: ImageFit.Method?

  /// Whether none was given.
  var isEmpty: Bool { inputScale == nil && inputMean == nil && inputLayout == nil && fit == nil }

  func data(_ path: String, labels: String? = nil) throws -> DataOptions {
    DataOptions(
      path: path, labels: labels, scale: try numbers(inputScale, "--input-scale"),
      mean: try numbers(inputMean, "--input-mean"), layout: inputLayout, fit: fit)
  }

  private func numbers(_ text: String?, _ option: String) throws -> [Float]? {
    guard let text else { return nil }
    return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let value = Self.number(part) else {
        throw ValidationError("\(option) takes numbers such as 1/255 or 0.5,0.5,0.5, not \(text)")
      }
      return value
    }
  }

  /// `0.5` or `1/255`.
  private static func number(_ text: Substring) -> Float? {
    let factors = text.split(separator: "/", omittingEmptySubsequences: false).map {
      Float(String($0)) ?? .nan
    }
    guard factors.count == 1 || factors.count == 2 else { return nil }
    let value = factors.count == 1 ? factors[0] : factors[0] / factors[1]
    return value.isFinite ? value : nil
  }
}

/// What a network is for, and so what it can lose.
struct TaskOption: ParsableArguments {
  @Option(help: "What the net is for: auto, classify or regress.")
  var task = usual.task

  @Option(
    help: ArgumentHelp(
      "The numbers of the output are answers, each for itself: class 1 above this (default for a sole "
        + "number that classifies: 0.5 if it ends in a sigmoid, else 0).", valueName: "x"))
  var threshold: Float?

  var options: TaskOptions { TaskOptions(task, threshold: threshold) }

  func validate() throws { try requireBounds(apply) }

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) {
    (options.task, options.threshold) = (task, threshold)
  }
}

/// What every command that computes takes.
struct CommonOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Seed of every random choice.", visibility: .hidden))
  var seed = usual.evolution.seed

  @Option(help: ArgumentHelp("Threads; no result depends on how many.", visibility: .hidden))
  var threads = usual.evolution.threads

  @OptionGroup var result: ResultOption

  var json: String? { result.json }

  @Flag(name: .shortAndLong, help: "No progress on standard error.")
  var quiet = false

  @Option(help: ArgumentHelp("How progress is written there: text, or json, an object a line, for programs that drive this one.", visibility: .hidden))
  var progress = ProgressForm.text

  /// What shows progress.
  var observer: ProgressPrinter { ProgressPrinter(quiet: quiet, form: progress) }

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) {
    options.evolution.seed = seed
    options.evolution.threads = threads
  }

  /// Where results go beside the command's own, for a look at whether they can be written.
  var results: [String] { result.files }

  func validate() throws { try requireBounds(apply) }
}

/// `NAME=VALUE`; the name may hold `=` itself.
func assignment(_ text: String, _ option: String) throws -> (name: String, value: String) {
  guard let split = text.lastIndex(of: "="), split != text.startIndex else {
    throw ValidationError("\(option) takes NAME=VALUE, not \(text)")
  }
  return (String(text[..<split]), String(text[text.index(after: split)...]))
}

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

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) {
    if let selfTest { options.selfTest = selfTest }
  }
}

/// The die that a blob is for.
struct DieOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The die: memories, lanes and costs (Samples/targets). Rows are dealt to its lanes, lanes placed in "
        + "its banks; status 1 if it does not fit.", valueName: "profile.json"))
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
