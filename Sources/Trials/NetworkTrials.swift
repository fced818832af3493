// Direct evaluation of changes that reach into several layers, or move survivors too: each is put
// into a copy of the student, which is run, and taken back. Threads take changes, not samples,
// so that each has programs and weights of its own.
//
// A trial costs what it changes: where layers lie before the first that changes, what they give is run once for
// all trials and kept as long as they stay as they are, and only what follows is run for each. Where there is no
// room to keep it, it is run again for each, cut at the same place, so that room changes no bit.

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
  private let room: Int
  /// The samples that were asked for last, for when trials come some at a time.
  private var inputs: (range: Range<Int>, tensors: [[Tensor]])?
  /// Where the network is cut for the layers that were changed last; nil: nowhere.
  private var cut: (layers: [Layer], place: PrefixCut?)?
  private var prefix: Prefix?

  private static let chunk = 128

  /// What lies before a cut gives, by chunk of samples.
  private struct Prefix {
    let range: Range<Int>
    /// Of the parameters that it depends on.
    let versions: [Int]
    let values: [[Tensor]]
  }

  /// - Parameters:
  ///   - parameters: the student's; read at each evaluation.
  ///   - objective: over these samples.
  ///   - threads: no bit of a result depends on it.
  ///   - room: bytes that may be kept of what comes before the layers that change.
  package init(
    graph: Graph, parameters: ParameterStore, samples: SampleSet, objective: Objective, threads: Int,
    room: Int = 256 << 20
  ) throws(ExecutionError) {
    (self.graph, self.parameters, self.room) = (graph, parameters, room)
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
    let cut = place(of: layers)
    let prefix = try prefix(cut, range, inputs)
    return try copies.map(count) { (trial, copy) throws(ExecutionError) in
      let changes = try change(trial)
      for (layer, change) in zip(layers, changes) { copy.parameters.apply(change, to: layer) }
      defer {
        for (layer, change) in zip(layers, changes) {
          copy.parameters.takeBack(change, of: layer, from: parameters)
        }
      }
      var sum = 0.0
      for (index, chunk) in chunks.enumerated() {
        let outputs = try answers(of: copy, cut, prefix?.values[index], inputs[index])
        objective.add(outputs, samples: chunk, to: &sum)
      }
      return sum / Double(range.count)
    }
  }

  private func answers(of copy: Executor, _ cut: PrefixCut?, _ kept: [Tensor]?, _ inputs: [Tensor])
    throws(ExecutionError) -> [Tensor]
  {
    guard let cut else { return try copy.run(inputs: inputs) }
    let suffix = try copy.cut(from: cut.values, to: graph.lossValues)
    if let kept { return try suffix.run(inputs: kept) }
    return try suffix.run(inputs: try copy.values(cut.values, for: inputs))
  }

  private func tensors(_ chunks: [Range<Int>], of range: Range<Int>) -> [[Tensor]] {
    if let inputs, inputs.range == range { return inputs.tensors }
    let made = chunks.map { samples.tensors($0, of: graph) }
    inputs = (range, made)
    return made
  }

  // MARK: Before the layers

  private func place(of layers: [Layer]) -> PrefixCut? {
    if let cut, cut.layers == layers { return cut.place }
    copies.forgetCuts()
    prefix = nil
    let place = PrefixCut(graph, before: layers)
    cut = (layers, place)
    return place
  }

  /// What lies before the cut gives; nil where there is no cut or no room.
  private func prefix(_ cut: PrefixCut?, _ range: Range<Int>, _ inputs: [[Tensor]])
    throws(ExecutionError) -> Prefix?
  {
    guard let cut else { return nil }
    let elements = cut.values.reduce(0) { $0 + graph[$1].shape.elementCount }
    guard range.count * elements * MemoryLayout<Float>.stride <= room else { return nil }
    let versions = cut.parameters.map { parameters.version($0) }
    if let prefix, prefix.range == range, prefix.versions == versions { return prefix }
    let values = try copies.map(inputs.count) { (index, copy) throws(ExecutionError) in
      try copy.values(cut.values, for: inputs[index])
    }
    let made = Prefix(range: range, versions: versions, values: values)
    prefix = made
    return made
  }
}
