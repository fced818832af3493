// Direct evaluation of candidate sets that reach into several layers, or whose survivors are moved
// too: each is put into a copy of the student, which is run whole. Threads take candidates, not
// samples, so that each has programs and weights of its own.

import Execution
import ModelGraph
import Tensors

/// Compares changes of several layers' weights on the same samples.
package final class NetworkTrials {
  private let graph: Graph
  private let layers: [Layer]
  private let samples: SampleSet
  private let objective: Objective
  private let parameters: ParameterStore
  private let workers: [Worker]

  private static let chunk = 128

  private struct Worker {
    let store: ParameterStore
    let executor: Executor
  }

  package init(
    graph: Graph, parameters: ParameterStore, layers: [Layer], samples: SampleSet,
    objective: Objective, threads: Int
  ) throws(ExecutionError) {
    self.graph = graph
    self.layers = layers
    self.samples = samples
    self.objective = objective
    self.parameters = parameters
    var workers: [Worker] = []
    for _ in 0..<threads {
      let store = try ParameterStore(graph)
      workers.append(
        Worker(
          store: store,
          executor: try Executor(graph: graph, parameters: store, to: graph.lossValues)))
    }
    self.workers = workers
  }

  /// The divergence of each change, the mean over some of the samples.
  ///
  /// - Parameter changes: for each, the new weights of each layer; nil for those that stay.
  package func divergences(of changes: [[[Float]?]], samples range: Range<Int>)
    throws(ExecutionError) -> [Double]
  {
    let chunks = stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk).map {
      $0..<min($0 + Self.chunk, range.upperBound)
    }
    let inputs = chunks.map { samples.tensors($0, of: graph) }
    var sums = [Double](repeating: 0, count: changes.count)
    try sums.withUnsafeMutableBufferPointer { sums throws(ExecutionError) in
      nonisolated(unsafe) let sums = sums
      try parallel(workers.count) { number throws(ExecutionError) in
        let worker = workers[number]
        for index in graph.parameters.indices {
          worker.store.set(ParameterID(index), to: parameters.values(ParameterID(index)))
        }
        for trial in stride(from: number, to: changes.count, by: workers.count) {
          sums[trial] = try sum(changes[trial], worker, chunks, inputs)
        }
      }
    }
    return sums.map { $0 / Double(range.count) }
  }

  private func sum(
    _ change: [[Float]?], _ worker: Worker, _ chunks: [Range<Int>], _ inputs: [[Tensor]]
  ) throws(ExecutionError) -> Double {
    for (layer, weights) in zip(layers, change) {
      if let weights { worker.store.set(layer.weight, to: weights) }
    }
    defer {
      for (layer, weights) in zip(layers, change) where weights != nil {
        worker.store.set(layer.weight, to: parameters.values(layer.weight))
      }
    }
    var sum = 0.0
    for (range, tensors) in zip(chunks, inputs) {
      for (output, values) in try worker.executor.run(inputs: tensors).enumerated() {
        sum += values.values.withUnsafeBufferPointer { values in
          values.baseAddress.map { objective.sum(output: output, student: $0, samples: range) } ?? 0
        }
      }
    }
    return sum
  }
}
