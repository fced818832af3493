// `kinglet export`: networks as files that other tools read.

import Blob
import Compiler
import Files
import Foundation
import Intake
import Lowering
import ModelGraph
import ModelLoading
import Tensors

/// What `export` wrote.
public struct ExportReport: Codable, PrintableReport, Sendable {
  public var path: String
  public var bytes: Int
  /// Numbers that it holds: weights, biases and whatever else is trained.
  public var parameters: Int
  /// Share of zeros over all weights, 0 to 1.
  public var sparsity: Double
  /// Shapes of one sample.
  public var inputs: [[Int]]
  public var outputs: [[Int]]

  public var text: String {
    "\(path): \(bytes) bytes, \(parameters) parameters in float32, \(sparsity.percent) zeros; "
      + "\(inputs.map { "\($0)" }.joined(separator: ", ")) -> \(outputs.map { "\($0)" }.joined(separator: ", ")), "
      + "behind an axis of samples"
  }
}

public enum NetworkExport {
  /// The student of a run, as far as the run has come, as an ONNX file.
  ///
  /// Units that no answer needs are left out where the run is quantized, as its blob leaves them out.
  ///
  /// - Throws: ``CompilerError`` for what is no checkpoint.
  public static func student(of checkpoint: String, to path: String) throws(CompilerError) -> ExportReport {
    try write(try Compilation.student(of: checkpoint), from: checkpoint, to: path)
  }

  /// A model as an ONNX file: of a model of float32 that another format has.
  ///
  /// - Throws: ``CompilerError``, also for a model of integers, which float32 would not answer like.
  public static func model(_ model: String, axes: ModelAxes = [:], to path: String) throws(CompilerError) -> ExportReport {
    let graph = try opening { () throws(IntakeError) in try Teacher.load(model, axes: axes) }
    guard !graph.isOfIntegers else {
      throw .unfit(reason: "\(model) computes with integers, which a file of float32 would not answer like")
    }
    return try write(graph, from: model, to: path)
  }

  /// The network of a blob as an ONNX file: its levels where weights survived, zeros elsewhere.
  ///
  /// Inputs are as the blob's steps take them: what ``BlobTransform`` says of samples is done before.
  ///
  /// - Throws: ``CompilerError``, also for a blob of integers, and for a step that no operator of ONNX is.
  public static func blob(_ blob: String, to path: String) throws(CompilerError) -> ExportReport {
    let model = try opening { () throws(IntakeError) in try BlobFile.open(blob) }.model
    let graph: Graph
    do { graph = try Raising.graph(of: model) } catch {
      throw .inFile(path: blob, .unfit(reason: error.sentence))
    }
    return try write(graph, from: blob, to: path)
  }

  /// Whether a file is a blob.
  public static func isBlob(_ path: String) -> Bool { FileKind(path: path) == .blob }

  private static func write(_ graph: Graph, from source: String, to path: String) throws(CompilerError) -> ExportReport {
    let data: Data
    do { data = try ONNXExporter.bytes(graph, version: ToolVersion.text) } catch {
      throw .inFile(path: source, .unfit(reason: error.sentence))
    }
    try OutputFile.write(data, to: path)
    let weights = graph.layers.map { graph[$0.weight].tensor }
    let zeros = weights.reduce(0) { $0 + $1.values.count(where: { $0 == 0 }) }
    return ExportReport(
      path: path, bytes: data.count, parameters: graph.parameterCount,
      sparsity: Double(zeros) / Double(max(weights.reduce(0) { $0 + $1.count }, 1)),
      inputs: graph.inputs.map { graph[$0].shape }, outputs: graph.outputs.map { graph[$0].shape })
  }
}
