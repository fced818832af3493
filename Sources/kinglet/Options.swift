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
