// Direct evaluation of candidate sets that reach into several layers: each is zeroed in a copy of the
// student, which is run whole. Threads take candidates, not samples, so that each has programs and
// weights of its own.

import Execution
import ModelGraph
import Tensors

/// Compares candidate sets of several layers on the same samples.
final class NetworkTrials {
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

  init(
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

  /// The divergence of each set, the mean over some of the samples.
  ///
  /// - Parameter sets: for each, positions by layer.
  func divergences(of sets: [[[Int]]], samples range: Range<Int>) throws(ExecutionError) -> [Double] {
    let chunks = stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk).map {
      $0..<min($0 + Self.chunk, range.upperBound)
    }
    let inputs = chunks.map { samples.tensors($0, of: graph) }
    var sums = [Double](repeating: 0, count: sets.count)
    try sums.withUnsafeMutableBufferPointer { sums throws(ExecutionError) in
      nonisolated(unsafe) let sums = sums
      try parallel(workers.count) { number throws(ExecutionError) in
        let worker = workers[number]
        for index in graph.parameters.indices {
          worker.store.set(ParameterID(index), to: parameters.values(ParameterID(index)))
        }
        for trial in stride(from: number, to: sets.count, by: workers.count) {
          sums[trial] = try sum(sets[trial], worker, chunks, inputs)
        }
      }
    }
    return sums.map { $0 / Double(range.count) }
  }

  private func sum(_ set: [[Int]], _ worker: Worker, _ chunks: [Range<Int>], _ inputs: [[Tensor]])
    throws(ExecutionError) -> Double
  {
    for (layer, positions) in zip(layers, set) where !positions.isEmpty {
      worker.store.update(layer.weight) { for position in positions { $0[position] = 0 } }
    }
    defer {
      for (layer, positions) in zip(layers, set) where !positions.isEmpty {
        let present = parameters[layer.weight]
        worker.store.update(layer.weight) { for position in positions { $0[position] = present[position] } }
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
