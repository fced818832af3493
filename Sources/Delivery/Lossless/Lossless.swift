// A model of int8 to a blob that gives the very bytes that TensorFlow Lite Micro gives, in fewer bytes: no
// data, no training. Nothing here is chosen by samples; samples check what was proved.

import Blob
import Compiler
import Die
import Edge
import Files
import Foundation
import Intake
import IntegerExecution
import Lowering
import ModelGraph
import ModelLoading
import Planning
import Simplification
import Tensors
import Verification

/// How a model of int8 is written.
public struct LosslessOptions: Equatable, Sendable {
  /// What the blob is to be best at, all layers alike; nil: size.
  public var profile: CodingOptions.Profile?
  /// What it is to be best at, each layer coded for it; nil: all alike, by the profile.
  public var optimization: Optimization?
  /// Instructions of an inference at most, by the target's costs.
  public var maxInstructions: Int?
  public var target: TargetProfile?
  /// Samples that the blob carries with their answers, 1...255; nil: none.
  public var selfTest: Int?
  /// Whether the blob says what its inputs, outputs and layers are called in the model; nil: where that costs under 2 %.
  public var keepsNames: Bool?
  /// Generated samples on which blob and model are held against each other before anything is written.
  public var checks = 20
  public var threads = 1
  public var seed: UInt64 = 1

  public init() {}

  var layers: OptimizationOptions {
    OptimizationOptions(optimization, maxInstructions: maxInstructions, target: target)
  }
}

/// What became of a model of int8.
public struct LosslessReport: Codable, PrintableReport, Sendable {
  public static let reportName = "lossless"

  public struct Layer: Codable, Sendable {
    /// The layer's, as in the model.
    public var name: String
    /// Output channels in the model.
    public var modelRows: Int
    /// Output channels in the blob, without dead units.
    public var rows: Int
    /// Weights in the model, zeros too; without biases.
    public var modelWeights: Int
    /// Weights in the blob, zeros too; without biases.
    public var weights: Int
    /// Levels of its table; nil where weights stand without one.
    public var levels: Int?
    /// Bytes of the blob that are there for this layer alone.
    public var bytes: Int
  }

  /// Bytes of the model's file.
  public var modelBytes: Int
  /// Bytes of the whole blob.
  public var blobBytes: Int
  /// Bytes of these that are there for the self-test; 0: there is none.
  public var selfTestBytes: Int
  /// Bytes of these that names of inputs, outputs and layers take; 0: none are kept.
  public var namesBytes: Int
  /// Model bytes to blob bytes.
  public var ratio: Double
  /// Bytes of RAM that the C runtime asks for.
  public var arenaBytes: Int
  /// What of it activations, a decoder and a filter take, and what look-up tables of other sizes would.
  public var arena: ArenaReport
  /// Bytes of the arena that are kept from one frame to the next; nil: none are.
  public var stateBytes: Int?
  /// What a frame takes beside the window that it is a part of; nil: there is no window.
  public var frame: FrameReport?
  /// What became of each layer, in the network's order.
  public var layers: [Layer]
  /// Generated samples that model and blob answer byte for byte alike; all that were tried.
  public var checkedSamples: Int
  /// The blob on its target; nil without one.
  public var die: DieReport?
  /// What an inference takes by the costs that layers were coded by; nil where all are coded alike.
  public var instructions: InstructionEstimate?
  /// A sentence where an inference takes more than it may.
  public var brokenLimit: String?

  public var text: String {
    let alive = layers.reduce(0) { $0 + $1.rows }
    let rows = layers.reduce(0) { $0 + $1.modelRows }
    let weights = layers.reduce(0) { $0 + $1.weights }
    let modelWeights = layers.reduce(0) { $0 + $1.modelWeights }
    return String(
      format: """
        %d bytes of %d, %.2fx; arena %d bytes%@
        %d of %d channels can change an answer, %d of %d weights are kept as they are
        %d generated %@: every byte equal to the model's
        """, blobBytes, modelBytes, ratio, arenaBytes,
      stateBytes.map { ", \($0) of them state" } ?? "", alive, rows, weights, modelWeights, checkedSamples,
      frame != nil ? "frames behind a full window" : stateBytes == nil ? "samples" : "frames")
      + (frame.map { "\n" + $0.text } ?? "")
      + arena.lines.map { "\n" + $0 }.joined()
      + (instructions.map { "\n" + $0.text } ?? "")
  }
}

