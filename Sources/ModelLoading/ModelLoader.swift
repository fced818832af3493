// The module's front door: a path in, a graph out. Foreign formats stop behind it.

import ModelGraph
import Tensors

/// A model as its file gives it.
public struct LoadedModel: Sendable {
  /// The network; verified.
  public internal(set) var graph: Graph
  /// Names of `graph.inputs`, in that order. An input of the file that no output needs is left out.
  public let inputNames: [String]
  /// Names of `graph.outputs`, in that order.
  public let outputNames: [String]
  /// Version of ONNX's operator set that the file asks for; nil for a file of another format.
  public let opset: Int?
  /// The program that wrote the file, as it calls itself; may be empty.
  public let producer: String
  /// The batch size that the file fixes; nil where it leaves the batch free. The graph does not
  /// depend on it.
  public let fixedBatch: Int?
  /// Places in `graph.outputs` of those that have no batch axis in the file, which then fixes the
  /// batch at 1.
  public let batchlessOutputs: Set<Int>
  /// Why a quantized file became a graph of floats, in words; nil where it did not.
  public var whyFloats: String?
}

/// Loads models from files.
public enum ModelLoader {
  /// The network in a file, ONNX, .tflite or Darknet's .cfg, which its content tells.
  ///
  /// - Parameters:
  ///   - path: a model of at most 2 GiB; external data is read from its folder only.
  ///   - fixing: inputs of the file, by name, that become constants of the network, their batch
  ///     axis included. Numbers for an input that the file declares as integer must be whole.
  ///   - axes: sizes of axes that the file leaves free, whether the first counts samples, where the weights
  ///     of a configuration are and how large its input is; along which axis a window is to be given in parts.
  /// - Throws: ``ModelLoadingError``; no bytes of a file make it crash.
  /// - Complexity: time and memory in proportion to the file.
  /// - SeeAlso: Formats/Imports.md
  public static func load(
    path: String, fixing: [String: Tensor] = [:], axes: ModelAxes = [:]
  ) throws(ModelLoadingError) -> LoadedModel {
    var plain = axes.ofWindow
    plain.frames = nil
    var model = try window(path: path, fixing: fixing, axes: plain)
    if let frames = axes.frames {
      do { model.graph = try model.graph.windowed(frames: frames) } catch { throw .stream(error) }
    }
    if let stream = axes.stream { model.graph = try model.graph.streaming(along: stream, haveBatch: axes.haveBatch).graph }
    return model
  }

  /// The network as its file has it.
  private static func window(path: String, fixing: [String: Tensor], axes: ModelAxes)
    throws(ModelLoadingError) -> LoadedModel
  {
    let bytes = try ModelFile.bytes(path: path)
    if DarknetImporter.matches(bytes) {
      guard fixing.isEmpty, axes.sizes.isEmpty, axes.haveBatch else {
        throw .model(
          reason: "all sizes of a Darknet model are fixed, and one call is one sample: there is no axis to give")
      }
      guard axes.states == nil, axes.numbers.isEmpty else {
        throw .model(reason: "a Darknet model has one input, an image: leave out --state and --set")
      }
      return try DarknetImporter.model(bytes: bytes, path: path, axes: axes)
    }
    for (option, isGiven) in [("--weights", axes.weights != nil), ("--input-size", axes.inputSize != nil)] where isGiven {
      throw .model(reason: "\(option) is for a Darknet configuration (.cfg), and this file is none")
    }
    if TFLiteImporter.matches(bytes) {
      guard axes.haveBatch else {
        throw .model(reason: "--batch none is for ONNX models; of a TensorFlow Lite model one call is one sample")
      }
      guard fixing.isEmpty, axes.sizes.isEmpty else {
        throw .model(reason: "all sizes of a TensorFlow Lite model are fixed, so there is no axis to give")
      }
      return try TFLiteImporter.model(bytes: bytes, axes: axes)
    }
    return try ONNXImporter.model(
      bytes: bytes, folder: ModelFolder(ofModel: path),
      fixing: ONNXFixings(inputs: fixing, axes: axes))
  }

  /// What a configuration says where its weights are not beside it and not named; nil for every other model.
  ///
  /// - Throws: ``ModelLoadingError`` for a configuration that cannot be read.
  public static func outline(path: String, inputSize: ModelAxes.InputSize? = nil) throws(ModelLoadingError)
    -> ModelOutline?
  {
    let bytes = try ModelFile.bytes(path: path)
    let weights = DarknetImporter.weightsPath(of: path)
    guard DarknetImporter.matches(bytes), ModelFile.resolved(weights) == nil else { return nil }
    return ModelOutline(try DarknetPlan(bytes, inputSize: inputSize), missing: weights)
  }

  /// The files that a model is in: its own, then those of its weights' external data in the order of
  /// their names, or a configuration's weights.
  ///
  /// - Parameter weights: where a configuration's are; nil: beside it.
  /// - Throws: ``ModelLoadingError`` for what is no model.
  public static func files(of path: String, weights: String? = nil) throws(ModelLoadingError) -> [String] {
    let bytes = try ModelFile.bytes(path: path)
    if DarknetImporter.matches(bytes) { return [path, weights ?? DarknetImporter.weightsPath(of: path)] }
    if TFLiteImporter.matches(bytes) { return [path] }
    let names = try ONNXImporter.externalFiles(bytes: bytes)
    guard !names.isEmpty, let folder = ModelFolder(ofModel: path) else { return [path] }
    return [path] + names.map { folder.path + "/" + $0 }
  }
}

extension Graph {
  /// The network, given a few places of an axis at a time that the file counts; with what each of its values is in
  /// this one.
  ///
  /// - Throws: ``ModelLoadingError/stream(_:)`` with the node that stands in the way.
  package func streaming(along stream: StreamAxis, haveBatch: Bool = true)
    throws(ModelLoadingError) -> (graph: Graph, origins: [ValueID])
  {
    do {
      return try streaming(along: stream.axis - (haveBatch ? 1 : 0), hop: stream.hop)
    } catch .noAxis(_, let input, let shape) {
      throw .stream(.noAxis(axis: stream.axis, input: input, shape: shape))
    } catch {
      throw .stream(error)
    }
  }
}
