// Options that several commands share.

import ArgumentParser
import Compiler
import Datasets
import Evolution
import Foundation
import Quantization

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
extension EvolutionMethod: ExpressibleByArgument {}
extension DivergenceKind: ExpressibleByArgument {}
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
        + "images: 1/255 unless told otherwise.", valueName: "x[,x...]"))
  var inputScale: String?

  @Option(help: ArgumentHelp("Subtracted from raw numbers before scaling.", valueName: "x[,x...]"))
  var inputMean: String?

  @Option(help: "Order in which the model takes images: nchw or nhwc.")
  var inputLayout: InputTransform.Layout?

  func data(_ path: String, labels: String? = nil) throws -> DataOptions {
    DataOptions(
      path: path, labels: labels, scale: try numbers(inputScale, "--input-scale"),
      mean: try numbers(inputMean, "--input-mean"), layout: inputLayout)
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

/// What every command that computes takes.
struct CommonOptions: ParsableArguments {
  @Option(help: "Seed of every random choice.")
  var seed: UInt64 = 1

  @Option(help: "Threads; part of what makes a run repeatable.")
  var threads = 2

  @Option(help: ArgumentHelp("Write the result as JSON to this file.", valueName: "file"))
  var json: String?

  @Flag(name: .shortAndLong, help: "No progress on standard error.")
  var quiet = false

  /// Where results go beside the command's own, for a look at whether they can be written.
  var results: [String] { json.map { [$0] } ?? [] }

  func validate() throws {
    guard (1...256).contains(threads) else { throw ValidationError("--threads takes 1 to 256") }
  }
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
  @Option(help: "Levels of each layer's table, 2 to 256, or float.")
  var levels = LevelChoice.table(16)

  @Option(help: ArgumentHelp("Levels of one layer; repeatable.", valueName: "name=16|float"))
  var layerLevels: [String] = []

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions) throws {
    options.levels = levels
    for text in layerLevels {
      let (name, value) = try assignment(text, "--layer-levels")
      guard let choice = LevelChoice(value) else {
        throw ValidationError("--layer-levels takes 2 to 256 or float, not \(text)")
      }
      options.layerLevels[name] = choice
    }
  }
}

/// Options of the search for a sparse student and its tables.
struct StudentOptions: ParsableArguments {
  @Option(help: "How candidate sets are made: informed, literal or magnitude.")
  var method = EvolutionMethod.informed

  @Option(
    help: ArgumentHelp(
      "Share of zeros over all weights, dealt out to the layers (default 0.9; with --layer-sparsity "
        + "alone, only the layers it names). 0 keeps the zeros it finds.", valueName: "share"))
  var sparsity: Double?

  @Option(help: ArgumentHelp("Share of zeros of one layer; repeatable.", valueName: "name=share"))
  var layerSparsity: [String] = []

  @Option(help: "How table levels are placed: \(TableMethod.allCases.map(\.rawValue).joined(separator: ", ")).")
  var tables: String = TableMethod.kMeans.rawValue

  @Flag(help: "Round to table levels at random, by distance (the paper's), instead of to the nearest.")
  var stochastic = false

  @Option(help: "Gradient steps that train table entries and biases.")
  var tableSteps = 300

  @Option(help: "What answers are compared by: kl or mse (default: kl for classifiers).")
  var divergence: DivergenceKind?

  @Option(help: "What the net is for: auto, classify or regress.")
  var task = TaskChoice.auto

  @Option(help: "Share zeroed a cycle, of the sparsest layer (default 0.1; literal 0.05).")
  var step: Double?

  @Option(help: "Candidate sets a layer and cycle (default 16; literal 120).")
  var trials: Int?

  @Option(help: "Held-back samples on which trials are compared (default 512; literal 1000).")
  var trialSamples: Int?

  @Option(help: "Gradient steps after each cycle.")
  var stepsPerCycle = 40

  @Option(help: "Gradient steps after the last cycle.")
  var finalSteps = 800

  @Option(help: "Samples a gradient step.")
  var batch = 256

  @Option(help: "Learning rate of the survivors.")
  var learningRate: Float = 1e-3

  @Option(help: "Share of the data held back for choices.")
  var heldBack = 0.1

  @Option(help: ArgumentHelp("Wall-clock limit of the whole; the cycles taken are recorded.", valueName: "s"))
  var maxSeconds: Double?

  @Option(help: ArgumentHelp("Take the same cycles as a run bounded by time did: its JSON.", valueName: "file"))
  var replay: String?

  func validate() throws {
    try require(sparsity.map { (0..<1).contains($0) } ?? true, "--sparsity takes 0 up to, not with, 1")
    try require(step.map { $0 > 0 && $0 < 1 } ?? true, "--step takes a share between 0 and 1")
    try require(heldBack >= 0 && heldBack < 1, "--held-back takes 0 up to, not with, 1")
    try require(learningRate > 0 && learningRate.isFinite, "--learning-rate takes a number above 0")
    try require((1...65536).contains(batch), "--batch takes 1 to 65536")
    try require(maxSeconds.map { $0 > 0 } ?? true, "--max-seconds takes a number above 0")
    for (name, value) in [
      ("--table-steps", tableSteps), ("--steps-per-cycle", stepsPerCycle),
      ("--final-steps", finalSteps),
    ] {
      try require((0...10_000_000).contains(value), "\(name) takes a whole number, 0 or more")
    }
    try require((0...10_000).contains(trials ?? 1), "--trials takes 0 to 10000")
    try require(
      (1...10_000_000).contains(trialSamples ?? 1), "--trial-samples takes a whole number above 0")
    try require(TableMethod(rawValue: tables) != nil, "--tables does not know \(tables)")
  }

  private func require(_ holds: Bool, _ message: String) throws {
    if !holds { throw ValidationError(message) }
  }

  /// Writes these options over a compilation's.
  func apply(to options: inout CompileOptions, common: CommonOptions) throws {
    options.layerSparsity = try shares()
    options.sparsity = sparsity ?? (layerSparsity.isEmpty ? 0.9 : nil)
    options.tableMethod = TableMethod(rawValue: tables) ?? .kMeans
    options.rounding = stochastic ? .stochastic(seed: common.seed) : .nearest
    options.tableSteps = tableSteps
    options.task = task
    options.heldBack = heldBack
    options.maxSeconds = maxSeconds
    options.divergence = divergence
    options.evolution.method = method
    let literal = method == .literal
    options.evolution.step = step ?? (literal ? 0.05 : 0.1)
    options.evolution.trials = trials ?? (literal ? 120 : 16)
    options.evolution.trialSamples = trialSamples ?? (literal ? 1000 : 512)
    options.evolution.stepsPerCycle = stepsPerCycle
    options.evolution.finalSteps = finalSteps
    options.evolution.batch = batch
    options.evolution.learningRate = learningRate
    options.evolution.seed = common.seed
    options.evolution.threads = common.threads
    if let replay { options.evolution.schedule = try CompileReport.schedule(from: replay) }
  }

  private func shares() throws -> [String: Double] {
    var shares: [String: Double] = [:]
    for text in layerSparsity {
      let (name, value) = try assignment(text, "--layer-sparsity")
      guard let share = Double(value), (0..<1).contains(share) else {
        throw ValidationError("--layer-sparsity takes a share from 0 up to, not with, 1, not \(text)")
      }
      shares[name] = share
    }
    return shares
  }
}
