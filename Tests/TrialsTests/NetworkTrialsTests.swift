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

    func trials(
      _ kind: DivergenceKind, _ store: ParameterStore, threads: Int, room: Int = 1 << 20
    ) throws -> NetworkTrials {
      try NetworkTrials(
        graph: graph, parameters: store, samples: samples, objective: objective(kind),
        threads: threads, room: room)
    }

    /// What becomes of some layers, every other set's: zeros at the set's positions, or those and a
    /// little more of the others.
    func changes(_ graph: Graph, _ set: Int, _ layers: [Int]) -> [WeightChange] {
      layers.map { layer in
        let positions = sets[set][layer]
        guard set % 2 == 1 else { return .zeroing(positions) }
        var values = weights(graph, layer).map { 1.1 * $0 }
        for position in positions { values[position] = 0 }
        return .replacing(values)
      }
    }

    func weights(_ graph: Graph, _ layer: Int) -> [Float] {
      graph[graph.layers[layer].weight].tensor.values
    }

    func divergences(
      _ trials: NetworkTrials, of sets: [Int], _ layers: [Int], _ graph: Graph? = nil,
      over range: Range<Int>
    ) throws -> [Double] {
      let graph = graph ?? self.graph
      return try trials.divergences(
        of: sets.count, layers: layers.map { graph.layers[$0] }, samples: range
      ) { changes(graph, sets[$0], layers) }
    }

    /// A change's divergence by running the whole.
    func expected(
      _ kind: DivergenceKind, _ graph: Graph, _ set: Int, _ layers: [Int], _ range: Range<Int>
    ) throws -> Double {
      var changed = graph
      for (layer, change) in zip(layers, changes(graph, set, layers)) {
        let id = graph.layers[layer].weight
        var tensor = graph[id].tensor
        switch change {
        case .zeroing(let positions): for position in positions { tensor.values[position] = 0 }
        case .replacing(let values): tensor.values = values
        }
        changed.setParameter(id, to: tensor)
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

  private static let sets = Array(0..<7)
  private static let all = [0, 1, 2, 3]

  /// Room is speed and nothing else, also where the student changes between two calls, and the layers do.
  @Test func whatIsKeptBeforeTheLayersChangesNoBit() throws {
    let fixture = try Fixture()
    let (kept, made) = (try ParameterStore(fixture.graph), try ParameterStore(fixture.graph))
    let with = try fixture.trials(.distribution, kept, threads: 2)
    let without = try fixture.trials(.distribution, made, threads: 1, room: 0)
    for (number, layers) in [[2, 3], [2, 3], [1], [2, 3]].enumerated() {
      let (a, b) = (
        try fixture.divergences(with, of: Self.sets, layers, over: 0..<200),
        try fixture.divergences(without, of: Self.sets, layers, over: 0..<200)
      )
      #expect(a == b, "\(number)")
      // Of what lies before.
      for store in [kept, made] { store.update(fixture.graph.layers[0].weight) { $0[number] *= 0.5 } }
    }
  }

  @Test(arguments: [DivergenceKind.distribution, .squaredError], [0..<300, 0..<1, 100..<257])
  func divergencesAreThoseOfWholeRuns(kind: DivergenceKind, range: Range<Int>) throws {
    let fixture = try Fixture()
    for layers in [Self.all, [0, 2], [1], [2, 3], [3]] {
      let trials = try fixture.trials(kind, ParameterStore(fixture.graph), threads: 2)
      let found = try fixture.divergences(trials, of: Self.sets, layers, over: range)
      for (set, divergence) in zip(Self.sets, found) {
        let expected = try fixture.expected(kind, fixture.graph, set, layers, range)
        #expect(abs(divergence - expected) <= 1e-5 * expected + 1e-7)
      }
    }
  }

  @Test func threadsAndOrderChangeNoBit() throws {
    let fixture = try Fixture()
    let store = try ParameterStore(fixture.graph)
    let before = fixture.graph.parameters.indices.map { store.values(ParameterID($0)) }
    func found(_ threads: Int, _ sets: [Int]) throws -> [Double] {
      try fixture.divergences(
        fixture.trials(.distribution, store, threads: threads), of: sets, Self.all, over: 0..<300)
    }
    let one = try found(1, Self.sets)
    #expect(Set(one).count == one.count)
    #expect(try found(2, Self.sets) == one && (try found(3, Self.sets)) == one)
    #expect(try found(2, Self.sets.reversed()) == one.reversed())
    // The student is as it was.
    #expect(fixture.graph.parameters.indices.map { store.values(ParameterID($0)) } == before)
  }

  @Test func presentParametersCount() throws {
    let fixture = try Fixture()
    let store = try ParameterStore(fixture.graph)
    let trials = try fixture.trials(.squaredError, store, threads: 2)
    let first = try fixture.divergences(trials, of: Self.sets, Self.all, over: 0..<64)
    let other = fixture.graph.perturbed(seed: 9)
    for index in other.parameters.indices {
      store.set(ParameterID(index), to: other[ParameterID(index)].tensor.values)
    }
    let second = try fixture.divergences(trials, of: Self.sets, Self.all, other, over: 0..<64)
    #expect(second != first)
    for (set, divergence) in zip(Self.sets, second) {
      let expected = try fixture.expected(.squaredError, other, set, Self.all, 0..<64)
      #expect(abs(divergence - expected) <= 1e-5 * expected)
    }
  }
}
