import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

/// A small net, what it is trained on, and runs over it.
private struct Bench {
  let graph: Graph
  let samples: TrainingSamples

  /// A classifier with a convolution and two dense layers: 36, 384 and 120 weights.
  static func classifier() throws -> Bench {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    var x = try net.convolution(net.input([1, 6, 6]), to: 4, Window(kernel: [3, 3]))
    x = try net.node(.activation(.relu), x)
    x = try net.node(.maxPool(Window(kernel: [2, 2], strides: [2, 2])), x)
    x = try net.node(.activation(.relu), try net.head(x, to: 24))
    x = try net.dense(x, to: 5)
    net.graph.addOutput(try net.node(.softmax(axis: 0), x))
    return try Bench(net.graph)
  }

  /// Values out: 40 and 24 weights, with slopes that are trained too.
  static func regressor() throws -> Bench {
    var net = NetBuilder(seed: 2, biasScale: 0.1)
    let x = try net.dense(net.input([5]), to: 8)
    let y = try net.node(.prelu(slope: net.parameter([8], .slope, scale: 0.3)), x)
    net.graph.addOutput(try net.dense(y, to: 3))
    return try Bench(net.graph)
  }

  private init(_ graph: Graph) throws {
    self.graph = graph
    samples = try TrainingSamples(
      teacher: graph, training: graph.randomSamples(150, seed: 3),
      heldBack: graph.randomSamples(70, seed: 90), threads: 2)
  }

  func settings(
    _ method: EvolutionMethod, targets: [Double?], threads: Int = 2
  ) -> EvolutionSettings {
    var settings = EvolutionSettings()
    settings.method = method
    settings.divergence = graph.layers.count == 3 ? .distribution : .squaredError
    settings.step = 0.2
    settings.trials = 6
    settings.trialSamples = 65
    settings.stepsPerCycle = 4
    settings.batch = 32
    settings.seed = 11
    settings.threads = threads
    settings.targets = targets
    return settings
  }

  func run(_ settings: EvolutionSettings, from state: EvolutionState? = nil) throws -> EvolutionRun
  {
    try EvolutionRun(student: graph, settings: settings, samples: samples, state: state)
  }

  /// The present zeros of each layer.
  func zeros(_ state: EvolutionState) -> [Set<Int>] {
    graph.layers.map { layer in
      let values = state.parameters[layer.weight.index]
      return Set(values.indices.filter { values[$0] == 0 })
    }
  }
}

extension EvolutionSettings {
  fileprivate var budget: CycleBudget { CycleBudget(trials: trials, steps: stepsPerCycle) }
}

extension EvolutionRun {
  /// Cycles until all targets are reached.
  fileprivate func runToTargets() throws {
    while !hasReachedTargets && state.cycles.count < 200 { _ = try runCycle(settings.budget) }
  }
}

