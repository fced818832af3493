// `kinglet export`: networks as files that other tools read.

import Blob
import Compiler
import Execution
import Files
import Foundation
import Intake
import IntegerExecution
import Lowering
import ModelGraph
import ModelLoading
import Tensors
import Verification

/// What `export` wrote.
public struct ExportReport: Codable, PrintableReport, Sendable {
  public static let reportName = "export"

  /// Path of the file that was written.
  public var path: String
  /// Its bytes.
  public var bytes: Int
  /// Numbers that it holds: weights, biases and whatever else is trained.
  public var parameters: Int
  /// Share of zeros over all weights, 0 to 1.
  public var sparsity: Double
  /// Shape of each input, of one sample.
  public var inputs: [[Int]]
  /// Shape of each output, of one sample.
  public var outputs: [[Int]]
  /// What parameters are stored as: `float32` or `int8`.
  public var elements: String
  /// Of a blob of integers: share of answers to generated samples that are the blob's, 0 to 1; else nil.
  public var equal: Double?
  /// By how many units the others are off at most; nil where nothing was compared.
  public var farthest: Int?
  /// How many samples were compared; nil: none.
  public var comparedSamples: Int?

  public var text: String {
    let off = farthest.map { $0 > 0 ? ", the others off by \($0) at most" : "" } ?? ""
    let figure = equal.flatMap { equal in
      comparedSamples.map { "\non \($0) generated samples \(equal.percent) of the file's answers are the blob's\(off)" }
    }
    return "\(path): \(bytes) bytes, \(parameters) parameters in \(elements), \(sparsity.percent) zeros; "
      + "\(inputs.map { "\($0)" }.joined(separator: ", ")) -> \(outputs.map { "\($0)" }.joined(separator: ", ")), "
      + "behind an axis of samples" + (figure ?? "")
  }
}

/// What a network is written as.
public enum ExportForm: Sendable {
  /// ONNX in float32; what a quantized file rounds is rounded.
  case onnx
  /// ONNX in integers between QuantizeLinear and DequantizeLinear.
  case quantizedONNX
  /// TensorFlow Lite in int8.
  case tflite

  /// By the ending of a file's name; nil: it is another.
  ///
  /// - Parameter quantized: whether integers are asked for.
  public init?(path: String, quantized: Bool) {
    if path.lowercased().hasSuffix(".onnx") {
      self = quantized ? .quantizedONNX : .onnx
    } else if path.lowercased().hasSuffix(".tflite") {
      self = .tflite
    } else {
      return nil
    }
  }
}

public enum NetworkExport {
  /// The student of a run: in float32 as far as the run has come, in integers as the blob that it would be encoded to.
  ///
  /// Units that no answer needs are left out where the run is quantized, as its blob leaves them out. Integers are
  /// calibrated on the run's samples; nothing of the run changes.
  ///
  /// - Throws: ``CompilerError``, also for what is no checkpoint.
  public static func student(
    of checkpoint: String, to path: String, as form: ExportForm = .onnx, observer: any CompilationObserver
  ) throws(CompilerError) -> ExportReport {
    guard form != .onnx else { return try write(try Compilation.student(of: checkpoint), from: checkpoint, to: path, as: form) }
    let blob = try Compilation.integerBlob(of: checkpoint, observer: observer)
    return try write(blob, from: checkpoint, to: path, as: form)
  }

  /// A model, as another format has it.
  public static func model(
    _ model: String, axes: ModelAxes = [:], to path: String, as form: ExportForm = .onnx
  ) throws(CompilerError) -> ExportReport {
    let graph = try opening { () throws(IntakeError) in try Teacher.load(model, axes: axes) }
    return try write(graph, from: model, to: path, as: form)
  }

  /// The network of a blob: its levels where weights survived, zeros elsewhere.
  ///
  /// Inputs are as the blob's steps take them: what ``BlobTransform`` says of samples is done before.
  ///
  /// - Throws: ``CompilerError``, also for a step that no operator of the format is.
  public static func blob(
    _ blob: String, to path: String, as form: ExportForm = .onnx
  ) throws(CompilerError) -> ExportReport {
    try write(try opening { () throws(IntakeError) in try BlobFile.open(blob) }, from: blob, to: path, as: form)
  }

