// A student whose layers are stored one after the other, in running order: what each of them reads by
// then, and what the teacher's gives for the same samples.

import Blob
import Execution
import ModelGraph
import Tensors
import Trials

/// Follows a network layer by layer while it is stored.
package final class LayerFollower {
  private let graph: Graph
  private let layers: [Layer]
  private let samples: SampleSet
  private let threads: Int
  private let teacher: ParameterStore
  private let student: ParameterStore
  /// For each layer the teacher's outputs, biases left out, once they were asked for.
  private var outputs: [Int: [Float]] = [:]

  /// Windows that a layer is looked at through, and numbers in all of them, at most.
  private static let windows = 12_288
  private static let numbers = 1 << 24

  /// - Parameter samples: without labels.
  package init(_ graph: Graph, samples: SampleSet, threads: Int) throws(ExecutionError) {
    (self.graph, self.samples, self.threads) = (graph, samples, threads)
    layers = graph.layers
    teacher = try ParameterStore(graph)
    student = try ParameterStore(graph)
  }

  /// Puts every layer back as it came.
  package func begin() {
    for layer in layers {
      for id in [layer.weight, layer.bias].compactMap({ $0 }) { student.set(id, to: graph[id].tensor.values) }
    }
  }

  /// Puts a layer in as it is stored.
  package func store(_ form: BlobWeights, in index: Int) {
    student.set(layers[index].weight, to: form.survivors.dense())
    if let bias = layers[index].bias { student.set(bias, to: form.decodedBiases) }
  }

  /// The layer's inputs in the student beside its outputs in the teacher; nil for convolutions in
  /// groups and layers of several nodes, whose filters see different inputs.
  package func closedForm(of index: Int) throws(ExecutionError) -> ClosedForm? {
    let layer = layers[index]
    guard layer.groups == 1, layer.columns > 0, layer.rows > 0, !layer.isShared else { return nil }
    if outputs[index] == nil { outputs[index] = try teacherOutputs(of: layer) }
    let wanted = outputs[index] ?? []
    let inputs = try windows(of: layer, student)
    return try ClosedForm(inputs: inputs, columns: layer.columns, outputs: wanted, rows: layer.rows)
  }

  private func teacherOutputs(of layer: Layer) throws(ExecutionError) -> [Float] {
    let inputs = try windows(of: layer, teacher)
    let count = inputs.count / layer.columns
    var outputs = [Float](repeating: 0, count: count * layer.rows)
    try multiply(
      inputs, graph[layer.weight].tensor.values, transposingB: true, into: &outputs, rows: count,
      inner: layer.columns, columns: layer.rows)
    return outputs
  }

  private func windows(of layer: Layer, _ parameters: ParameterStore) throws(ExecutionError) -> [Float] {
    try LayerInputs.rows(
      of: layer, in: graph, parameters: parameters, samples: samples,
      count: max(min(Self.windows, Self.numbers / layer.columns), samples.count), threads: threads)
  }
}
