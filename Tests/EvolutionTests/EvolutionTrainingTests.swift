import Datasets
import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// When and how the survivors are trained.
struct EvolutionTrainingTests {
  @Test(arguments: [(1, 5), (2, 4), (3, 4), (3, 6), (100, 4)])
  func stepsThatArePutOffAreAllTaken(every: Int, steps: Int) throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.magnitude, targets: [0.5, 0.9, nil])
    (settings.retraining.every, settings.retraining.stepsPerCycle) = (every, steps)
    let run = try bench.run(settings)
    for cycle in 0..<run.cycleCount {
      let record = try #require(try run.runCycle(settings.budget))
      let isLast = cycle + 1 == run.cycleCount
      let paid = isLast ? cycle + 1 : (cycle + 1) / every * every
      #expect(run.state.steps == steps * paid, "after cycle \(cycle)")
      #expect(run.state.stepsOwed == steps * (cycle + 1 - paid))
      let trained = isLast || (cycle + 1) % every == 0
      #expect((record.divergenceAfter != record.divergenceBefore) == trained)
    }
    #expect(run.state.steps == steps * 11 && run.state.trainer?.stepCount == steps * 11)
  }

  @Test func noCycleTrainsWhereOnlyFinalStepsAreWanted() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.magnitude, targets: [0.5, 0.9, nil])
    settings.retraining.every = 0
    let run = try bench.run(settings)
    try run.runToTargets()
    #expect(run.state.steps == 0)
    let biases = bench.graph.parameters.indices.filter { bench.graph.parameters[$0].role == .bias }
    #expect(biases.allSatisfy {
      run.state.parameters[$0] == bench.graph.parameters[$0].tensor.values
    })
    _ = try run.trainFinal(steps: 6, total: 6)
    #expect(run.state.steps == 6 && run.state.finalStepsDone == 6)
  }

  @Test func theBestOfTheFinalStatesIsKept() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.9, nil])
    settings.retraining.learningRate = 2e-3
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

  @Test func finalStepsInStretchesAreTheSame() throws {
    let bench = try Bench.classifier(labelled: true)
    var settings = bench.settings(.magnitude, targets: [nil, 0.5, nil])
    settings.retraining.augmentation = Augmentation(flips: true, shift: 1)
    settings.retraining.labelShare = 0.3
    func parameters(_ stretches: [Int]) throws -> [[Float]] {
      let run = try bench.run(settings)
      _ = try run.runCycle(settings.budget)
      for steps in stretches { _ = try run.trainFinal(steps: steps, total: 8) }
      return run.state.parameters
    }
    let whole = try parameters([8])
    #expect(try parameters([3, 5]) == whole && (try parameters([1, 1, 6])) == whole)
  }

  @Test func patienceEndsWhereNothingGetsBetter() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.5, nil])
    settings.retraining.patience = 3
    let run = try bench.run(settings)
    try run.runToTargets()
    let before = run.state
    settings.retraining.learningRate = 3
    let wild = try bench.run(settings, from: before)
    for look in 0..<3 {
      #expect(!wild.hasLostPatience && wild.state.looksSinceBest == look)
      _ = try wild.trainFinal(steps: 2, total: 100)
    }
    #expect(wild.hasLostPatience)
    // A better state gives new patience.
    var state = before
    (state.looksSinceBest, state.best) = (3, .init(parameters: before.parameters, divergence: 1e9))
    settings.retraining.learningRate = 1e-3
    let calm = try bench.run(settings, from: state)
    #expect(calm.hasLostPatience)
    _ = try calm.trainFinal(steps: 2, total: 100)
    #expect(!calm.hasLostPatience && calm.state.looksSinceBest == 0)
    settings.retraining.patience = nil
    #expect(try !bench.run(settings, from: wild.state).hasLostPatience)
  }

  @Test func trainingThatOnlyHarmsIsNotKept() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.5, nil])
    let run = try bench.run(settings)
    try run.runToTargets()
    let before = run.state
    settings.retraining.learningRate = 3
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
    settings.retraining.learningRate = 1e30
    let wild = try bench.run(settings, from: before)
    let harmed = try #require(try wild.trainFinal(steps: 5, total: 10)).divergence
    #expect(!harmed.isFinite)
    _ = try wild.finish()
    #expect(wild.state.parameters == before.parameters)
  }

  @Test(arguments: [DivergenceKind.distribution, .squaredError, .normalizedError])
  func retrainingHelps(kind: DivergenceKind) throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.informed, targets: [nil, 0.8, nil])
    (settings.retraining.stepsPerCycle, settings.divergence) = (30, kind)
    let run = try bench.run(settings)
    try run.runToTargets()
    let last = try #require(run.state.cycles.last)
    #expect(last.divergenceAfter < last.divergenceBefore)
  }

  /// Labels that are the teacher's own answers, so that they can be learned.
  @Test func labelsAreLearned() throws {
    var bench = try Bench.classifier()
    func labelled(_ samples: SampleSet) throws -> SampleSet {
      var datasets = samples.datasets
      let answers = try bench.graph.answers(to: samples)[0]
      datasets[0].labels = argmax(Tensor(shape: [samples.count, 5], values: answers))
      return SampleSet(datasets, elementCounts: samples.elementCounts)
    }
    bench = try Bench(
      graph: bench.graph, training: labelled(bench.samples.training),
      heldBack: labelled(bench.samples.heldBack))
    func crossEntropy(_ share: Float) throws -> Double {
      var settings = bench.settings(.magnitude, targets: [nil, 0.8, nil])
      (settings.divergence, settings.retraining.labelShare) = (.crossEntropy, share)
      settings.retraining.stepsPerCycle = 20
      let run = try bench.run(settings)
      try run.runToTargets()
      return try #require(run.state.cycles.last).divergenceAfter
    }
    // The teacher is less sure of its answers than labels are.
    #expect(try crossEntropy(0.9) < 0.9 * crossEntropy(0))
  }

  @Test(arguments: [DivergenceKind.squaredError, .normalizedError])
  func labelsAreLeftOutWhereNumbersAreLearned(kind: DivergenceKind) throws {
    let bench = try Bench.classifier(labelled: true)
    func parameters(_ share: Float) throws -> [[Float]] {
      var settings = bench.settings(.magnitude, targets: [nil, 0.5, nil])
      (settings.divergence, settings.retraining.labelShare) = (kind, share)
      let run = try bench.run(settings)
      _ = try run.runCycle(settings.budget)
      return run.state.parameters
    }
    #expect(try parameters(0.5) == parameters(0))
  }

  @Test func augmentationChangesWhatIsLearned() throws {
    let bench = try Bench.classifier()
    var settings = bench.settings(.magnitude, targets: [nil, 0.5, nil])
    func parameters() throws -> [[Float]] {
      let run = try bench.run(settings)
      _ = try run.runCycle(settings.budget)
      return run.state.parameters
    }
    let plain = try parameters()
    settings.retraining.augmentation = Augmentation.none
    let none = try parameters()
    #expect(zip(plain, none).allSatisfy { zip($0, $1).allSatisfy { abs($0 - $1) < 1e-4 } })
    settings.retraining.augmentation = Augmentation(flips: true, shift: 1)
    let augmented = try parameters()
    #expect(augmented != none)
    #expect(try augmented == parameters())
  }

  @Test func slopesAreTrainedToo() throws {
    let bench = try Bench.regressor()
    let run = try bench.run(bench.settings(.informed, targets: [0.5, 0.5]))
    _ = try run.runCycle(run.settings.budget)
    let slopes = try #require(bench.graph.parameters.firstIndex { $0.role == .slope })
    #expect(run.state.parameters[slopes] != bench.graph.parameters[slopes].tensor.values)
  }

  @Test func aLayerInNoPoolIsTrainedButKeepsItsWeights() throws {
    let bench = try Bench.classifier()
    let run = try bench.run(bench.settings(.informed, targets: [nil, 0.5, nil]))
    try run.runToTargets()
    let zeros = bench.zeros(run.state)
    #expect(zeros[0].isEmpty && zeros[1].count == 192 && zeros[2].isEmpty)
    let weight = bench.graph.layers[2].weight
    #expect(run.state.parameters[weight.index] != bench.graph[weight].tensor.values)
  }
}