  private static func write(
    _ decoded: DecodedBlob, from source: String, to path: String, as form: ExportForm
  ) throws(CompilerError) -> ExportReport {
    let graph: Graph
    do { graph = try Raising.graph(of: decoded.model) } catch {
      throw .inFile(path: source, .unfit(reason: error.sentence))
    }
    guard graph.states.isEmpty else {
      throw .inFile(
        path: source, .unfit(reason: "it keeps state from one frame to the next, and networks that keep none are exported"))
    }
    guard graph.isOfIntegers else { return try write(graph, from: source, to: path, as: form) }
    try check(graph, from: source, as: form)
    let equality = try equality(of: graph, as: form, with: decoded, source)
    var report = try write(graph, from: source, to: path, as: form)
    (report.equal, report.farthest, report.comparedSamples) = (equality.share, equality.farthest, equality.samples)
    return report
  }

  /// Holds what will be written against the blob, element for element, on generated samples.
  ///
  /// - Throws: ``CompilerError`` where an exact blob's own file would answer otherwise.
  private static func equality(
    of graph: Graph, as form: ExportForm, with decoded: DecodedBlob, _ source: String
  ) throws(CompilerError) -> Equality {
    let samples = GeneratedElements(graph, seed: 1).samples(16)
    let exact = try EqualAnswers.measure(blob: decoded.bytes, model: graph, samples: samples, threads: 1)
    let isOwn = decoded.model.steps.contains { if case .integer(let step) = $0 { step.isOwn } else { false } }
    guard isOwn || exact.differing == 0 else {
      throw CompilerError.unfit(
        reason: "\(exact.differing) of \(exact.elements) answers of its network differ from its own: nothing is "
          + "written; this is a fault of kinglet").naming(source)
    }
    guard form == .quantizedONNX else { return exact }
    return try EqualAnswers.measure(
      blob: decoded.bytes, model: graph, samples: samples, wanted: rounded(graph, samples), threads: 1)
  }

  /// What the graph answers where it is one of floats that rounds.
  private static func rounded(_ graph: Graph, _ samples: [[IntegerElements]]) throws(CompilerError) -> [[IntegerElements]] {
    do throws(ExecutionError) {
      let executor = try Executor(graph: graph.rounding, threads: 1)
      var answers: [[IntegerElements]] = []
      for sample in samples {
        let inputs = zip(graph.inputs, sample).map { input, elements in
          Tensor(shape: [1] + graph[input].shape, values: elements.numbers(in: graph[input]))
        }
        let outputs = try executor.run(inputs: inputs)
        answers.append(zip(graph.outputs, outputs).map { IntegerElements(of: $1.values, in: graph[$0]) })
      }
      return answers
    } catch {
      throw .execution(error)
    }
  }

  /// Whether a file is a blob.
  public static func isBlob(_ path: String) -> Bool { FileKind(path: path) == .blob }

  private static func write(
    _ graph: Graph, from source: String, to path: String, as form: ExportForm
  ) throws(CompilerError) -> ExportReport {
    try check(graph, from: source, as: form)
    let data: Data
    do throws(ModelWritingError) {
      switch form {
      case .onnx: data = try ONNXExporter.bytes(graph, version: ToolVersion.text)
      case .quantizedONNX: data = try ONNXExporter.bytes(graph.rounding, version: ToolVersion.text)
      case .tflite: data = try TFLiteExporter.bytes(graph, version: ToolVersion.text)
      }
    } catch {
      throw .inFile(path: source, .unfit(reason: error.sentence))
    }
    try OutputFile.write(data, to: path)
    let weights = graph.layers.map { graph[$0.weight].tensor }
    let zeros = weights.reduce(0) { $0 + $1.values.count(where: { $0 == 0 }) }
    return ExportReport(
      path: path, bytes: data.count, parameters: graph.parameterCount,
      sparsity: Double(zeros) / Double(max(weights.reduce(0) { $0 + $1.count }, 1)),
      inputs: graph.inputs.map { graph[$0].shape }, outputs: graph.outputs.map { graph[$0].shape },
      elements: graph.isOfIntegers ? "int8" : "float32")
  }

  /// Whether the numbers of a network are those of a form.
  private static func check(_ graph: Graph, from source: String, as form: ExportForm) throws(CompilerError) {
    switch (form, graph.isOfIntegers) {
    case (.onnx, false), (.quantizedONNX, true), (.tflite, true): return
    case (.onnx, true):
      throw .unfit(
        reason: "\(source) computes with integers, which a file of float32 would not answer like: add --quantized")
    case (.quantizedONNX, false):
      throw .unfit(
        reason: "\(source) computes with float32, and --quantized is of integers: leave it out, or encode the network "
          + "with --activations int8 and export the blob")
    case (.tflite, false):
      throw .unfit(
        reason: "\(source) computes with float32, and .tflite files are written of int8: export it to .onnx, or encode "
          + "the network with --activations int8 and export the blob")
    }
  }
}