/// Directed Evolution from its first cycle to its last step.
struct EvolutionRunTests {
  @Test(arguments: [EvolutionMethod.informed, .magnitude], [1, 2])
  func targetsAreReachedExactlyAndTogether(method: EvolutionMethod, threads: Int) throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(method, targets: [0.5, 0.9, nil], threads: threads))
    let planned = run.cycleCount
    #expect(planned == 11)  // 0.8^11 <= 1/10 < 0.8^10
    for cycle in 0..<planned {
      #expect(!run.hasReachedTargets, "after \(cycle) cycles")
      _ = try run.runCycle(run.settings.budget)
    }
    #expect(run.hasReachedTargets)
    let zeros = bench.zeros(run.state).map(\.count)
    let counts = bench.graph.layers.map(\.weightCount)
    #expect(zeros == [18, Int((0.9 * Double(counts[1])).rounded()), 0])
    #expect(run.state.cycles.count == planned)
  }

  @Test func literalReachesAtLeastItsTargets() throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(.literal, targets: [0.5, 0.9, nil]))
    try run.runToTargets()
    #expect(run.hasReachedTargets)
    let zeros = bench.zeros(run.state).map(\.count)
    #expect(zeros[0] >= 18 && zeros[1] >= 346 && zeros[2] == 0)
    // At most a step beyond.
    #expect(zeros[0] <= 18 + 8 && zeros[1] <= 346 + 77)
    // The step over the whole layer shrinks among survivors, so that it takes longer.
    #expect(run.state.cycles.count >= run.cycleCount)
  }

  @Test(arguments: EvolutionMethod.allCases)
  func zerosAreIrrevocable(method: EvolutionMethod) throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(method, targets: [0.6, 0.8, 0.4]))
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

  @Test func recordsTellWhatTrialsWere() throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(.informed, targets: [0.5, 0.9, nil]))
    try run.runToTargets()
    for (index, cycle) in run.state.cycles.enumerated() {
      #expect(cycle.cycle == index && cycle.budget == run.settings.budget)
      #expect(cycle.divergenceBefore > 0 && cycle.divergenceAfter > 0 && cycle.seconds > 0)
      #expect((0...1).contains(try #require(cycle.agreement)))
      for layer in cycle.layers {
        let (mean, deviation) = (try #require(layer.mean), try #require(layer.deviation))
        let (best, z) = (try #require(layer.best), try #require(layer.z))
        #expect(best <= mean * (1 + 1e-12) && deviation >= 0 && z >= 0)
        #expect(abs((mean - best) - z * deviation) <= 1e-8 * mean)
      }
    }
    let names = bench.graph.layers.map(\.name)
    #expect(run.state.cycles[0].layers.map(\.layer) == Array(names.prefix(2)))
    let last = try #require(run.state.cycles.last)
    #expect(last.layers.map(\.sparsity).last == 346.0 / 384)
    let sparsities = run.state.cycles.compactMap { $0.layers.first?.sparsity }
    #expect(zip(sparsities, sparsities.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test func magnitudeHasNoTrialsToTellOf() throws {
    let bench = try Bench.regressor()
    let run = try bench.run(bench.settings(.magnitude, targets: [0.5, 0.5]))
    let record = try #require(try run.runCycle(run.settings.budget))
    #expect(record.layers.count == 2)
    #expect(record.layers.allSatisfy { $0.mean == nil && $0.best == nil && $0.z == nil })
    #expect(record.agreement == nil)
  }

  @Test func magnitudeZeroesTheLeast() throws {
    let bench = try Bench.regressor()
    let run = try bench.run(bench.settings(.magnitude, targets: [0.2, nil]))
    _ = try run.runCycle(CycleBudget(trials: 1, steps: 0))
    let weights = bench.graph[bench.graph.layers[0].weight].tensor.values
    let least = weights.indices.sorted { abs(weights[$0]) < abs(weights[$1]) }.prefix(8)
    #expect(bench.zeros(run.state)[0] == Set(least))
  }

  @Test func theChosenSetIsTheBestOfTheTrials() throws {
    // One layer, no retraining: what the judge finds before training is what the best trial had.
    let bench = try Bench.regressor()
    var settings = bench.settings(.literal, targets: [0.5, nil])
    settings.trialSamples = 70
    let run = try bench.run(settings)
    let record = try #require(try run.runCycle(CycleBudget(trials: 40, steps: 0)))
    let best = try #require(record.layers[0].best)
    #expect(abs(record.divergenceBefore - best) <= 1e-5 * best)
    #expect(record.divergenceAfter == record.divergenceBefore)
    #expect(try #require(record.layers[0].z) > 1)
  }

  @Test(arguments: EvolutionMethod.allCases, [0, 1, 3])
  func aResumedRunIsTheSameBitForBit(method: EvolutionMethod, stop: Int) throws {
    let bench = try Bench.classifier()
    let settings = bench.settings(method, targets: [0.5, 0.8, 0.3])
    func finish(_ run: EvolutionRun) throws -> EvolutionState {
      for _ in run.state.cycles.count..<5 { _ = try run.runCycle(settings.budget) }
      _ = try run.trainFinal(steps: 7, total: 14)
      _ = try run.trainFinal(steps: 7, total: 14)
      _ = try run.finish()
      return run.state
    }
    let whole = try finish(bench.run(settings))
    let stopped = try bench.run(settings)
    for _ in 0..<stop { _ = try stopped.runCycle(settings.budget) }
    let resumed = try finish(bench.run(settings, from: stopped.state))
    #expect(resumed.parameters == whole.parameters)
    #expect(resumed.steps == whole.steps && resumed.cycles.count == whole.cycles.count)
    for (a, b) in zip(resumed.cycles, whole.cycles) {
      #expect(a.layers == b.layers && a.divergenceAfter == b.divergenceAfter)
    }
  }

  @Test func aRunResumedInItsFinalStepsIsTheSameBitForBit() throws {
    let bench = try Bench.regressor()
    let settings = bench.settings(.informed, targets: [0.5, 0.5])
    let whole = try bench.run(settings)
    try whole.runToTargets()
    _ = try whole.trainFinal(steps: 10, total: 20)
    let resumed = try bench.run(settings, from: whole.state)
    for run in [whole, resumed] {
      _ = try run.trainFinal(steps: 10, total: 20)
      _ = try run.finish()
    }
    #expect(resumed.state.parameters == whole.state.parameters)
    #expect(resumed.state == whole.state)
  }

  @Test(arguments: [0, 1, 2, 3, 5, 6])
  func aCycleThatIsStoppedOnTheWayLeavesTheStateAsItWas(questions: Int) throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(.informed, targets: [0.5, 0.8, 0.3]))
    _ = try run.runCycle(run.settings.budget)
    let before = run.state
    var asked = 0
    run.shouldStop = {
      asked += 1
      return asked > questions
    }
    #expect(try run.runCycle(run.settings.budget) == nil)
    #expect(run.state == before)
  }

  @Test func finalStepsThatAreStoppedOnTheWayLeaveTheStateAsItWas() throws {
    let bench = try Bench.regressor()
    let run = try bench.run(bench.settings(.informed, targets: [0.5, 0.5]))
    try run.runToTargets()
    _ = try run.trainFinal(steps: 5, total: 20)
    let before = run.state
    var asked = 0
    run.shouldStop = {
      asked += 1
      return asked > 3
    }
    #expect(try run.trainFinal(steps: 5, total: 20) == nil)
    #expect(run.state == before)
  }

  @Test func theSameSeedGivesTheSameRunAndAnotherADifferentOne() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [0.5, 0.8, nil])
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

  @Test func theBestOfTheFinalStatesIsKept() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.9, nil])
    settings.learningRate = 2e-3
    let run = try bench.run(settings)
    try run.runToTargets()
    var seen = [try #require(run.state.cycles.last).divergenceAfter]
    for _ in 0..<4 {
      seen.append(try #require(try run.trainFinal(steps: 20, total: 80)).divergence)
    }
    let best = try #require(seen.min())
    #expect(best < seen[0])
    #expect(run.state.best?.divergence == best)
    let judged = try run.finish()
    #expect(judged.divergence == best)
    #expect(run.state.best == nil && run.state.trainer == nil && run.state.isOver)
  }

  @Test func trainingThatOnlyHarmsIsNotKept() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.5, nil])
    let run = try bench.run(settings)
    try run.runToTargets()
    let before = run.state
    settings.learningRate = 3
    let wild = try bench.run(settings, from: before)
    let harmed = try #require(try wild.trainFinal(steps: 5, total: 10)).divergence
    #expect(harmed > (before.cycles.last?.divergenceAfter ?? 0))
    _ = try wild.finish()
    #expect(wild.state.parameters == before.parameters)
  }

  @Test func trainingThatRunsAwayIsNotKept() throws {
    let bench = try Bench.regressor()
    var settings = bench.settings(.informed, targets: [0.5, 0.5])
    let run = try bench.run(settings)
    try run.runToTargets()
    let before = run.state
    settings.learningRate = 1e30
    let wild = try bench.run(settings, from: before)
    let harmed = try #require(try wild.trainFinal(steps: 5, total: 10)).divergence
    #expect(!harmed.isFinite)
    _ = try wild.finish()
    #expect(wild.state.parameters == before.parameters)
  }

  @Test func retrainingHelps() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.8, nil])
    settings.stepsPerCycle = 30
    let run = try bench.run(settings)
    try run.runToTargets()
    let last = try #require(run.state.cycles.last)
    #expect(last.divergenceAfter < last.divergenceBefore)
  }

  @Test func slopesAreTrainedToo() throws {
    let bench = try Bench.regressor()
    let run = try bench.run(bench.settings(.informed, targets: [0.5, 0.5]))
    _ = try run.runCycle(run.settings.budget)
    let slopes = try #require(bench.graph.parameters.firstIndex { $0.role == .slope })
    #expect(run.state.parameters[slopes] != bench.graph.parameters[slopes].tensor.values)
  }

  @Test func anUnprunedLayerIsTrainedButKeepsItsWeights() throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(.informed, targets: [nil, 0.5, nil]))
    try run.runToTargets()
    let zeros = bench.zeros(run.state)
    #expect(zeros[0].isEmpty && zeros[1].count == 192 && zeros[2].isEmpty)
  }
}

