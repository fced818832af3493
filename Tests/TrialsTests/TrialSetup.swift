// What trials are to give: whole networks run without a set's weights, and divergences by their
// definitions.

import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What trials are compared by.
struct ObjectiveCase: Sendable, CustomTestStringConvertible {
  let kind: DivergenceKind
  var isWeighted = false
  var temperature: Float = 1

  var testDescription: String {
    "\(kind.rawValue)\(isWeighted ? ", weighted" : "")\(temperature == 1 ? "" : ", softened")"
  }

  static let all = [
    ObjectiveCase(kind: .distribution), ObjectiveCase(kind: .distribution, isWeighted: true),
    ObjectiveCase(kind: .distribution, temperature: 2.5),
    ObjectiveCase(kind: .distribution, isWeighted: true, temperature: 2.5),
    ObjectiveCase(kind: .squaredError), ObjectiveCase(kind: .squaredError, isWeighted: true),
    ObjectiveCase(kind: .normalizedError), ObjectiveCase(kind: .crossEntropy),
  ]
}

extension LayerSets {
  init(_ sets: [[Int]]) {
    self.init(count: sets.count, largest: sets.map(\.count).max() ?? 0) { sets[$0] }
  }
}

/// A student, what it is compared with, and candidate sets of one of its layers.
struct TrialSetup {
  var graph: Graph
  let layer: Layer
  let samples: SampleSet
  let teacher: [[Float]]
  let labels: [Int]
  let weights: OutputWeights
  let sets: [[Int]]
  /// For each set what whole networks answer without its weights, for each output.
  let answers: [[[Float]]]

  init(_ example: TrialCase, samples count: Int, seed: UInt64) throws {
    var net = NetBuilder(seed: seed, biasScale: 0.1)
    try example.build(&net)
    graph = net.graph
    try graph.verify()
    layer = graph.layers[example.layer]
    samples = graph.randomSamples(count, seed: seed + 100)
    teacher = try graph.perturbed(seed: seed + 200).answers(to: samples)
    let shapes = graph.lossValues.map { net.graph[$0].shape }
    let classes = shapes[0].last ?? 1
    labels = (0..<count * shapes[0].dropLast().elementCount).map { _ in
      Int.random(in: 0..<classes, using: &net.random)
    }
    weights = shapes.map { shape in
      (0..<shape.elementCount).map { _ in Float.random(in: 0...2, using: &net.random) }
    }
    // No weight, one, some, and all.
    let all = Array(0..<layer.weightCount).shuffled(using: &net.random)
    let counts = [0, 1, (all.count + 3) / 4, (all.count + 1) / 2, all.count]
    let (sets, graph, samples, layer) = (counts.map { all.prefix($0).sorted() }, graph, samples, layer)
    self.sets = sets
    answers = try sets.map { try graph.zeroing($0, of: layer).answers(to: samples) }
  }

  func objective(_ of: ObjectiveCase) -> Objective {
    Objective(
      kind: of.kind, graph: graph, targets: teacher, count: samples.count, labels: labels,
      weights: of.isWeighted ? weights : nil, temperature: of.temperature)
  }

  func evaluator(
    _ of: ObjectiveCase, parameters: ParameterStore, threads: Int = 2, cacheLimit: Int = 1 << 28,
    blocksSuffix: Bool = true
  ) throws -> TrialEvaluator {
    try TrialEvaluator(
      graph: graph, parameters: parameters, layer: layer, samples: samples,
      objective: objective(of), threads: threads, cacheLimit: cacheLimit,
      blocksSuffix: blocksSuffix)
  }

  /// The sets' divergences by a new evaluator.
  func divergences(
    _ of: ObjectiveCase, over range: Range<Int>? = nil, threads: Int = 2,
    cacheLimit: Int = 1 << 28, blocksSuffix: Bool = true
  ) throws -> [Double] {
    try evaluator(
      of, parameters: ParameterStore(graph), threads: threads, cacheLimit: cacheLimit,
      blocksSuffix: blocksSuffix
    ).divergences(
      of: LayerSets(sets), weights: graph[layer.weight].tensor.values, samples: range)
  }

