// Trials by sparse difference (Trials/TrialEvaluator) against the whole layer product for each
// trial: the layer and what follows it by oneDNN through Execution, the layer's inputs at hand. Both
// have the same sets, samples and threads. The whole product shares trials out to the threads, each
// with weights and programs of its own, so that nothing of it runs on one thread alone.

@testable import Evolution
@testable import Execution
import Foundation
@testable import ModelGraph
@testable import Tensors
@testable import Trials

/// A network whose first layer is tried, and how.
struct TrialBenchmark {
  var name: String
  let graph: Graph
  var kind = DivergenceKind.distribution
  let step: Double
  let trials: Int
  /// What the layer reads; random numbers where nil.
  var data: SampleSet?
  /// The kind and sizes that `torch_trials.py` takes; nil where it has no such network.
  var torch: [String]?

  var title: String { "\(name), \(kind.rawValue), step \(Int((100 * step).rounded())) %" }

  static let samples = 1000
  /// Samples that the whole product takes at a time.
  static let batch = 125

  /// Prints the ratio of the two; returns sparse trials a second.
  @discardableResult
  func run(threads: Int = 2, turns: Int = 5) throws -> Double {
    let layer = graph.layers[0]
    let parameters = try ParameterStore(graph)
    let weights = parameters.values(layer.weight)
    let data = data ?? randomSamples()
    let objective = try objective(data)
    let sets = candidates(of: weights.count)
    let tried = LayerSets(count: trials, largest: Int(step * Double(weights.count))) { sets[$0] }
    let evaluators = try [threads, 1].map {
      try TrialEvaluator(
        graph: graph, parameters: parameters, layer: layer, samples: data, objective: objective,
        threads: $0)
    }
    let whole = try WholeTrials(graph: graph, data: data, objective: objective, threads: threads)
    let few = Array(sets.prefix(max(4, trials / 8)))
    var found: [[Double]] = [[], []]
    let seconds = try best(of: turns, [
      { found[0] = try evaluators[0].divergences(of: tried, weights: weights) },
      { _ = try evaluators[1].divergences(of: tried, weights: weights) },
      { found[1] = try whole.divergences(of: few, weights: weights) },
    ])
    let worst = zip(found[0], found[1]).map { abs($0 - $1) / abs($1) }.max() ?? 0
    let (sparse, one) = (Double(trials) / seconds[0], Double(trials) / seconds[1])
    let product = Double(few.count) / seconds[2]
    line(
      title, sparse / product,
      String(
        format: "%.0f against %.0f trials/s; %d threads %.2fx one; differ by %.0e", sparse, product,
        threads, sparse / one, worst))
    return sparse
  }

  /// Prints the ratio of a rate of trials to PyTorch's.
  func compareWithTorch(_ rate: Double) {
    guard let torch else { return }
    let trials = max(4, self.trials / 16)
    let arguments = torch + ["\(step)", "\(trials)", "\(Self.samples)"]
    guard let other = Torch.trialsPerSecond(arguments) else { return }
    line(title, rate / other, String(format: "%.0f against %.0f trials/s", rate, other))
  }

  private func randomSamples() -> SampleSet {
    let shape = graph[graph.inputs[0]].shape
    return SampleSet(
      [.random(count: Self.samples, sampleShape: shape, seed: 3)],
      elementCounts: [shape.elementCount])
  }

  private func objective(_ data: SampleSet) throws -> Objective {
    let executor = try Executor(graph: graph, threads: 2)
    let answers = try executor.run(inputs: data.tensors(0..<data.count, of: graph))
    return Objective(kind: kind, graph: graph, targets: answers.map(\.values), count: data.count)
  }

  private func candidates(of count: Int) -> [[Int]] {
    (0..<trials).map { trial in
      var generator = SeededGenerator(seed: UInt64(trial))
      var chosen = Set<Int>()
      while chosen.count < Int(step * Double(count)) {
        chosen.insert(Int.random(in: 0..<count, using: &generator))
      }
      return chosen.sorted()
    }
  }
}

/// The whole product, trial by trial.
final class WholeTrials {
  private let layer: Layer
  private let objective: Objective
  private let inputs: FloatBuffer
  private let inputWidth: Int
  private let workers: [(store: ParameterStore, program: Program, output: FloatBuffer)]

  init(graph: Graph, data: SampleSet, objective: Objective, threads: Int) throws {
    layer = graph.layers[0]
    self.objective = objective
    let shape = graph[graph.inputs[0]].shape
    inputWidth = shape.elementCount
    inputs = try FloatBuffer(count: data.count * inputWidth)
    inputs.pointer.update(from: Self.plain(data, shape), count: inputs.count)
    let width = graph[graph.outputs[0]].shape.elementCount
    workers = try (0..<threads).map { _ in
      let store = try ParameterStore(graph)
      return (
        store,
        try Program(
          graph: graph, parameters: store, inputs: graph.inputs, outputs: graph.lossValues,
          batch: TrialBenchmark.batch, boundary: .channelsLast),
        try FloatBuffer(count: TrialBenchmark.batch * width)
      )
    }
  }

  /// Images channels last, as convolutions like them.
  private static func plain(_ data: SampleSet, _ shape: [Int]) -> [Float] {
    let values = data.arrays(at: Array(0..<data.count))[0]
    guard shape.count == 3 else { return values }
    let (channels, area, size) = (shape[0], shape[1] * shape[2], shape[0] * shape[1] * shape[2])
    return values.indices.map { index in
      let (sample, element) = index.quotientAndRemainder(dividingBy: size)
      return values[sample * size + element % channels * area + element / channels]
    }
  }

  func divergences(of sets: [[Int]], weights: [Float]) throws -> [Double] {
    var sums = [Double](repeating: 0, count: sets.count)
    try sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      try parallel(workers.count) { number throws(ExecutionError) in
        for trial in stride(from: number, to: sets.count, by: workers.count) {
          sums[trial] = try divergence(sets[trial], weights, worker: number)
        }
      }
    }
    return sums
  }

  private func divergence(_ set: [Int], _ weights: [Float], worker: Int) throws(ExecutionError)
    -> Double
  {
    let (store, program, output) = workers[worker]
    store.update(layer.weight) { for position in set { $0[position] = 0 } }
    defer {
      store.update(layer.weight) { for position in set { $0[position] = weights[position] } }
    }
    var sum = 0.0
    for start in stride(from: 0, to: objective.count, by: program.batch) {
      try program.run(
        inputs: [UnsafePointer(inputs.pointer + start * inputWidth)], outputs: [output.pointer])
      sum += objective.sum(
        output: 0, student: output.pointer, samples: start..<start + program.batch)
    }
    return sum / Double(objective.count)
  }
}
