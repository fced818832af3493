import Execution
import Foundation
import ModelGraph
import Quantization
import Sharing
import Synchronization
import TestSupport
import Tensors
import Testing

/// A small classifier, and samples with its own answers as labels.
private struct Bench {
  let graph: Graph
  let samples: SharingSamples

  init(zeros: Float = 0, regression: Bool = false) throws {
    var net = NetBuilder(seed: 11, biasScale: 0.1)
    let x = net.input([2, 6, 6])
    let window = Window(kernel: [3, 3])
    let a = try net.activation(.relu, net.convolution(x, to: 6, window))
    let flat = try net.node(.reshape([96]), a)
    let b = try net.activation(.relu, net.dense(flat, to: 20))
    net.output(try net.dense(b, to: 5))
    var graph = net.graph
    if zeros > 0 {
      for layer in graph.layers {
        let tensor = graph[layer.weight].tensor
        let mask = normals(tensor.count, seed: 12, zeros: zeros)
        graph.setParameter(
          layer.weight,
          to: Tensor(
            shape: tensor.shape, values: zip(tensor.values, mask).map { $1 == 0 ? 0 : $0 }))
      }
    }
    self.graph = graph
    let inputs = net.tensor([300, 2, 6, 6])
    let outputs = try Executor(graph: graph).run(inputs: [inputs])[0]
    let classes = (0..<300).map { sample in
      let answers = outputs.values[sample * 5..<sample * 5 + 5]
      return answers.indices.max { answers[$0] < answers[$1] }.map { $0 - sample * 5 } ?? 0
    }
    samples = SharingSamples(
      count: 300, reading: regression ? .values : .classes([.largest]), answers: [outputs.values],
      labels: regression ? nil : classes
    ) { [inputs.rows($0)] }
  }

  func run(_ settings: SharingSettings, state: SharingState? = nil) throws -> SharingRun {
    try SharingRun(graph: graph, settings: settings, samples: samples, state: state)
  }
}

private func settings(_ change: (inout SharingSettings) -> Void = { _ in }) -> SharingSettings {
  var settings = SharingSettings()
  settings.maxLoss = nil
  settings.counts = [1, 2, 3, 4, 6, 8, 12, 16]
  (settings.population, settings.generations, settings.fineGenerations) = (8, 5, 3)
  (settings.rangeLoss, settings.seed) = (20, 3)
  change(&settings)
  return settings
}

