// What tables do to the answers of a network that is not trained: layers are put into it one by one, or
// all together, and it answers the same inputs as before.

import Blob
import Execution
import ModelGraph
import Tensors
import Trials

/// Answers fixed inputs as a network whose layers are stored, beside what it answers as it came.
package final class UntrainedJudge {
  /// The network as it came.
  package let graph: Graph
  /// Inputs that it answers with numbers.
  package let samples: SampleSet
  /// Means of what each layer reads in it.
  package let means: [InputMeans]
  private let layers: [Layer]
  private let reading: AnswerReading
  /// -1 of numbers among which the least is the answer.
  private let signs: [Float]
  private let parameters: ParameterStore
  private let executor: Executor
  private let answers: [[Float]]
  private let counted: [Int]

  /// - Returns: nil where the network answers none of the inputs with numbers.
  ///
  /// - Parameter counted: places of the samples of which answers are counted; nil: all.
  package init?(
    _ graph: Graph, samples: SampleSet, counted: [Int]? = nil, reading: AnswerReading, threads: Int
  ) throws(ExecutionError) {
    (self.graph, layers) = (graph, graph.layers)
    (self.reading, signs) = reading.listed(of: graph)
    parameters = try ParameterStore(graph)
    executor = try Executor(
      graph: graph, threads: threads, parameters: parameters,
      to: reading == .values ? graph.outputs : graph.lossValues)
    let all = try Self.answers(of: executor, signs, to: samples)
    let kept = (0..<samples.count).filter { sample in
      all.allSatisfy { $0.row(sample, of: samples.count).allSatisfy(\.isFinite) }
    }
    if kept.isEmpty { return nil }
    self.samples = kept.count == samples.count ? samples : samples.subset(at: kept)
    answers = all.map { output in kept.flatMap { output.row($0, of: samples.count) } }
    let wanted = Set(counted ?? kept)
    self.counted = kept.indices.filter { wanted.contains(kept[$0]) }
    means = try InputMeans.all(executor, samples: self.samples)
  }

  /// How far the answers to the first samples are with one layer as it is stored.
  package func error(with stored: BlobWeights, in index: Int, samples count: Int)
    throws(ExecutionError) -> AnswerError
  {
    let layer = layers[index]
    put(stored, in: layer)
    defer { restore(layer) }
    let some = samples.prefix(count)
    return AnswerError(
      teacher: answers.map { Array($0.prefix($0.count / samples.count * some.count)) },
      student: try Self.answers(of: executor, signs, to: some), samples: some.count, reading: reading)
  }

  /// How far the answers are with all layers as they are stored, and what is lost of those that are
  /// counted.
  package func judgement(of stored: [BlobWeights]) throws(ExecutionError) -> (error: AnswerError, loss: AnswerLoss) {
    for (layer, form) in zip(layers, stored) { put(form, in: layer) }
    defer { for layer in layers { restore(layer) } }
    let found = try Self.answers(of: executor, signs, to: samples)
    var count = AnswerCount(reading)
    func those(_ numbers: [Float]) -> [Float] { counted.flatMap { numbers.row($0, of: samples.count) } }
    count.add(teacher: answers.map(those), student: found.map(those), samples: counted.count)
    return (
      AnswerError(teacher: answers, student: found, samples: samples.count, reading: reading), count.loss
    )
  }

  private func put(_ form: BlobWeights, in layer: Layer) {
    parameters.set(layer.weight, to: form.survivors.dense())
    if let bias = layer.bias { parameters.set(bias, to: form.decodedBiases) }
  }

  private func restore(_ layer: Layer) {
    for id in [layer.weight, layer.bias].compactMap({ $0 }) {
      parameters.set(id, to: graph[id].tensor.values)
    }
  }

  private static func answers(of executor: Executor, _ signs: [Float], to samples: SampleSet)
    throws(ExecutionError) -> [[Float]]
  {
    var answers = executor.outputs.map { _ in [Float]() }
    try executor.run(samples, chunk: 64) { _, outputs in
      for (index, output) in outputs.enumerated() {
        answers[index] += signs[index] == 1 ? output.values : output.values.map { signs[index] * $0 }
      }
    }
    return answers
  }
}

extension AnswerReading {
  /// The same with the number of a place read from the list among which the place is looked for, and the
  /// sign of each list; all as numbers where a place is one of several lists.
  fileprivate func listed(of graph: Graph) -> (reading: AnswerReading, signs: [Float]) {
    let values = self == .values ? graph.outputs : graph.lossValues
    var signs = values.map { _ in Float(1) }
    guard case .classes(var rules) = self else { return (self, signs) }
    for (output, value) in values.enumerated() {
      guard case .place = rules[output] else { continue }
      guard case .argMax(let axis, let ofLeast)? = graph.placeFinder(of: graph.outputs[output])?.operation,
        graph[value].shape.elementCount == graph[value].shape[axis]
      else { return (.values, signs) }
      rules[output] = .largest
      if ofLeast { signs[output] = -1 }
    }
    return (.classes(rules), signs)
  }
}

extension Array {
  /// The elements of one of so many samples.
  fileprivate func row(_ sample: Int, of samples: Int) -> ArraySlice<Element> {
    let width = count / samples
    return self[sample * width..<(sample + 1) * width]
  }
}
