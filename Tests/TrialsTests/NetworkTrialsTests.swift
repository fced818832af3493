import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// Changes of several layers against whole networks with those weights.
struct NetworkTrialsTests {
  private struct Fixture {
    let graph: Graph
    let samples: SampleSet
    let teacher: [[Float]]
    let sets: [[[Int]]]

    init() throws {
      var net = NetBuilder(seed: 1, biasScale: 0.1)
      var x = try net.convolution(net.input([2, 5, 5]), to: 3, Window(kernel: [3, 3]))
      x = try net.activation(.relu, x)
      x = try net.activation(.relu, try net.head(x, to: 8))
      net.output(try net.dense(x, to: 4), try net.dense(x, to: 2))
      graph = net.graph
      samples = graph.randomSamples(300, seed: 2)
      teacher = try graph.perturbed(seed: 3).answers(to: samples)
      let layers = graph.layers
      sets = (0..<7).map { number in
        layers.map { layer in
          let all = Array(0..<layer.weightCount).shuffled(using: &net.random)
          return number == 0 ? [] : all.prefix(all.count * number / 6).sorted()
        }
      }
    }

    func objective(_ kind: DivergenceKind) -> Objective {
      Objective(kind: kind, graph: graph, targets: teacher, count: samples.count, temperature: 2)
    }

    func trials(_ kind: DivergenceKind, _ store: ParameterStore, layers: [Int], threads: Int)
      throws -> NetworkTrials
    {
      try NetworkTrials(
        graph: graph, parameters: store, layers: layers.map { graph.layers[$0] },
        samples: samples, objective: objective(kind), threads: threads)
    }

    /// The new weights of some layers: zeros at a set's positions, and a little more of the others.
    func change(_ graph: Graph, _ set: [[Int]], _ layers: [Int]) -> [[Float]?] {
      zip(layers, set).map { layer, positions in
        guard !positions.isEmpty else { return nil }
        var values = graph[graph.layers[layer].weight].tensor.values.map { 1.1 * $0 }
        for position in positions { values[position] = 0 }
        return values
      }
    }

    /// A change's divergence by running the whole.
    func expected(
      _ kind: DivergenceKind, _ graph: Graph, _ change: [[Float]?], _ layers: [Int],
      _ range: Range<Int>
    ) throws -> Double {
      var changed = graph
      for (layer, values) in zip(layers, change) {
        guard let values else { continue }
        let id = graph.layers[layer].weight
        changed.setParameter(id, to: Tensor(shape: graph[id].tensor.shape, values: values))
      }
      var sum = 0.0
      for (output, values) in try changed.answers(to: samples).enumerated() {
        let width = values.count / samples.count
        let part = Array(values[range.lowerBound * width..<range.upperBound * width])
        sum += objective(kind).sum(output: output, student: part, samples: range)
      }
      return sum / Double(range.count)
    }
  }

  @Test(arguments: [DivergenceKind.distribution, .squaredError], [0..<300, 0..<1, 100..<257])
  func divergencesAreThoseOfWholeRuns(kind: DivergenceKind, range: Range<Int>) throws {
    let fixture = try Fixture()
    let all = Array(fixture.graph.layers.indices)
    for layers in [all, [0, 2]] {
      let trials = try fixture.trials(
        kind, ParameterStore(fixture.graph), layers: layers, threads: 2)
      let changes = fixture.sets.map { set in
        fixture.change(fixture.graph, layers.map { set[$0] }, layers)
      }
      let found = try trials.divergences(of: changes, samples: range)
      for (change, divergence) in zip(changes, found) {
        let expected = try fixture.expected(kind, fixture.graph, change, layers, range)
        #expect(abs(divergence - expected) <= 1e-5 * expected + 1e-7)
      }
    }
  }

  @Test func threadsAndOrderChangeNoBit() throws {
    let fixture = try Fixture()
    let store = try ParameterStore(fixture.graph)
    let before = fixture.graph.parameters.indices.map { store.values(ParameterID($0)) }
    let changes = fixture.sets.map { fixture.change(fixture.graph, $0, [0, 1, 2, 3]) }
    func found(_ threads: Int, _ sets: [[[Float]?]]) throws -> [Double] {
      try fixture.trials(.distribution, store, layers: [0, 1, 2, 3], threads: threads)
        .divergences(of: sets, samples: 0..<300)
    }
    let one = try found(1, changes)
    #expect(Set(one).count == one.count)
    #expect(try found(2, changes) == one && (try found(3, changes)) == one)
    #expect(try found(2, changes.reversed()) == one.reversed())
    // The student is as it was.
    #expect(fixture.graph.parameters.indices.map { store.values(ParameterID($0)) } == before)
  }

  @Test func presentParametersCount() throws {
    let fixture = try Fixture()
    let store = try ParameterStore(fixture.graph)
    let trials = try fixture.trials(.squaredError, store, layers: [0, 1, 2, 3], threads: 2)
    let layers = [0, 1, 2, 3]
    func found(_ graph: Graph) throws -> [Double] {
      try trials.divergences(
        of: fixture.sets.map { fixture.change(graph, $0, layers) }, samples: 0..<64)
    }
    let first = try found(fixture.graph)
    let other = fixture.graph.perturbed(seed: 9)
    for index in other.parameters.indices {
      store.set(ParameterID(index), to: other[ParameterID(index)].tensor.values)
    }
    let second = try found(other)
    #expect(second != first)
    for (set, divergence) in zip(fixture.sets, second) {
      let expected = try fixture.expected(
        .squaredError, other, fixture.change(other, set, layers), layers, 0..<64)
      #expect(abs(divergence - expected) <= 1e-5 * expected)
    }
  }
}
