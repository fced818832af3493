import Datasets
import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

/// A run that stops and goes on.
struct EvolutionResumeTests {
  struct Variant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var inPool = false
    var change: @Sendable (inout EvolutionSettings) -> Void = { _ in }

    static let all = [
      Variant(testDescription: "a pool a layer"),
      Variant(testDescription: "one pool", inPool: true),
      Variant(testDescription: "retraining every three cycles") {
        $0.retraining.every = 3
      },
      Variant(testDescription: "draws over all, one pool, halving", inPool: true) {
        ($0.drawsAll, $0.halving) = (true, true)
      },
      Variant(testDescription: "compensation, nesting, annealing") {
        ($0.compensates, $0.nesting, $0.lastDrawTemperature) = (true, 0.5, 0.01)
      },
      Variant(testDescription: "judged after recovery, one pool", inPool: true) {
        $0.judgesRecovered = true
      },
      Variant(testDescription: "weights that return, one pool", inPool: true) {
        ($0.isIrrevocable, $0.retraining.stepsPerCycle) = (false, 8)
      },
      Variant(testDescription: "augmentation, labels, cross-entropy") {
        $0.retraining.augmentation = Augmentation(flips: true, shift: 1)
        ($0.retraining.labelShare, $0.divergence) = (0.3, .crossEntropy)
      },
    ]
  }

  private func settings(_ bench: Bench, _ method: EvolutionMethod, _ variant: Variant)
    -> EvolutionSettings
  {
    var settings = variant.inPool
      ? bench.settings(method, pool: [0, 1, 2], sparsity: 0.7)
      : bench.settings(method, targets: [0.5, 0.8, 0.3])
    settings.retraining.stepsPerCycle = 2
    variant.change(&settings)
    return settings
  }

  @Test(arguments: EvolutionMethod.allCases, Variant.all)
  func aResumedRunIsTheSameBitForBit(method: EvolutionMethod, variant: Variant) throws {
    let bench = try Bench.classifier(labelled: true)
    let settings = settings(bench, method, variant)
    func finish(_ run: EvolutionRun) throws -> EvolutionState {
      for _ in run.state.cycles.count..<5 { _ = try run.runCycle(settings.budget) }
      _ = try run.trainFinal(steps: 3, total: 6)
      _ = try run.trainFinal(steps: 3, total: 6)
      _ = try run.finish()
      return run.state.timeless
    }
    let whole = try finish(bench.run(settings))
    #expect(whole.cycles.count == 5 && whole.draws.count == settings.pools.count)
    let stopped = try bench.run(settings)
    for stop in 0..<4 {
      if stop > 0 { _ = try stopped.runCycle(settings.budget) }
      #expect(try finish(bench.run(settings, from: stopped.state)) == whole, "after \(stop)")
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
    let settings = bench.settings(.learned, targets: [0.5, 0.8, 0.3])
    let run = try bench.run(settings)
    _ = try run.runCycle(settings.budget)
    let before = run.state
    var asked = 0
    run.shouldStop = {
      asked += 1
      return asked > questions
    }
    #expect(try run.runCycle(settings.budget) == nil)
    #expect(run.state == before)
    // It goes on from there as though nothing had been.
    run.shouldStop = { false }
    run.restore(before)
    let whole = try bench.run(settings, from: before)
    for run in [run, whole] { _ = try run.runCycle(settings.budget) }
    #expect(run.state.timeless == whole.state.timeless)
  }

  @Test func aRunCanGoBackToItsBeginning() throws {
    let bench = try Bench.classifier()
    let settings = bench.settings(.learned, pool: [0, 1], sparsity: 0.8)
    let run = try bench.run(settings)
    let beginning = run.state
    for _ in 0..<2 { _ = try run.runCycle(settings.budget) }
    let first = run.state.timeless
    run.restore(beginning)
    for _ in 0..<2 { _ = try run.runCycle(settings.budget) }
    #expect(run.state.timeless == first)
  }

  @Test(arguments: [0, 5])
  func finalStepsThatAreStoppedOnTheWayLeaveTheStateAsItWas(done: Int) throws {
    let bench = try Bench.regressor()
    let run = try bench.run(bench.settings(.informed, targets: [0.5, 0.5]))
    try run.runToTargets()
    if done > 0 { _ = try run.trainFinal(steps: done, total: 20) }
    let before = run.state
    var asked = 0
    run.shouldStop = {
      asked += 1
      return asked > 3
    }
    #expect(try run.trainFinal(steps: 5, total: 20) == nil)
    #expect(run.state == before)
  }

  @Test func theStateOfTheLearnedDrawsIsUsed() throws {
    let bench = try Bench.classifier()
    let settings = bench.settings(.learned, targets: [nil, 0.8, nil])
    let run = try bench.run(settings)
    let fresh = run.state.draws
    for _ in 0..<2 { _ = try run.runCycle(settings.budget) }
    #expect(run.state.draws != fresh)
    var forgetful = run.state
    forgetful.draws = fresh
    let whole = try bench.run(settings, from: run.state)
    let other = try bench.run(settings, from: forgetful)
    for run in [whole, other] { _ = try run.runCycle(settings.budget) }
    #expect(whole.state.draws != other.state.draws)
    #expect(whole.state.cycles.last?.pools != other.state.cycles.last?.pools)
  }
}
