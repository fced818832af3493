import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// Which set a cycle zeroes, and what is done about it.
struct EvolutionTrialsTests {
  /// Settings of one cycle on one layer without retraining, all held-back samples judging.
  private func settings(
    _ bench: Bench, _ method: EvolutionMethod, layer: Int, step: Int, sparsity: Double = 0.9
  ) -> EvolutionSettings {
    var settings = bench.settings(
      method, targets: bench.graph.layers.indices.map { $0 == layer ? sparsity : nil })
    (settings.step, settings.trialSamples, settings.trials) = (.count(step), 70, 40)
    (settings.trialTemperature, settings.retraining.stepsPerCycle) = (1, 0)
    return settings
  }

  /// What the first cycle zeroes of one layer, how many with the plan's first step, and its record.
  private func first(_ bench: Bench, _ settings: EvolutionSettings, layer: Int)
    throws -> (zeros: Set<Int>, record: CycleRecord)
  {
    let run = try bench.run(settings)
    let record = try #require(try run.runCycle(settings.budget))
    return (bench.zeros(run.state)[layer], record)
  }

  /// The random source of a first cycle's first pool.
  private func generator(_ settings: EvolutionSettings) -> SeededGenerator {
    SeededGenerator(seed: settings.seed).fork(0).fork(0)
  }

  /// The sets that a first cycle draws uniformly of one layer.
  private func drawn(_ bench: Bench, _ settings: EvolutionSettings, layer: Int, count: Int)
    -> [[Int]]
  {
    let candidates = Candidates(weights: [bench.weights(layer)], measures: [])
    return (0..<settings.trials).map {
      candidates.drawUniformly(
        count, all: settings.drawsAll, generator(settings).fork(UInt64($0)))[0]
    }
  }

  private func curvature(_ bench: Bench, _ settings: EvolutionSettings) throws -> [[Float]] {
    try Curvature(
      graph: bench.graph, parameters: ParameterStore(bench.graph), kind: settings.divergence,
      weights: settings.outputWeights, temperature: settings.trialTemperature, threads: 2
    ).diagonal(samples: bench.samples.training, generator: generator(settings).fork(0xD1A6))
  }

  /// w² h of one layer.
  private func costs(_ bench: Bench, _ settings: EvolutionSettings, layer: Int) throws -> [Float] {
    zip(bench.weights(layer), try curvature(bench, settings)[layer]).map { $0 * $0 * $1 }
  }

  private func least(_ values: [Float], _ count: Int) -> Set<Int> {
    Set(values.indices.sorted { values[$0] < values[$1] }.prefix(count))
  }

  // MARK: Methods

  @Test(arguments: [false, true]) func magnitudeZeroesTheLeast(nested: Bool) throws {
    let bench = try Bench.regressor()
    var settings = settings(bench, .magnitude, layer: 0, step: 9)
    settings.nesting = nested ? 0.5 : 1
    let weights = bench.weights(0).map(abs)
    #expect(try first(bench, settings, layer: 0).zeros == least(weights, 9))
  }

  @Test(arguments: [1, 0.9999]) func wandaZeroesTheLeastTimesTheInputsNorm(nesting: Double) throws {
    let bench = try Bench.classifier()
    var settings = settings(bench, .wanda, layer: 1, step: 70)
    settings.nesting = nesting
    let moments = try InputMoments.meanSquares(
      bench.graph, parameters: ParameterStore(bench.graph), samples: bench.samples.training,
      threads: 2)
    let saliency = Saliency.magnitudeTimesInput(
      weights: bench.weights(1), columns: bench.graph.layers[1].columns, meanSquares: moments[1])
    #expect(try first(bench, settings, layer: 1).zeros == least(saliency, 69))
  }

  @Test(arguments: [0, 1, 2]) func obdZeroesWhatCostsLeastToSecondOrder(layer: Int) throws {
    let bench = try Bench.classifier()
    let settings = settings(bench, .obd, layer: layer, step: 9)
    let found = try first(bench, settings, layer: layer).zeros
    #expect(try found == least(costs(bench, settings, layer: layer), found.count))
    #expect(found.count == 8 || found.count == 9)
  }