struct SharingRunTests {
  @Test func theBestSharesAsManyValuesAsItSays() throws {
    let bench = try Bench()
    let run = try bench.run(settings { $0.maxLoss = 10 })
    try run.run()
    #expect(run.isOver && run.phase == .over)
    let result = try #require(run.result)
    #expect(result.best.score.accuracy >= 0.9)
    #expect(result.best.score.compression == result.rate && result.rate > 4)
    for (layer, shared) in zip(bench.graph.layers, result.layers) {
      let weights = bench.graph[layer.weight].tensor.values
      let index = bench.graph.layers.firstIndex { $0.name == layer.name } ?? 0
      #expect(Set(shared.weights.dense()).count <= result.best.member.counts[index])
      let error = zip(weights, shared.weights.dense()).reduce(0) { sum, pair in
        sum + Double(pair.0 - pair.1) * Double(pair.0 - pair.1)
      }
      #expect(abs(error - SparseMatrix(weights, rows: layer.rows, columns: layer.columns)
        .squaredError(nil, in: shared)) <= 1e-6 * error)
      #expect(shared.table.values.allSatisfy { Float(Float16($0)) == $0 })
    }
  }

  @Test func accuracyIsThatOfTheNetworkItWouldBe() throws {
    let bench = try Bench()
    let run = try bench.run(settings())
    try run.run()
    let result = try #require(run.result)
    var graph = bench.graph
    for (layer, shared) in zip(graph.layers, result.layers) {
      let shape = graph[layer.weight].tensor.shape
      graph.setParameter(layer.weight, to: Tensor(shape: shape, values: shared.weights.dense()))
    }
    let again = try SharingRun(graph: graph, settings: settings(), samples: bench.samples)
    try again.step()
    #expect(again.state.baseline == result.best.score.accuracy)
    #expect(run.state.baseline == 1)
  }

  @Test func countsThatLoseTooMuchLeaveTheSearch() throws {
    let run = try Bench().run(settings { $0.rangeLoss = 12 })
    while case .ranges = run.phase { #expect(try run.step()) }
    for (probes, allowed) in zip(run.state.ranges, run.allowedCounts) {
      #expect(probes.count == 8 && !allowed.isEmpty && !allowed.contains(1))
      for probe in probes {
        #expect(allowed.contains(probe.count) == (probe.accuracy >= 0.88 - 1e-9))
      }
    }
    try run.run()
    let counts = try #require(run.result).best.member.counts
    #expect(zip(counts, run.allowedCounts).allSatisfy { $1.contains($0) })
  }

  @Test func whereNoCountIsGoodEnoughTheBestStays() throws {
    let run = try Bench().run(settings { ($0.rangeLoss, $0.counts) = (0, [1, 2]) })
    while case .ranges = run.phase { try run.step() }
    #expect(run.allowedCounts.allSatisfy { $0.count == 1 })
  }

  @Test(arguments: OptimizerKind.allCases) func threadsChangeNothing(_ kind: OptimizerKind) throws {
    let bench = try Bench()
    let states = try [1, 3].map { threads in
      let run = try bench.run(settings { ($0.threads, $0.optimizer) = (threads, kind) })
      try run.run()
      return run.state
    }
    #expect(states[0] == states[1])
  }

  @Test func aRunTakenUpAfterEveryStepEndsTheSame() throws {
    let bench = try Bench()
    let whole = try bench.run(settings { $0.optimizer = .swarm })
    try whole.run()
    var state: SharingState?
    var steps = 0
    while true {
      let run = try bench.run(settings { $0.optimizer = .swarm }, state: state)
      if try !run.step() { break }
      state = try JSONDecoder().decode(SharingState.self, from: JSONEncoder().encode(run.state))
      steps += 1
    }
    #expect(steps == 3 + 5 + 3)
    #expect(state == whole.state)
  }

  @Test func aStoppedStepLeavesTheState() throws {
    let run = try Bench().run(settings())
    for _ in 0..<5 { try run.step() }
    let before = run.state
    let asked = Mutex(0)
    run.shouldStop = { asked.withLock { $0 += 1; return $0 > 3 } }
    #expect(try !run.step())
    #expect(run.state == before && !run.isOver)
    run.shouldStop = { false }
    #expect(try run.step())
  }

  @Test func otherSeedsDrawOthers() throws {
    let bench = try Bench()
    let found = try ([3, 4] as [UInt64]).map { seed in
      let run = try bench.run(settings { ($0.seed, $0.fineGenerations) = (seed, 0) })
      try run.run()
      return run.state.search?.population
    }
    #expect(found[0] != found[1])
  }

  @Test func zerosStayZerosAndTakeAKey() throws {
    let bench = try Bench(zeros: 0.5)
    let run = try bench.run(settings { ($0.counts, $0.precision) = ([2], .float32) })
    try run.run()
    let result = try #require(run.result)
    var bits = 0
    for (layer, shared) in zip(bench.graph.layers, result.layers) {
      let weights = bench.graph[layer.weight].tensor.values
      #expect(zip(weights, shared.weights.dense()).allSatisfy { ($0 == 0) == ($1 == 0) })
      #expect(shared.codes.count < weights.count && Set(shared.weights.dense()).count <= 3)
      let values = Set(shared.weights.dense()).count
      bits += weights.count * 2 + values * 34
    }
    let before = 32 * bench.graph.layers.reduce(0) { $0 + $1.weightCount }
    #expect(abs(result.rate - Double(before) / Double(bits)) < 1e-9)
  }

  @Test func fineTuningNeverLoses() throws {
    let run = try Bench().run(settings { ($0.maxLoss, $0.fineGenerations) = (8, 6) })
    try run.run()
    let (coarse, fine) = (try #require(run.state.search?.best), try #require(run.state.fine))
    let best = try #require(fine.best)
    #expect(fine.fitness(best.score) >= fine.fitness(coarse.score))
    #expect(best.member.counts == coarse.member.counts)
    #expect(fine.generations.count == 6)
  }

  @Test func bytesAreTheCallers() throws {
    let bench = try Bench()
    let run = try bench.run(settings { $0.measure = .bytes })
    run.bytes = { layers in 100 + layers.reduce(0) { $0 + $1.table.values.count } }
    try run.run()
    let result = try #require(run.result)
    let bytes = 100 + result.layers.reduce(0) { $0 + $1.table.values.count }
    #expect(
      result.best.score.compression == Double(4 * bench.graph.parameterCount) / Double(bytes))
    #expect(result.rate != result.best.score.compression)
  }

  @Test func valuesAreComparedWhereThereAreNoClasses() throws {
    let run = try Bench(regression: true).run(settings { $0.rangeLoss = 60 })
    try run.run()
    #expect(run.state.baseline == 1)
    let accuracy = try #require(run.result).best.score.accuracy
    #expect(accuracy > 0.3 && accuracy < 1)
  }

  @Test func foreignStatesAreRefused() throws {
    let bench = try Bench()
    let run = try bench.run(settings())
    try run.run()
    func refuses(_ change: (inout SharingState) -> Void) -> Bool {
      var state = run.state
      change(&state)
      do throws(SharingError) {
        _ = try SharingRun(
          graph: bench.graph, settings: settings(), samples: bench.samples, state: state)
        return false
      } catch {
        if case .badState = error { return true }
        return false
      }
    }
    #expect(!refuses { _ in })
    #expect(refuses { $0.ranges.removeLast() })
    #expect(refuses { $0.ranges[0][1].count = 77 })
    #expect(refuses { $0.ranges[0].removeLast() })
    #expect(refuses { $0.baseline = nil })
    #expect(refuses { $0.search = nil })
    #expect(refuses { $0.search?.population[0].position[0] = 1 })
    #expect(refuses { $0.search?.population.removeLast() })
    #expect(refuses { $0.search?.front[0].member.counts[0] = 5 })
    #expect(refuses { $0.fine?.front = [] })
  }

  @Test func aWeightThatIsNoNumberIsNamed() throws {
    let bench = try Bench()
    var graph = bench.graph
    let layer = graph.layers[1]
    var tensor = graph[layer.weight].tensor
    tensor.values[7] = .nan
    graph.setParameter(layer.weight, to: tensor)
    #expect(throws: SharingError.notFinite(layer: layer.name, index: 7)) {
      _ = try SharingRun(graph: graph, settings: settings(), samples: bench.samples)
    }
  }

  @Test func settingsOutOfRangeAreNamed() {
    #expect(SharingSettings().fault == nil)
    #expect(settings { $0.counts = [] }.fault != nil)
    #expect(settings { $0.counts = [3, 2] }.fault != nil)
    #expect(settings { $0.counts = [2, 257] }.fault != nil)
    #expect(settings { $0.population = 3 }.fault != nil)
    #expect(settings { $0.maxLoss = -1 }.fault != nil)
    #expect(settings { $0.compressionTarget = 0 }.fault != nil)
  }
}
