// What informed draws go by: a weight's magnitude times the norm of what it is multiplied with
// (Wanda; Sun et al. 2023), and the importance by which tables are fitted, which is the same norm
// squared (SqueezeLLM; Kim et al. 2023).

import Execution
import ModelGraph
import Tensors

/// Second moments of what each layer reads.
public enum InputMoments {
  /// The mean square of each layer's inputs, one number a column of its matrix of filters.
  ///
  /// The taps of one input channel share that channel's mean, so borders count as the middle does.
  /// Columns of a grouped convolution average over the groups.
  ///
  /// - Parameter samples: a few hundred are enough.
  /// - Returns: one array a layer of `graph.layers`, each of `columns` numbers >= 0.
  public static func meanSquares(
    _ graph: Graph, parameters: ParameterStore, samples: SampleSet, threads: Int
  ) throws(ExecutionError) -> [[Float]] {
    let layers = graph.layers
    let inputs = layers.map { graph.nodes[$0.nodeIndex].inputs[0] }
    var sums = inputs.map { [Double](repeating: 0, count: channels(graph[$0].shape)) }
    let executor = try Executor(graph: graph, threads: threads, parameters: parameters)
    let chunk = 64
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      let values = try executor.values(inputs, for: samples.tensors(range, of: graph))
      for (index, tensor) in values.enumerated() { addSquares(tensor, to: &sums[index]) }
    }
    return zip(layers, zip(inputs, sums)).map { layer, input in
      let shape = graph[input.0].shape
      let count = Double(samples.count * shape.elementCount / channels(shape))
      let means = input.1.map { Float($0 / count) }
      return spread(means, over: layer, groups: graph.groups(of: layer))
    }
  }

  /// Channels of an image, or elements of a vector.
  private static func channels(_ shape: [Int]) -> Int {
    shape.count == 3 ? shape[0] : shape.last ?? 1
  }

  private static func addSquares(_ tensor: Tensor, to sums: inout [Double]) {
    let image = tensor.shape.count == 4
    let area = image ? tensor.shape[2] * tensor.shape[3] : 1
    let channels = sums.count
    tensor.values.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        for run in 0..<values.count / area {
          var sum: Float = 0
          for index in run * area..<(run + 1) * area { sum += values[index] * values[index] }
          sums[run % channels] += Double(sum)
        }
      }
    }
  }

  private static func spread(_ channels: [Float], over layer: Layer, groups: Int) -> [Float] {
    guard groups == 1 else {
      return [Float](
        repeating: channels.reduce(0, +) / Float(channels.count), count: layer.columns)
    }
    let taps = layer.columns / channels.count
    return (0..<layer.columns).map { channels[$0 / taps] }
  }
}

extension Graph {
  /// Groups of a layer's convolution; 1 for a dense layer.
  func groups(of layer: Layer) -> Int {
    if case .convolution(let c) = nodes[layer.nodeIndex].operation { return c.groups }
    return 1
  }
}

/// How much each weight matters.
package enum Saliency {
  /// |w| times the root mean square of its input.
  package static func magnitudeTimesInput(weights: [Float], columns: Int, meanSquares: [Float]) -> [Float] {
    let norms = meanSquares.map { $0.squareRoot() }
    return weights.indices.map { abs(weights[$0]) * norms[$0 % columns] }
  }
}