  /// What they are by whole runs.
  func expected(_ of: ObjectiveCase, over range: Range<Int>? = nil) -> [Double] {
    let oracle = TrialOracle(self, of)
    return answers.map { oracle.divergence($0, over: range ?? 0..<samples.count) }
  }
}

/// The mean divergence a sample by its definition, in double precision.
private struct TrialOracle {
  let trials: TrialSetup
  let objective: ObjectiveCase
  /// By output and element.
  let weights: [[Double]]

  init(_ trials: TrialSetup, _ objective: ObjectiveCase) {
    (self.trials, self.objective) = (trials, objective)
    weights = trials.teacher.enumerated().map { output, values in
      let width = values.count / trials.samples.count
      if objective.kind == .normalizedError { return Self.precisions(values, width) }
      return objective.isWeighted
        ? trials.weights[output].map(Double.init) : [Double](repeating: 1, count: width)
    }
  }

  /// 1 over each number's variance, or over a thousandth of the mean one where that is more.
  private static func precisions(_ values: [Float], _ width: Int) -> [Double] {
    let columns = (0..<width).map { element in
      stride(from: element, to: values.count, by: width).map { Double(values[$0]) }
    }
    let variances = columns.map { column in
      let mean = column.reduce(0, +) / Double(column.count)
      return column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(column.count)
    }
    let typical = variances.reduce(0, +) / Double(width)
    return variances.map { 1 / max($0, 1e-3 * typical, 1e-12) }
  }

  /// - Parameter answers: for each output.
  func divergence(_ answers: [[Float]], over range: Range<Int>) -> Double {
    var sum = 0.0
    for (output, answers) in answers.enumerated() {
      let shape = trials.graph[trials.graph.lossValues[output]].shape
      for sample in range { sum += self.sum(answers, output: output, shape, sample) }
    }
    return sum / Double(range.count)
  }

  private func sum(_ answers: [Float], output: Int, _ shape: [Int], _ sample: Int) -> Double {
    let (width, columns) = (shape.elementCount, shape.last ?? 1)
    let place = sample * width..<(sample + 1) * width
    let student = answers[place].map(Double.init)
    let teacher = trials.teacher[output][place].map(Double.init)
    switch objective.kind {
    case .squaredError, .normalizedError:
      var sum = 0.0
      for element in 0..<width {
        let difference = student[element] - teacher[element]
        sum += weights[output][element] * difference * difference
      }
      return sum / Double(width)
    case .boxes, .objects: preconditionFailure("no network here has heads")
    case .distribution, .crossEntropy:
      let rows = width / columns
      var sum = 0.0
      for row in 0..<rows {
        let places = row * columns..<(row + 1) * columns
        let log = logSoftmax(Array(student[places]))
        if objective.kind == .crossEntropy {
          sum -= log[trials.labels[sample * rows + row]]
        } else {
          sum += distillation(logSoftmax(Array(teacher[places])), log, weights[output][places])
        }
      }
      return sum / Double(rows)
    }
  }

  private func distillation(_ p: [Double], _ q: [Double], _ weights: ArraySlice<Double>)
    -> Double
  {
    var sum = 0.0
    for ((p, q), weight) in zip(zip(p, q), weights) {
      let excess = objective.isWeighted ? exp(q) - exp(p) : 0
      sum += weight * (exp(p) * (p - q) + excess)
    }
    return sum * Double(objective.temperature) * Double(objective.temperature)
  }

  private func logSoftmax(_ values: [Double]) -> [Double] {
    let softened = values.map { $0 / Double(objective.temperature) }
    let most = softened.max() ?? 0
    let total = log(softened.reduce(0) { $0 + exp($1 - most) })
    return softened.map { $0 - most - total }
  }
}
