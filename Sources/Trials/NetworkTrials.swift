// Direct evaluation of changes that reach into several layers, or move survivors too: each is put
// into a copy of the student, which is run whole, and taken back. Threads take changes, not samples,
// so that each has programs and weights of its own.

import Execution
import ModelGraph
import Tensors

/// Compares changes of several layers' weights on the same samples.
package final class NetworkTrials {
  private let graph: Graph
  private let samples: SampleSet
  private let objective: Objective
  private let parameters: ParameterStore
  private let copies: NetworkCopies
  /// The samples that were asked for last, for when trials come some at a time.
  private var inputs: (range: Range<Int>, tensors: [[Tensor]])?

  private static let chunk = 128

  /// - Parameters:
  ///   - parameters: the student's; read at each evaluation.
  ///   - objective: over these samples.
  ///   - threads: no bit of a result depends on it.
  package init(
    graph: Graph, parameters: ParameterStore, samples: SampleSet, objective: Objective, threads: Int
  ) throws(ExecutionError) {
    (self.graph, self.parameters) = (graph, parameters)
    (self.samples, self.objective) = (samples, objective)
    copies = try NetworkCopies(graph: graph, to: graph.lossValues, count: threads)
  }

  /// The divergence of each change, the mean over some of the samples.
  ///
  /// - Parameters:
  ///   - count: changes.
  ///   - layers: that are changed.
  ///   - change: makes one, for each of the layers; called once for each on several threads.
  package func divergences(
    of count: Int, layers: [Layer], samples range: Range<Int>,
    change: (Int) throws(ExecutionError) -> [WeightChange]
  ) throws(ExecutionError) -> [Double] {
    let chunks = stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk).map {
      $0..<min($0 + Self.chunk, range.upperBound)
    }
    let inputs = tensors(chunks, of: range)
    copies.renew(from: parameters)
    return try copies.map(count) { (trial, copy) throws(ExecutionError) in
      let changes = try change(trial)
      for (layer, change) in zip(layers, changes) { copy.parameters.apply(change, to: layer) }
      defer {
        for (layer, change) in zip(layers, changes) {
          copy.parameters.takeBack(change, of: layer, from: parameters)
        }
      }
      var sum = 0.0
      for (range, tensors) in zip(chunks, inputs) {
        objective.add(try copy.run(inputs: tensors), samples: range, to: &sum)
      }
      return sum / Double(range.count)
    }
  }
  private func tensors(_ chunks: [Range<Int>], of range: Range<Int>) -> [[Tensor]] {
    if let inputs, inputs.range == range { return inputs.tensors }
    let made = chunks.map { samples.tensors($0, of: graph) }
    inputs = (range, made)
    return made
  }
}