  @Test func theChosenSetIsTheBestOfTheTrials() throws {
    // One layer, no retraining: what the judge finds before training is what the best trial had.
    let bench = try Bench.regressor()
    for halving in [false, true] {
      var settings = settings(bench, .literal, layer: 0, step: 9)
      settings.halving = halving
      let (zeros, record) = try first(bench, settings, layer: 0)
      let sets = drawn(bench, settings, layer: 0, count: 9)
      #expect(sets.contains { Set($0) == zeros })
      #expect(record.divergenceAfter == record.divergenceBefore)
      let pool = record.pools[0]
      #expect(try #require(pool.z) > 1)
      if halving { continue }
      let best = try #require(pool.best)
      #expect(abs(record.divergenceBefore - best) <= 1e-5 * best)
      for set in sets {
        let graph = bench.graph.zeroing(set, of: bench.graph.layers[0])
        let answers = try graph.answers(to: bench.samples.heldBack)[0]
        let divergence = zip(answers, bench.samples.heldBackTargets[0]).reduce(0.0) {
          $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
        } / Double(answers.count)
        #expect(divergence >= best * (1 - 1e-5))
      }
    }
  }

  @Test(arguments: [0, 1], [false, true])
  func learnedIsNoWorseThanAnyKnownSaliency(layer: Int, inPool: Bool) throws {
    let bench = try Bench.classifier()
    func divergence(_ method: EvolutionMethod) throws -> Double {
      var settings = settings(bench, method, layer: layer, step: 9)
      if inPool { settings.pools[0].layers = [layer, 2] }
      return try first(bench, settings, layer: layer).record.divergenceBefore
    }
    let learned = try divergence(.learned)
    for method in [EvolutionMethod.obd, .wanda, .magnitude, .random] {
      #expect(try learned <= divergence(method) * (1 + 1e-5))
    }
  }

  // MARK: Options

