// Options of a model beside its file, that several commands share.

import ArgumentParser
import Compiler
import Intake
import ModelGraph
import ModelLoading

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
