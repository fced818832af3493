import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// The plan of a run, and what it keeps to.
struct EvolutionRunTests {
  @Test(arguments: EvolutionMethod.allCases, [1, 2])
  func targetsAreReachedExactlyAndTogether(method: EvolutionMethod, threads: Int) throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(method, targets: [0.5, 0.9, nil], threads: threads))
    let planned = run.cycleCount
    #expect(planned == 11)  // 0.8^11 <= 1/10 < 0.8^10
    for cycle in 0..<planned {
      #expect(!run.hasReachedTargets, "after \(cycle) cycles")
      _ = try run.runCycle(run.settings.budget)
      // Survivors fall in equal ratios.
      let left = 384 - bench.zeros(run.state)[1].count
      let expected = 384 * Double.pow(38.0 / 384, Double(cycle + 1) / 11)
      #expect(abs(Double(left) - expected) <= 0.5)
    }
    #expect(run.hasReachedTargets)
    #expect(bench.zeros(run.state).map(\.count) == [18, 346, 0])
    #expect(run.state.cycles.count == planned)
  }

  @Test(arguments: EvolutionMethod.allCases, [false, true])
  func aPoolOfSeveralLayersReachesItsTarget(method: EvolutionMethod, withOther: Bool) throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(method, pool: withOther ? [0, 2] : [0, 1, 2], sparsity: 0.8)
    if withOther { settings.pools.append(Pool(layers: [1], sparsity: 0.5)) }
    let run = try bench.run(settings)
    for _ in 0..<run.cycleCount { _ = try run.runCycle(settings.budget) }
    #expect(run.hasReachedTargets)
    let zeros = bench.zeros(run.state).map(\.count)
    #expect(withOther ? zeros[0] + zeros[2] == 125 && zeros[1] == 192 : zeros.reduce(0, +) == 432)
    // None is cut off.
    #expect(zeros[0] < 36 && zeros[1] < 384 && zeros[2] < 120)
    #expect(run.state.cycles.allSatisfy { $0.pools.count == settings.pools.count })
    #expect(run.state.cycles[0].pools[0].layers.count == settings.pools[0].layers.count)
  }

  /// The weights of one layer are so small that they go first, to the last.
  @Test(
    arguments: [EvolutionMethod.magnitude, .obd, .learned, .literal],
    [Step.share(0.3), .count(1)])
  func aPoolGoesOnPastALayerThatHasNoMoreToGive(method: EvolutionMethod, step: Step) throws {
    let bench = try Bench.regressor()
    let weight = bench.graph.layers[0].weight
    var graph = bench.graph
    var tensor = graph[weight].tensor
    tensor.values = tensor.values.map { 1e-4 * $0 }
    graph.setParameter(weight, to: tensor)
    var settings = bench.settings(method, pool: [0, 1], sparsity: 0.75)
    (settings.step, settings.retraining.stepsPerCycle) = (step, 0)
    let run = try EvolutionRun(student: graph, settings: settings, samples: bench.samples)
    for _ in 0..<run.cycleCount { _ = try run.runCycle(settings.budget) }
    #expect(run.hasReachedTargets)
    let zeros = bench.zeros(run.state).map(\.count)
    #expect(zeros[0] < 40 && zeros.reduce(0, +) == 48)
    // 16 survive: half of what 40 of 64 weights get is 5.
    if method == .magnitude { #expect(zeros == [35, 13]) }
  }

  @Test func aPoolEndsWhereEveryLayerKeepsItsLast() throws {
    let bench = try Bench.regressor()
    for (sparsity, layers) in [(1, [0, 1]), (0.99, [0, 1]), (1, [1])] as [(Double, [Int])] {
      let run = try bench.run(bench.settings(.magnitude, pool: layers, sparsity: sparsity))
      try run.runToTargets(most: 60)
      #expect(run.hasReachedTargets)
      let zeros = bench.zeros(run.state).map(\.count)
      #expect(zeros == (layers.count == 2 ? [39, 23] : [0, 23]))
    }
  }

  @Test(arguments: EvolutionMethod.allCases, [false, true])
  func aLayerByItselfKeepsItsBest(method: EvolutionMethod, all: Bool) throws {
    let bench = try Bench.regressor()
    for nesting in [1, 0.5] {
      var settings = bench.settings(method, targets: [1, 0.99])
      (settings.drawsAll, settings.trials, settings.nesting) = (all, 5, nesting)
      settings.retraining.stepsPerCycle = 0
      let run = try bench.run(settings)
      try run.runToTargets(most: 300)
      #expect(run.hasReachedTargets)
      #expect(bench.zeros(run.state).map(\.count) == [39, 23])
      if method == .magnitude {
        let weights = bench.weights(0)
        let best = weights.indices.max { abs(weights[$0]) < abs(weights[$1]) }
        #expect(bench.zeros(run.state)[0] == Set(weights.indices).subtracting([best ?? 0]))
      }
    }
  }

  @Test(arguments: [EvolutionMethod.magnitude, .wanda, .obd, .informed, .learned], [0, 0.5, 1])
  func noLayerStarvesInAPool(method: EvolutionMethod, floor: Double) throws {
    let bench = try Bench.classifier()
    var graph = bench.graph
    let weight = graph.layers[1].weight
    var tensor = graph[weight].tensor
    tensor.values = tensor.values.map { 1e-6 * $0 }
    graph.setParameter(weight, to: tensor)
    var settings = bench.settings(method, pool: [0, 1, 2], sparsity: 0.75)
    (settings.layerFloor, settings.trials, settings.retraining.stepsPerCycle) = (floor, 3, 0)
    let run = try EvolutionRun(student: graph, settings: settings, samples: bench.samples)
    for _ in 0..<run.cycleCount {
      _ = try run.runCycle(settings.budget)
      let left = zip([36, 384, 120], bench.zeros(run.state)).map { $0 - $1.count }
      let least = LayerFloor(share: floor)
        .survivors(of: graph.layers, sharing: left.reduce(0, +))
      #expect(zip(left, least).allSatisfy { $0 >= $1 }, "\(left), at least \(least)")
    }
    #expect(run.hasReachedTargets)
    let left = 384 - bench.zeros(run.state)[1].count
    #expect(bench.zeros(run.state).reduce(0) { $0 + $1.count } == 405)
    if method == .magnitude { #expect(left == (floor == 0 ? 1 : floor == 1 ? 66 : 33)) }
  }

  /// Of many sets over zeroed positions too, the one that hits nothing costs nothing.
  @Test(arguments: [1, 200])
  func drawsOverAllThatHitNothingDoNotStallARun(trials: Int) throws {
    let bench = try Bench.regressor()
    var settings = bench.settings(.literal, targets: [0.9, 0.75])
    (settings.drawsAll, settings.trials, settings.step) = (true, trials, .share(0.05))
    settings.retraining.stepsPerCycle = 0
    let run = try bench.run(settings)
    while !run.hasReachedTargets && run.state.cycles.count < 60 {
      let before = bench.zeros(run.state).map(\.count)
      _ = try run.runCycle(CycleBudget(trials: trials, steps: 0))
      let after = bench.zeros(run.state).map(\.count)
      #expect(after[0] > before[0] || before[0] >= 36)
      #expect(after[1] > before[1] || before[1] >= 18)
    }
    #expect(run.hasReachedTargets)
  }

  @Test(arguments: [1, 7, 100, 346, 1000], [false, true])
  func stepsCanBeCounts(count: Int, inPool: Bool) throws {
    let bench = try Bench.classifier()
    var settings = inPool
      ? bench.settings(.magnitude, pool: [0, 1, 2], sparsity: 0.6)
      : bench.settings(.magnitude, targets: [nil, 0.9, nil])
    (settings.step, settings.retraining.stepsPerCycle) = (.count(count), 0)
    let run = try bench.run(settings)
    let (from, to) = inPool ? (540.0, 216.0) : (384, 38)
    let cycles = (Int(from - to) + count - 1) / count
    #expect(run.cycleCount == cycles)
    var last = 0
    for cycle in 0..<min(cycles, 12) {
      _ = try run.runCycle(settings.budget)
      let zeros = bench.zeros(run.state).reduce(0) { $0 + $1.count }
      #expect(zeros - last <= count && (count > 1 || zeros == cycle + 1))
      let expected = (from - to) * Double(cycle + 1) / Double(cycles)
      #expect(abs(Double(zeros) - expected) <= 0.5)
      last = zeros
    }
    #expect(run.hasReachedTargets == (cycles <= 12))
  }

  @Test(arguments: [EvolutionMethod.literal, .random], [Step.share(0.2), .count(20)])
  func drawsOverAllReachAtLeastTheirTargets(method: EvolutionMethod, step: Step) throws {
    let bench = try Bench.classifier()
    for inPool in [false, true] {
      var settings = inPool
        ? bench.settings(method, pool: [0, 1], sparsity: 0.8)
        : bench.settings(method, targets: [0.5, 0.9, nil])
      (settings.drawsAll, settings.step, settings.trials) = (true, step, 3)
      settings.retraining.stepsPerCycle = 1
      let run = try bench.run(settings)
      try run.runToTargets()
      #expect(run.hasReachedTargets)
      let zeros = bench.zeros(run.state).map(\.count)
      // At most a step beyond.
      if inPool {
        #expect((336...336 + 84).contains(zeros[0] + zeros[1]) && zeros[2] == 0)
      } else {
        #expect((18...18 + 20).contains(zeros[0]) && (346...346 + 77).contains(zeros[1]))
      }
      // The step over the whole shrinks among survivors, so that it takes longer.
      #expect(run.state.cycles.count >= run.cycleCount)
    }
  }

  @Test func drawsOverAllHitFewerAsFewerAreLeft() throws {
    let bench = try Bench.classifier()
    func first(_ all: Bool) throws -> [Int] {
      var settings = bench.settings(.random, targets: [nil, 0.9, nil])
      (settings.drawsAll, settings.step) = (all, .count(60))
      let run = try bench.run(settings)
      return try (0..<3).map { _ in
        _ = try run.runCycle(settings.budget)
        return bench.zeros(run.state)[1].count
      }
    }
    #expect(try first(false) == [58, 115, 173])  // 346 in 6 cycles
    let found = try first(true)
    #expect(found[0] == 60 && found[1] < 118 && found[2] - found[1] < 60, "\(found)")
  }

  @Test(arguments: EvolutionMethod.allCases)
  func zerosAreIrrevocable(method: EvolutionMethod) throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(method, targets: [0.6, 0.8, 0.4])
    (settings.drawsAll, settings.compensates) = (method == .literal, method == .learned)
    let run = try bench.run(settings)
    var before = bench.zeros(run.state)
    while !run.hasReachedTargets && run.state.cycles.count < 60 {
      _ = try run.runCycle(run.settings.budget)
      let after = bench.zeros(run.state)
      #expect(zip(before, after).allSatisfy { $0.isSubset(of: $1) })
      before = after
    }
    _ = try run.trainFinal(steps: 10, total: 20)
    _ = try run.trainFinal(steps: 10, total: 20)
    #expect(bench.zeros(run.state) == before)
    _ = try run.finish()
    #expect(bench.zeros(run.state) == before)
    #expect(before.reduce(0) { $0 + $1.count } > 0)
  }

  @Test func zerosOfTheBeginningStayAndCount() throws {
    let bench = try Bench.classifier()
    let layer = bench.graph.layers[1]
    let sparse = bench.graph.zeroing(Array(0..<200), of: layer)
    let run = try EvolutionRun(
      student: sparse, settings: bench.settings(.informed, targets: [0.5, 0.3, nil]),
      samples: bench.samples)
    try run.runToTargets()
    // More are zero already than the target asks for.
    #expect(bench.zeros(run.state)[1] == Set(0..<200))
    #expect(bench.zeros(run.state)[0].count == 18)
  }

  @Test func targetsMayChange() throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(.magnitude, targets: [0.5, 0.9, nil]))
    for _ in 0..<4 { _ = try run.runCycle(run.settings.budget) }
    let present = run.poolSparsities
    let zeros = bench.zeros(run.state).map(\.count)
    #expect(zip(present, [Double(zeros[0]) / 36, Double(zeros[1]) / 384])
      .allSatisfy { abs($0 - $1) < 1e-12 })
    run.retarget([0.75, 0.6])
    #expect(!run.hasReachedTargets)
    try run.runToTargets()
    #expect(bench.zeros(run.state).map(\.count) == [27, 230, 0])
    run.retarget([0.1, 0.2])
    #expect(run.hasReachedTargets)
  }

  @Test func aRunWithoutPoolsHasNothingToDo() throws {
    let bench = try Bench.regressor()
    for targets in [[nil, nil], [0, 0]] as [[Double?]] {
      let run = try bench.run(bench.settings(.learned, targets: targets))
      #expect(run.cycleCount == 0 && run.hasReachedTargets)
    }
  }

  @Test(arguments: [false, true]) func recordsTellWhatTrialsWere(inPool: Bool) throws {
    let bench = try Bench.classifier(labelled: inPool)
    let run = try bench.run(
      inPool
        ? bench.settings(.informed, pool: [0, 1], sparsity: 0.9)
        : bench.settings(.informed, targets: [0.5, 0.9, nil]))
    try run.runToTargets()
    for (index, cycle) in run.state.cycles.enumerated() {
      #expect(cycle.cycle == index && cycle.budget == run.settings.budget)
      #expect(cycle.divergenceBefore > 0 && cycle.divergenceAfter > 0 && cycle.seconds > 0)
      #expect((0...1).contains(try #require(cycle.agreement)))
      #expect((cycle.accuracy != nil) == inPool)
      for pool in cycle.pools {
        let (mean, deviation) = (try #require(pool.mean), try #require(pool.deviation))
        let (best, z) = (try #require(pool.best), try #require(pool.z))
        #expect(best <= mean * (1 + 1e-12) && deviation >= 0 && z >= 0)
        #expect(abs((mean - best) - z * deviation) <= 1e-8 * mean)
      }
    }
    let names = bench.graph.layers.map(\.name)
    let pools = run.state.cycles[0].pools.map(\.layers)
    #expect(pools == (inPool ? [Array(names.prefix(2))] : names.prefix(2).map { [$0] }))
    let (last, zeros) = (try #require(run.state.cycles.last), bench.zeros(run.state).map(\.count))
    let shares = zip(zeros, [36.0, 384, 120]).map { Double($0) / $1 }
    #expect(zip(last.layers.map(\.sparsity), shares).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(last.layers.map(\.layer) == names)
    #expect(abs(last.sparsity - Double(zeros.reduce(0, +)) / 540) < 1e-12)
    #expect(abs((last.pools.last?.sparsity ?? 0) - (inPool ? 378.0 / 420 : 346.0 / 384)) < 1e-12)
    let sparsities = run.state.cycles.map(\.sparsity)
    #expect(zip(sparsities, sparsities.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test(arguments: EvolutionMethod.allCases.filter { $0.usualTrials == 1 })
  func methodsWithoutTrialsHaveNoneToTellOf(method: EvolutionMethod) throws {
    let bench = try Bench.regressor()
    let run = try bench.run(bench.settings(method, targets: [0.5, 0.5]))
    let record = try #require(try run.runCycle(run.settings.budget))
    #expect(record.pools.count == 2)
    #expect(record.pools.allSatisfy { $0.mean == nil && $0.best == nil && $0.z == nil })
    #expect(record.agreement == nil && record.accuracy == nil)
  }

  @Test(arguments: EvolutionMethod.allCases)
  func theSameSeedGivesTheSameRunAndAnotherADifferentOne(method: EvolutionMethod) throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(method, targets: [0.5, 0.8, nil])
    func parameters() throws -> [[Float]] {
      let run = try bench.run(settings)
      for _ in 0..<3 { _ = try run.runCycle(settings.budget) }
      return run.state.parameters
    }
    let first = try parameters()
    #expect(try parameters() == first)
    settings.seed = 12
    #expect(try parameters() != first)
  }
}