/// How a student is judged.
struct StudentJudgeTests {
  @Test func theTeacherItselfDoesNotDiverge() throws {
    let bench = try Bench.classifier()
    let judge = try StudentJudge(
      graph: bench.graph, parameters: ParameterStore(bench.graph), samples: bench.samples.heldBack,
      targets: bench.samples.heldBackTargets, divergence: .distribution, threads: 2)
    let judged = try judge.judge()
    #expect(abs(judged.divergence) < 1e-9 && judged.agreement == 1)
  }

  @Test func agreementIsTheShareOfEqualAnswers() throws {
    let bench = try Bench.classifier()
    let student = bench.graph.perturbed(seed: 5)
    let judged = try StudentJudge(
      graph: bench.graph, parameters: ParameterStore(student), samples: bench.samples.heldBack,
      targets: bench.samples.heldBackTargets, divergence: .squaredError, threads: 1
    ).judge()
    let answers = try student.answers(to: bench.samples.heldBack)[0]
    let targets = bench.samples.heldBackTargets[0]
    var (equal, squares) = (0, 0.0)
    for sample in 0..<70 {
      let range = sample * 5..<(sample + 1) * 5
      let largest = { (values: [Float]) in range.max { values[$0] < values[$1] } }
      equal += largest(answers) == largest(targets) ? 1 : 0
      for index in range {
        squares += Double((answers[index] - targets[index]) * (answers[index] - targets[index]))
      }
    }
    #expect(judged.agreement == Double(equal) / 70)
    #expect(abs(judged.divergence - squares / 5 / 70) <= 1e-6 * judged.divergence)
  }
}
