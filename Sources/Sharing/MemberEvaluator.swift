// Members are put into copies of the network, which are run whole. Threads take members, not
// samples, each with programs and weights of its own: an accuracy does not depend on who measured
// it.

import Execution
import ModelGraph
import Synchronization

/// Measures the accuracy of many members.
final class MemberEvaluator {
  private let graph: Graph
  private let layers: [Layer]
  private let samples: SharingSamples
  private let workers: [Worker]

  private static let chunk = 256

  private struct Worker {
    let store: ParameterStore
    let executor: Executor
  }

  init(graph: Graph, samples: SharingSamples, threads: Int) throws(ExecutionError) {
    self.graph = graph
    self.samples = samples
    layers = graph.layers
    var workers: [Worker] = []
    for _ in 0..<threads {
      let store = try ParameterStore(graph)
      let executor = try Executor(graph: graph, parameters: store, to: samples.reading.values(of: graph))
      workers.append(Worker(store: store, executor: executor))
    }
    self.workers = workers
  }

  /// The accuracy of each member, 0 ... 1.
  ///
  /// - Parameters:
  ///   - members: for each, the clusters of each layer as they are stored; nil: the weights as they
  ///     came.
  ///   - shouldStop: asked by all threads.
  /// - Returns: nil where it was stopped.
  func accuracies(of members: [[Clustering?]], shouldStop: @Sendable () -> Bool)
    throws(ExecutionError) -> [Double]?
  {
    var found = [Double?](repeating: nil, count: members.count)
    try found.withUnsafeMutableBufferPointer { found throws(ExecutionError) in
      nonisolated(unsafe) let found = found
      let next = Atomic<Int>(0)
      try parallel(min(workers.count, max(members.count, 1))) { number throws(ExecutionError) in
        while !shouldStop() {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < members.count else { return }
          found[index] = try accuracy(of: members[index], workers[number], shouldStop)
        }
      }
    }
    let accuracies = found.compactMap { $0 }
    return accuracies.count == members.count ? accuracies : nil
  }

  private func accuracy(
    of member: [Clustering?], _ worker: Worker, _ shouldStop: @Sendable () -> Bool
  ) throws(ExecutionError) -> Double? {
    for (layer, clustering) in zip(layers, member) {
      let weights = graph[layer.weight].tensor.values
      if let clustering {
        worker.store.update(layer.weight) { clustering.apply(to: weights, into: $0) }
      } else {
        worker.store.set(layer.weight, to: weights)
      }
    }
    var count = AnswerCount(samples.reading)
    for start in stride(from: 0, to: samples.count, by: Self.chunk) {
      if shouldStop() { return nil }
      let range = start..<min(start + Self.chunk, samples.count)
      let outputs = try worker.executor.run(inputs: samples.inputs(range)).map(\.values)
      samples.add(outputs, range, to: &count)
    }
    return count.memberAccuracy
  }
}