public enum Lossless {
  /// Whether a file is a model of int8, whose answers are integers.
  public static func isFor(_ path: String, axes: ModelAxes = [:]) throws(CompilerError) -> Bool {
    guard let kind = FileKind(path: path), kind == .tflite || kind == .onnx else { return false }
    return try opening { () throws(IntakeError) in try Teacher.load(path, axes: axes, mayKeepState: true) }.isOfIntegers
  }

  /// Writes the blob of a model of int8.
  ///
  /// - Throws: ``CompilerError/unfit(reason:)`` where a node has no exact step, by its name;
  ///   ``CompilerError/usage(reason:)`` where options contradict each other.
  public static func encode(
    _ path: String, axes: ModelAxes = [:], to output: String, options: LosslessOptions
  ) throws(CompilerError) -> LosslessReport {
    if let fault = options.layers.fault(hasProfile: options.profile != nil) { throw .usage(reason: fault) }
    if let target = options.target, target.tables != nil {
      throw .usage(
        reason: "\(path) is kept to the last bit, with all its values, and \(target.name) has few levels a layer: compile it "
          + "with --data")
    }
    let model = try opening { () throws(IntakeError) in try Teacher.load(path, axes: axes, mayKeepState: true) }
    let window = try axes.stream.map { (_) throws(CompilerError) in
      try opening { () throws(IntakeError) in try Teacher.load(path, axes: axes.ofWindow) }
    }
    let small = model.exactlyWithoutDeadUnits()
    let made = try CompilerError.naming(path) { () throws(CompilerError) in try written(small, path, axes, options) }
    var bytes = made.bytes
    var answers = try EqualAnswers(blob: bytes, model: model, window: window, threads: options.threads)
    let samples = GeneratedElements(model, seed: options.seed).samples(answers.filling + options.checks)
    let equality = try answers.measure(samples)
    guard equality.differing == 0 else {
      throw CompilerError.unfit(
        reason: "\(equality.differing) of \(equality.elements) answers of the blob differ from the model's: "
          + "nothing is written; this is a fault of kinglet").naming(path)
    }
    if let count = options.selfTest {
      bytes = try withSelfTest(bytes, model, count, options)
    }
    var blob = try decoded(bytes)
    if options.keepsNames == nil {
      blob = try blob.withAffordableNames(BlobNames(of: small, for: made.model), within: nil, on: options.target)
    }
    try OutputFile.write(Data(blob.bytes), to: output)
    var report = try report(path, output, blob, model, small, made.model, options)
    report.frame = window.map { FrameReport(window: $0, frame: model) }
    return report
  }

  /// The blob, its layers coded as the options say.
  private static func written(_ graph: Graph, _ path: String, _ axes: ModelAxes, _ options: LosslessOptions)
    throws(CompilerError) -> (model: BlobModel, bytes: [UInt8])
  {
    let origin = try provenance(path, axes).section
    func way(_ coding: CodingOptions) throws(CompilerError) -> LayerChoice.Way {
      var model = try lowered(graph, coding)
      model.ancillary = [origin] + (options.keepsNames == true ? [BlobNames(of: graph, for: model).section] : [])
      return (model, coding)
    }
    guard let demand = options.layers.demand() else {
      let (model, coding) = try way(CodingOptions(options.profile ?? .size))
      return (model, try bytes(of: model, coding, options.target))
    }
    var ways: [LayerChoice.Way] = []
    for coding in LayerChoice.codings { ways.append(try way(coding)) }
    do {
      let choice = try LayerChoice(among: ways, for: demand)
      return (choice.model, choice.bytes)
    } catch {
      throw .blob(error)
    }
  }