  @Test(arguments: [0.25, 0.5, 0.75], [false, true])
  func onlyTheLeastSalientShareOfTheWinnerGoes(nesting: Double, all: Bool) throws {
    let bench = try Bench.regressor()
    var settings = settings(bench, .literal, layer: 0, step: 6)
    (settings.nesting, settings.drawsAll) = (nesting, all)
    let (zeros, _) = try first(bench, settings, layer: 0)
    let count = Int((6 / nesting).rounded())
    let costs = try costs(bench, settings, layer: 0)
    #expect(zeros.count == 6)
    let winners = drawn(bench, settings, layer: 0, count: count).filter { zeros.isSubset(of: $0) }
    #expect(winners.contains { winner in
      zeros == Set(winner.sorted { costs[$0] < costs[$1] }.prefix(6))
    })
  }

  @Test(arguments: EvolutionMethod.allCases, [0.07, 0.3, 0.5])
  func nestedRunsKeepToTheirPlan(method: EvolutionMethod, nesting: Double) throws {
    let bench = try Bench.classifier()
    for var settings in [
      bench.settings(method, targets: [0.5, 0.9, nil]),
      bench.settings(method, pool: [0, 1], sparsity: 0.85),
    ] {
      (settings.nesting, settings.retraining.stepsPerCycle) = (nesting, 1)
      let run = try bench.run(settings)
      for _ in 0..<run.cycleCount { _ = try run.runCycle(settings.budget) }
      #expect(run.hasReachedTargets)
      let zeros = bench.zeros(run.state).map(\.count)
      #expect(settings.pools.count == 2 ? zeros == [18, 346, 0] : zeros[0] + zeros[1] == 357)
    }
  }

  @Test(arguments: [0, 1e-6] as [Float])
  func drawsCoolDownToTheirLastTemperature(last: Float) throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.9, nil])
    (settings.drawTemperature, settings.lastDrawTemperature) = (0.3, last)
    func spreads() throws -> [Double] {
      let run = try bench.run(settings)
      try run.runToTargets()
      return run.state.cycles.compactMap { $0.pools[0].deviation }
    }
    let cooled = try spreads()
    #expect(cooled.count == 11 && cooled[0] > 1e-4)
    // In the end all sets are the same.
    #expect(cooled[10] < 1e-9)
    settings.lastDrawTemperature = 0.3
    let steady = try spreads()
    #expect(steady[0] == cooled[0] && steady[10] > 1e-4)
  }

  /// Only the fourth filter of the first layer takes bytes.
  private struct FourthFilter: WeightCoder {
    func bytes(of layer: Int, _ weights: [Float]) -> Int {
      layer == 0 ? 10 * weights[15..<20].count { $0 != 0 } : 7
    }
  }

  @Test(arguments: [false, true]) func bytesDecideWhereTheyAreWorthMuch(inPool: Bool) throws {
    let bench = try Bench.regressor()
    var settings = settings(bench, .literal, layer: 0, step: 9)
    if inPool { settings.pools[0].layers = [0, 1] }
    func zeros(_ weight: Double, coder: (any WeightCoder)? = FourthFilter()) throws -> [Set<Int>] {
      settings.rateWeight = weight
      let run = try bench.run(settings, coder: coder)
      _ = try run.runCycle(settings.budget)
      return bench.zeros(run.state)
    }
    let row = Set(15..<20)
    let plain = try zeros(1e6, coder: nil)
    #expect(try zeros(0) == plain && (try zeros(1e-9)) == plain)
    let rich = try zeros(1e6)[0].intersection(row).count
    #expect(rich > plain[0].intersection(row).count)
    if !inPool {
      let sets = drawn(bench, settings, layer: 0, count: 9)
      #expect(rich == sets.map { row.intersection($0).count }.max())
    }
  }

  @Test(arguments: [EvolutionMethod.obd, .literal, .informed])
  func whatServesOutputsOfNoWeightGoesFirst(method: EvolutionMethod) throws {
    let bench = try Bench.regressor()
    var settings = settings(bench, method, layer: 1, step: 1, sparsity: 16.0 / 24)
    (settings.outputWeights, settings.trials) = ([[0, 1, 0]], 200)
    let run = try bench.run(settings)
    try run.runToTargets()
    let zeros = bench.zeros(run.state)[1]
    #expect(zeros.count == 16)
    if method != .informed { #expect(zeros == Set(0..<8).union(16..<24)) }
    let last = try #require(run.state.cycles.last)
    settings.outputWeights = nil
    let plain = try bench.run(settings)
    try plain.runToTargets()
    #expect(last.divergenceAfter < 0.1 * (plain.state.cycles.last?.divergenceAfter ?? 0))
  }

  /// With one output in other units, the same weights go.
  @Test(arguments: [EvolutionMethod.obd, .literal, .informed, .learned])
  func unitsOfAnOutputDoNotMatterToNormalizedErrors(method: EvolutionMethod) throws {
    let bench = try Bench.regressor()
    let layer = bench.graph.layers[1]
    var graph = bench.graph
    for id in [layer.weight, layer.bias].compactMap({ $0 }) {
      var tensor = graph[id].tensor
      let width = tensor.count / 3
      for index in 0..<width { tensor.values[width + index] *= 16 }
      graph.setParameter(id, to: tensor)
    }
    let scaled = try Bench(
      graph: graph, training: bench.samples.training, heldBack: bench.samples.heldBack)
    func zeros(_ bench: Bench) throws -> Set<Int> {
      // The last layer's own magnitudes are in the output's units, and only to be compared so.
      var settings = settings(bench, method, layer: method == .obd ? 1 : 0, step: 9)
      settings.divergence = .normalizedError
      return try first(bench, settings, layer: method == .obd ? 1 : 0).zeros
    }
    #expect(try zeros(scaled) == zeros(bench))
  }

  /// Rows of a layer's matrix that have a weight left.
  private func rows(_ weights: [Float], of layer: Layer) -> Int {
    (0..<layer.rows).count { row in
      weights[row * layer.columns..<(row + 1) * layer.columns].contains { $0 != 0 }
    }
  }

  @Test(arguments: [EvolutionMethod.learned, .informed, .wanda, .obd, .magnitude])
  func rowsDieWholeWhereTheyCount(method: EvolutionMethod) throws {
    let bench = try Bench.classifier()
    let layer = bench.graph.layers[1]
    func run(_ exponent: Float?) throws -> (rows: Int, survivors: Int, weights: [Float]) {
      var settings = bench.settings(method, targets: [nil, 0.8, nil])
      (settings.rowExponent, settings.retraining.stepsPerCycle) = (exponent, 1)
      let run = try bench.run(settings)
      try run.runToTargets()
      let weights = run.state.parameters[layer.weight.index]
      return (rows(weights, of: layer), weights.survivorCount, weights)
    }
    let (plain, counted) = (try run(nil), try run(2))
    #expect(plain.survivors == counted.survivors)
    #expect(counted.rows < plain.rows, "\(counted.rows) of \(plain.rows)")
    #expect(try run(0) == plain)
  }

  @Test func uniformDrawsDoNotAskForRows() throws {
    let bench = try Bench.classifier()
    var settings = settings(bench, .literal, layer: 1, step: 9)
    let plain = try first(bench, settings, layer: 1).zeros
    settings.rowExponent = 2
    #expect(try first(bench, settings, layer: 1).zeros == plain)
  }

  // MARK: Compensation

  @Test(arguments: [EvolutionMethod.magnitude, .learned], [false, true])
  func compensationLessensTheLoss(method: EvolutionMethod, inPool: Bool) throws {
    let bench = try Bench.classifier()
    func divergence(_ compensates: Bool) throws -> Double {
      var settings = settings(bench, method, layer: 1, step: 120)
      if inPool { settings.pools[0] = Pool(layers: [0, 1], sparsity: 0.8) }
      (settings.compensates, settings.divergence) = (compensates, .squaredError)
      let run = try bench.run(settings)
      let record = try #require(try run.runCycle(settings.budget))
      #expect(abs(record.sparsity * 540 - (inPool ? 112 : 115.3)) < 1)
      return record.divergenceBefore
    }
    #expect(try divergence(true) < 0.8 * divergence(false))
  }

  /// What is judged is what is zeroed, where that is compensated too.
  @Test(arguments: [false, true]) func setsAreJudgedAsTheyWillBe(inPool: Bool) throws {
    let bench = try Bench.classifier()
    func record(_ judges: Bool, _ compensates: Bool) throws -> CycleRecord {
      var settings = settings(bench, .literal, layer: 1, step: 120)
      if inPool { settings.pools[0] = Pool(layers: [0, 1], sparsity: 0.8) }
      (settings.judgesRecovered, settings.compensates) = (judges, compensates)
      let run = try bench.run(settings)
      return try #require(try run.runCycle(settings.budget))
    }
    let (after, plain) = (try record(true, true), try record(false, false))
    for record in [after, plain] {
      let best = try #require(record.pools[0].best)
      #expect(abs(record.divergenceBefore - best) <= 1e-5 * best)
    }
    #expect(after.divergenceBefore < plain.divergenceBefore)
    #expect(try after.divergenceBefore <= record(false, true).divergenceBefore)
    // Without compensation what is recorded is what could be recovered.
    let bare = try record(true, false)
    #expect(bare.pools[0].best == after.pools[0].best)
    #expect(bare.divergenceBefore > after.divergenceBefore)
  }

  @Test func convolutionsInGroupsAreNotCompensated() throws {
    var net = NetBuilder(seed: 6, biasScale: 0.1)
    let x = try net.convolution(net.input([4, 5, 5]), to: 4, Window(kernel: [3, 3]), groups: 2)
    net.output(try net.head(try net.activation(.relu, x), to: 3))
    let bench = try Bench(net.graph)
    for layer in 0..<2 {
      var settings = settings(bench, .magnitude, layer: layer, step: 12)
      settings.compensates = true
      let run = try bench.run(settings)
      _ = try run.runCycle(settings.budget)
      let now = run.parameters.values(bench.graph.layers[layer].weight)
      let before = bench.weights(layer)
      let moved = now.indices.count { now[$0] != 0 && now[$0] != before[$0] }
      #expect(layer == 0 ? moved == 0 : moved > 0)
      #expect(now.contains(0))
    }
  }
}
