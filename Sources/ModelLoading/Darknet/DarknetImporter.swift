// Darknet keeps a network in two files: a .cfg, text, which says the layers, and a .weights, their numbers.

import Foundation
import ModelGraph

/// Reads Darknet's files.
package enum DarknetImporter {
  /// Whether bytes begin as a configuration does.
  package static func matches(_ bytes: some Collection<UInt8>) -> Bool { DarknetConfiguration.matches(bytes) }

  /// Where the weights of a configuration lie unless they are named: beside it, under its name.
  package static func weightsPath(of path: String) -> String {
    (path as NSString).deletingPathExtension + ".weights"
  }

  /// The network of a configuration's bytes.
  ///
  /// - Parameter axes: where its weights are, and how large its input is.
  static func model(bytes: [UInt8], path: String, axes: ModelAxes) throws(ModelLoadingError) -> LoadedModel {
    let plan = try DarknetPlan(bytes, inputSize: axes.inputSize)
    let place = axes.weights ?? weightsPath(of: path)
    guard axes.weights != nil || FileManager.default.fileExists(atPath: place) else {
      throw .model(
        reason: "a Darknet configuration has no weights in it, and \(place) is not there: put them there, or name "
          + "them with --weights")
    }
    let numbers = try DarknetWeights(path: place)
    guard numbers.count == plan.numberCount else {
      throw .file(
        path: place, reason: "it holds \(numbers.count) numbers, and the layers of \(path) need \(plan.numberCount): "
          + "give the weights that belong to it")
    }
    let builder = try DarknetBuilder(plan, numbers)
    let graph = builder.graph.droppingDeadNodes().droppingUnusedParameters()
    do {
      try graph.verify()
    } catch {
      throw .model(reason: error.sentence)
    }
    return LoadedModel(
      graph: graph, inputNames: graph.inputs.map { graph[$0].name }, outputNames: graph.outputs.map { graph[$0].name },
      opset: nil, producer: "Darknet \(numbers.version)", fixedBatch: nil, batchlessOutputs: [])
  }
}
