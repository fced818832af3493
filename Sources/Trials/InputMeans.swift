// What the columns of a layer's filters are multiplied with on average, and so by how much a change of
// its weights moves the mean of each of its outputs: sum of change times mean, which the bias can take
// back (Nagel et al., "Data-free quantization through weight equalization and bias correction", 2019).

import Execution
import ModelGraph
import Tensors

/// The means of what one layer reads.
package struct InputMeans: Equatable, Sendable {
  /// [groups][columns], over samples and windows, the zeros of padding among them.
  private let means: [Double]
  private let groups: Int
  private let columns: Int

  /// By how much each row's mean falls where weights become others: what its bias has to gain.
  ///
  /// - Parameters: row-major, [rows, columns].
  package func shifts(from weights: [Float], to changed: [Float]) -> [Double] {
    let rows = weights.count / max(columns, 1)
    return (0..<rows).map { row in
      let first = row * groups / rows * columns
      return (0..<columns).reduce(0.0) { sum, column in
        let index = row * columns + column
        return sum + Double(weights[index] - changed[index]) * means[first + column]
      }
    }
  }

  /// Those of each of `graph.layers`.
  ///
  /// - Complexity: one forward pass over the samples.
  package static func all(_ executor: Executor, samples: SampleSet) throws(ExecutionError) -> [InputMeans] {
    let (graph, layers) = (executor.graph, executor.graph.layers)
    let inputs = layers.map { graph.nodes[$0.nodeIndex].inputs[0] }
    var sums = inputs.map { [Double](repeating: 0, count: graph[$0].shape.elementCount) }
    // Of a layer of several nodes over what all of them read.
    let (owners, all) = (graph.layersOfNodes, layers.flatMap(\.uses).sorted().map { graph.nodes[$0].inputs[0] })
    let cut = try executor.cut(from: executor.inputs, to: all)
    try cut.run(samples, chunk: 64) { range, values in
      for (index, tensor) in values.enumerated() { add(tensor, samples: range.count, to: &sums[owners[index]]) }
    }
    return layers.indices.map { index in
      let plane = sums[index].map { $0 / Double(max(samples.count * layers[index].uses.count, 1)) }
      let output = graph[graph.nodes[layers[index].nodeIndex].output].shape
      return InputMeans(layers[index], plane: plane, shape: graph[inputs[index]].shape, output: output)
    }
  }

  private static func add(_ tensor: Tensor, samples: Int, to sums: inout [Double]) {
    let elements = sums.count
    tensor.values.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        for sample in 0..<samples {
          for element in 0..<elements { sums[element] += Double(values[sample * elements + element]) }
        }
      }
    }
  }

  /// - Parameters:
  ///   - plane: the mean of each element of the layer's input.
  ///   - shape: of the input.
  ///   - output: shape of what the layer gives.
  private init(_ layer: Layer, plane: [Double], shape: [Int], output: [Int]) {
    (groups, columns) = (layer.groups, layer.columns)
    var means = [Double](repeating: 0, count: groups * columns)
    if let window = layer.window {
      let taps = layer.taps
      for index in means.indices {
        means[index] = Self.mean(
          plane, channel: index / taps, tap: index % taps, window, shape: shape, output: output)
      }
    } else if columns > 0 {
      let vectors = max(plane.count / columns, 1)
      for (element, mean) in plane.enumerated() { means[element % columns] += mean / Double(vectors) }
    }
    self.means = means
  }

  /// Of one channel under one tap of the window, over all places of the window.
  private static func mean(
    _ plane: [Double], channel: Int, tap: Int, _ window: Window, shape: [Int], output: [Int]
  ) -> Double {
    let (dy, dx) = tap.quotientAndRemainder(dividingBy: window.kernel[1])
    var sum = 0.0
    for row in 0..<output[1] {
      let y = row * window.strides[0] - window.padBefore[0] + dy * window.dilations[0]
      guard (0..<shape[1]).contains(y) else { continue }
      for column in 0..<output[2] {
        let x = column * window.strides[1] - window.padBefore[1] + dx * window.dilations[1]
        if (0..<shape[2]).contains(x) { sum += plane[(channel * shape[1] + y) * shape[2] + x] }
      }
    }
    return sum / Double(max(output[1] * output[2], 1))
  }
}
