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
    let images = layers.map { $0.window != nil }
    let channels = zip(inputs, images).map { input, isImage in
      (isImage ? graph[input].shape.first : graph[input].shape.last) ?? 1
    }
    // Of a layer of several nodes over what all of them read.
    let (owners, all) = (graph.layersOfNodes, layers.flatMap(\.uses).sorted().map { graph.nodes[$0].inputs[0] })
    var sums = channels.map { [Double](repeating: 0, count: $0) }
    let executor = try Executor(
      graph: graph, threads: threads, parameters: parameters, to: all)
    try executor.run(samples, chunk: 64) { _, values in
      for (index, tensor) in values.enumerated() {
        addSquares(tensor, isImage: images[owners[index]], to: &sums[owners[index]])
      }
    }
    return layers.indices.map { index in
      let elements = graph[inputs[index]].shape.elementCount
      let count = Double(samples.count * elements / channels[index] * layers[index].uses.count)
      let means = sums[index].map { Float($0 / count) }
      return spread(means, over: layers[index], groups: layers[index].groups)
    }
  }

  /// - Parameter isImage: channels are the first axis of a sample; else they are the last.
  private static func addSquares(_ tensor: Tensor, isImage: Bool, to sums: inout [Double]) {
    let area = isImage ? tensor.shape[2] * tensor.shape[3] : 1
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
    let perGroup = channels.count / groups
    let taps = layer.columns / perGroup
    return (0..<layer.columns).map { column in
      let sum = (0..<groups).reduce(0) { $0 + channels[$1 * perGroup + column / taps] }
      return sum / Float(groups)
    }
  }
}

/// How much each weight matters.
package enum Saliency {
  /// For each weight the root mean square, over the survivors of its row or of its column, of the
  /// given saliencies, which are 0 where a weight is gone.
  package static func strength(_ saliencies: [Float], columns: Int, byRow: Bool) -> [Float] {
    let groups = byRow ? saliencies.count / max(columns, 1) : columns
    var squares = [Float](repeating: 0, count: groups)
    var counts = squares
    for (index, value) in saliencies.enumerated() where value != 0 {
      let group = byRow ? index / columns : index % columns
      squares[group] += value * value
      counts[group] += 1
    }
    let strengths = zip(squares, counts).map { ($0 / max($1, 1)).squareRoot() }
    return saliencies.indices.map { strengths[byRow ? $0 / columns : $0 % columns] }
  }

  /// For each weight what its whole row, a filter or a unit, still counts for: the root of the sum of squares of the
  /// row's saliencies, which are 0 where a weight is gone, beside that of the layer's rows in the mean. It falls as the
  /// row loses weights, so that one that has few left comes to lose these too.
  package static func rowNorms(_ saliencies: [Float], columns: Int) -> [Float] {
    guard columns > 0 else { return [] }
    let squares = stride(from: 0, to: saliencies.count, by: columns).map { start in
      saliencies[start..<start + columns].reduce(0) { $0 + $1 * $1 }
    }
    let alive = Float(max(squares.count { $0 > 0 }, 1))
    let mean = max(squares.reduce(0, +) / alive, .leastNormalMagnitude)
    let norms = squares.map { ($0 / mean).squareRoot() }
    return saliencies.indices.map { norms[$0 / columns] }
  }

  /// |w| times the root mean square of its input.
  package static func magnitudeTimesInput(weights: [Float], columns: Int, meanSquares: [Float]) -> [Float] {
    let norms = meanSquares.map { $0.squareRoot() }
    return weights.indices.map { abs(weights[$0]) * norms[$0 % columns] }
  }
}
