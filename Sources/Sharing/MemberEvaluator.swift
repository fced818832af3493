// Members are put into copies of the network, which are run whole. Threads take members, not
// samples, each with programs and weights of its own: an accuracy does not depend on who measured
// it.

import Execution
import ModelGraph

/// Measures the accuracy of many members.
final class MemberEvaluator {
  private let graph: Graph
  private let layers: [Layer]
  private let samples: SharingSamples
  private let copies: NetworkCopies

  private static let chunk = 256

  init(graph: Graph, samples: SharingSamples, threads: Int) throws(ExecutionError) {
    self.graph = graph
    self.samples = samples
    layers = graph.layers
    copies = try NetworkCopies(graph: graph, to: samples.reading.values(of: graph), count: threads)
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
    let found = try copies.map(members.count) { (index, copy) throws(ExecutionError) in
      shouldStop() ? nil : try accuracy(of: members[index], copy, shouldStop)
    }
    let accuracies = found.compactMap { $0 }
    return accuracies.count == members.count ? accuracies : nil
  }

  private func accuracy(
    of member: [Clustering?], _ copy: Executor, _ shouldStop: @Sendable () -> Bool
  ) throws(ExecutionError) -> Double? {
    for (layer, clustering) in zip(layers, member) {
      let weights = graph[layer.weight].tensor.values
      if let clustering {
        copy.parameters.update(layer.weight) { clustering.apply(to: weights, into: $0) }
      } else {
        copy.parameters.set(layer.weight, to: weights)
      }
    }
    var count = AnswerCount(samples.reading)
    for start in stride(from: 0, to: samples.count, by: Self.chunk) {
      if shouldStop() { return nil }
      let range = start..<min(start + Self.chunk, samples.count)
      let outputs = try copy.run(inputs: samples.inputs(range)).map(\.values)
      samples.add(outputs, range, to: &count)
    }
    return count.memberAccuracy
  }
}
