import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// The estimated diagonal of the Hessian, up to one factor, against slopes of single samples.
struct CurvatureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let build: @Sendable () throws -> Graph
    var testDescription: String { name }

    static let all = [
      Case(name: "dense") {
        var net = NetBuilder(seed: 1, biasScale: 0.1)
        let x = try net.activation(.tanh, try net.dense(net.input([3]), to: 4))
        net.output(try net.dense(x, to: 3))
        return net.graph
      },
      Case(name: "convolution") {
        var net = NetBuilder(seed: 2, biasScale: 0.1)
        let x = try net.convolution(
          net.input([2, 4, 4]), to: 3, Window(kernel: [2, 2], strides: [2, 2]))
        net.output(try net.head(try net.activation(.tanh, x), to: 4))
        return net.graph
      },
      Case(name: "two rows of classes") {
        var net = NetBuilder(seed: 3, biasScale: 0.1)
        net.output(try net.dense(net.input([2, 5]), to: 3))
        return net.graph
      },
      Case(name: "outputs of two sizes") {
        var net = NetBuilder(seed: 4, biasScale: 0.1)
        let x = net.input([4])
        net.output(try net.dense(x, to: 2), try net.dense(x, to: 6))
        return net.graph
      },
    ]
  }

  struct Objective: Sendable, CustomTestStringConvertible {
    let kind: DivergenceKind
    var temperature: Float = 1
    var isWeighted = false
    var testDescription: String {
      "\(kind.rawValue), temperature \(temperature)\(isWeighted ? ", weighted" : "")"
    }

    static let all = [
      Objective(kind: .squaredError), Objective(kind: .squaredError, isWeighted: true),
      Objective(kind: .distribution), Objective(kind: .distribution, temperature: 3),
      Objective(kind: .distribution, temperature: 2, isWeighted: true),
    ]
  }

  private func weights(_ graph: Graph) -> OutputWeights {
    graph.lossValues.map { value in
      (0..<graph[value].shape.elementCount).map { [2, 0.5, 1, 0][$0 % 4] }
    }
  }

  /// For each layer's weight and each output the slopes of all samples' numbers, by differences.
  private func slopes(_ graph: Graph, _ samples: SampleSet) throws -> [[[[Float]]]] {
    try graph.layers.map { layer in
      try (0..<layer.weightCount).map { position in
        func answers(_ step: Float) throws -> [[Float]] {
          var (tensor, other) = (graph[layer.weight].tensor, graph)
          tensor.values[position] += step
          other.setParameter(layer.weight, to: tensor)
          return try other.answers(to: samples)
        }
        return zip(try answers(0.01), try answers(-0.01)).map { up, down in
          zip(up, down).map { ($0 - $1) / 0.02 }
        }
      }
    }
  }

  /// The Hessian of one sample's divergence, summed over the samples, near the teacher.
  private func exact(_ graph: Graph, _ samples: SampleSet, _ objective: Objective) throws
    -> [[Double]]
  {
    let answers = try graph.answers(to: samples)
    let weights = weights(graph)
    return try slopes(graph, samples).map { layer in
      layer.map { outputs in
        var sum = 0.0
        for (output, slopes) in outputs.enumerated() {
          let shape = graph[graph.lossValues[output]].shape
          let columns = shape.last ?? 1
          let classifies = objective.kind == .distribution
          let terms = classifies ? shape.elementCount / columns : shape.elementCount
          for row in stride(from: 0, to: slopes.count, by: columns) {
            let range = row..<row + columns
            let size = range.map { index in
              objective.isWeighted ? Double(weights[output][index % shape.elementCount]) : 1
            }
            let found = classifies
              ? fisher(answers[output][range], slopes[range], size, objective.temperature)
              : zip(slopes[range], size).reduce(0) { $0 + $1.1 * Double($1.0) * Double($1.0) }
            sum += found / Double(terms)
          }
        }
        return sum
      }
    }
  }

  private func fisher(
    _ logits: ArraySlice<Float>, _ slopes: ArraySlice<Float>, _ weights: [Double],
    _ temperature: Float
  ) -> Double {
    let odds = logits.map { Double(Float.exp($0 / temperature)) }
    let p = odds.map { $0 / odds.reduce(0, +) }
    let slopes = slopes.map(Double.init)
    let mean = zip(p, slopes).reduce(0) { $0 + $1.0 * $1.1 }
    return p.indices.reduce(0) {
      $0 + weights[$1] * p[$1] * (slopes[$1] - mean) * (slopes[$1] - mean)
    }
  }

  @Test(arguments: Case.all, Objective.all)
  func theMeanOfManyEstimatesIsTheDiagonal(example: Case, objective: Objective) throws {
    let graph = try example.build()
    let samples = graph.randomSamples(40, seed: 5)
    let curvature = try Curvature(
      graph: graph, parameters: ParameterStore(graph), kind: objective.kind,
      weights: objective.isWeighted ? weights(graph) : nil, temperature: objective.temperature,
      threads: 1)
    let repeats = 300
    let found = try (0..<repeats).map { number in
      try curvature.diagonal(
        samples: samples, generator: SeededGenerator(seed: 6).fork(UInt64(number))
      ).flatMap { $0.map(Double.init) }
    }
    let exact = try exact(graph, samples, objective).flatMap { $0 }
    #expect(found[0].count == exact.count)
    let means = exact.indices.map { index in
      found.reduce(0) { $0 + $1[index] } / Double(repeats)
    }
    let factor = exact.reduce(0, +) / means.reduce(0, +)
    for (index, mean) in means.enumerated() {
      let squares = found.reduce(0) { $0 + ($1[index] - mean) * ($1[index] - mean) }
      let error = (squares / Double(repeats * repeats)).squareRoot()
      // The factor has an error too, smaller than a single weight's.
      #expect(
        abs(mean * factor - exact[index]) <= 5 * factor * error + 0.02 * exact[index],
        "weight \(index): \(mean * factor) for \(exact[index])")
    }
  }

  @Test func outputsOfNoWeightBendNothing() throws {
    let graph = try Case.all[0].build()
    for kind in [DivergenceKind.squaredError, .distribution] {
      let curvature = try Curvature(
        graph: graph, parameters: ParameterStore(graph), kind: kind, weights: [[0, 0, 0]],
        temperature: 1, threads: 1)
      let found = try curvature.diagonal(
        samples: graph.randomSamples(20, seed: 1), generator: SeededGenerator(seed: 1))
      #expect(found.allSatisfy { $0.allSatisfy { $0 == 0 } })
    }
  }

  @Test func theSameSeedGivesTheSameNumbersOfThePresentParameters() throws {
    let graph = try Case.all[1].build()
    let store = try ParameterStore(graph)
    let curvature = try Curvature(
      graph: graph, parameters: store, kind: .distribution, weights: nil, temperature: 2,
      threads: 2)
    let samples = graph.randomSamples(70, seed: 5)
    func found() throws -> [[Float]] {
      try curvature.diagonal(samples: samples, generator: SeededGenerator(seed: 3))
    }
    let first = try found()
    #expect(try found() == first)
    store.update(graph.layers[1].weight) { weights in
      for index in weights.indices { weights[index] = 0 }
    }
    // Nothing passes to the layer before; what the last reads is as it was.
    let blocked = try found()
    #expect(blocked[0].allSatisfy { $0 == 0 } && blocked[1].allSatisfy { $0 > 0 })
  }
}