  private static func lowered(_ graph: Graph, _ coding: CodingOptions) throws(CompilerError) -> BlobModel {
    do throws(LoweringError) {
      let weights = try graph.exactWeights(coding)
      let transforms = graph.sampleInputs.map { _ in BlobTransform() }
      return try Lowering.lowerExactly(graph, weights: weights, transforms: transforms).model
    } catch {
      throw .unfit(reason: error.sentence)
    }
  }

  private static func provenance(_ path: String, _ axes: ModelAxes) throws(CompilerError) -> BlobProvenance {
    let teacher = try opening { () throws(IntakeError) in try Fingerprint.model(path, axes: axes) }
    return BlobProvenance(
      toolVersion: ToolVersion.text, teacher: teacher, data: [UInt8](repeating: 0, count: 16))
  }

  private static func bytes(
    of model: BlobModel, _ coding: CodingOptions, _ target: TargetProfile?
  ) throws(CompilerError) -> [UInt8] {
    do {
      guard let target else { return try BlobWriter.bytes(for: model, options: coding) }
      return try Placement.bytes(for: model, on: target, options: coding)
    } catch {
      throw .blob(error)
    }
  }

  private static func withSelfTest(
    _ bytes: [UInt8], _ model: Graph, _ count: Int, _ options: LosslessOptions
  ) throws(CompilerError) -> [UInt8] {
    let samples = GeneratedElements(model, seed: options.seed &+ 1).samples(count)
    let answers = try verifying { () throws(VerificationError) in
      let teacher = try ExactTeacher(model)
      return try model.states.isEmpty
        ? teacher.answers(to: samples, threads: options.threads) : teacher.answers(toFrames: samples)
    }
    let test = BlobSelfTest(
      tolerance: 0,
      samples: zip(samples, answers).map {
        .init(inputs: $0.flatMap(\.bytes), outputs: $1.flatMap(\.bytes))
      })
    do {
      let kept = try BlobReader.read(bytes).ancillary.filter { $0.kind != BlobSelfTest.kind }
      return try BlobWriter.replacing(ancillary: kept + [test.section], in: bytes)
    } catch {
      throw .blob(error)
    }
  }

  private static func report(
    _ path: String, _ output: String, _ blob: DecodedBlob, _ model: Graph, _ small: Graph, _ written: BlobModel,
    _ options: LosslessOptions
  ) throws(CompilerError) -> LosslessReport {
    let (bytes, ledger) = (blob.bytes, BlobLedger(blob))
    let own = bytes.count - ledger.selfTestBytes
    let modelBytes = try opening { () throws(IntakeError) in try BlobFile.read(path) }.count
    let runtime = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(bytes) }
    let arena = try ArenaReport(blob, runtime, on: options.target)
    let layers = zip(zip(model.layers, small.layers), ledger.layers).map { layers, coded in
      return LosslessReport.Layer(
        name: layers.0.name, modelRows: layers.0.rows, rows: layers.1.rows,
        modelWeights: layers.0.weightCount, weights: layers.1.weightCount, levels: written.steps[coded.step].weights?.levels,
        bytes: coded.bytes)
    }
    let instructions = options.layers.estimate(blob)
    return LosslessReport(
      modelBytes: modelBytes, blobBytes: bytes.count, selfTestBytes: ledger.selfTestBytes,
      namesBytes: ledger.namesBytes, ratio: Double(modelBytes) / Double(own), arenaBytes: arena.arenaBytes, arena: arena,
      stateBytes: written.states.isEmpty ? nil : written.stateBytes, layers: layers, checkedSamples: options.checks,
      die: options.target.map {
        DieReport(blob, arenas: { runtime.arena(tableBits: $0) }, on: $0, names: small.layers.map(\.name))
      },
      instructions: instructions,
      brokenLimit: instructions?.broken(options.maxInstructions).map { "\(output) \($0)" })
  }

  private static func decoded(_ bytes: [UInt8]) throws(CompilerError) -> DecodedBlob {
    do { return try DecodedBlob(bytes) } catch { throw .blob(error) }
  }
}
