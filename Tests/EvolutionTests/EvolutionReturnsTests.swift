import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

@testable import Evolution

/// Weights that return.
struct EvolutionReturnsTests {
  private func settings(_ bench: Bench) -> EvolutionSettings {
    var settings = bench.settings(.informed, pool: [0, 1, 2], sparsity: 0.8)
    settings.isIrrevocable = false
    (settings.retraining.stepsPerCycle, settings.retraining.learningRate) = (24, 1e-2)
    return settings
  }

  /// The largest weights of the last layer are zeroed, which training wants back.
  @Test func aWeightThatReturnsIsTrainedFromThenOn() throws {
    let bench = try Bench.classifier()
    var settings = settings(bench)
    settings.retraining.stepsPerCycle = 80
    let run = try bench.run(settings)
    let weight = bench.graph.layers[2].weight.index
    let old = run.state.parameters[weight]
    let lost = old.indices.sorted { abs(old[$0]) > abs(old[$1]) }.prefix(20)
    var state = run.state
    for position in lost { state.parameters[weight][position] = 0 }
    run.restore(state)
    let record = try #require(try run.runCycle(settings.budget))
    let before = run.state.parameters[weight]
    let back = lost.filter { before[$0] != 0 }
    #expect(!back.isEmpty && (record.returned ?? 0) >= back.count)
    // Its mask has it again, and what is zero now stays so.
    let zeros = bench.zeros(run.state)
    _ = try run.trainFinal(steps: 2, total: 4)
    #expect(back.allSatisfy { run.state.parameters[weight][$0] != before[$0] })
    #expect(bench.zeros(run.state) == zeros)
  }

  @Test func cyclesKeepToTheirPlanNetOfWhatReturns() throws {
    let bench = try Bench.classifier()
    let (free, bound) = (try bench.run(settings(bench)), try bench.run({
      var settings = settings(bench)
      settings.isIrrevocable = true
      return settings
    }()))
    #expect(free.cycleCount == bound.cycleCount)
    for _ in 0..<free.cycleCount {
      let (record, plan) = (
        try #require(try free.runCycle(free.settings.budget)),
        try #require(try bound.runCycle(bound.settings.budget)))
      #expect(record.sparsity >= plan.sparsity && plan.returned == nil && record.returned != nil)
    }
    #expect(free.hasReachedTargets && free.state.steps == bound.state.steps)
  }

  @Test func irrevocableZerosStay() throws {
    let bench = try Bench.classifier()
    var settings = settings(bench)
    settings.isIrrevocable = true
    let run = try bench.run(settings)
    var old = bench.zeros(run.state)
    for _ in 0..<4 {
      _ = try run.runCycle(settings.budget)
      let new = bench.zeros(run.state)
      #expect(zip(old, new).allSatisfy { $0.isSubset(of: $1) })
      old = new
    }
    #expect(run.state.price == nil)
  }

  /// Without retraining in every cycle nothing can return.
  @Test func nothingReturnsWhereTrainingIsPutOff() throws {
    let bench = try Bench.classifier()
    func state(_ isIrrevocable: Bool) throws -> [[Float]] {
      var settings = settings(bench)
      (settings.isIrrevocable, settings.retraining.every) = (isIrrevocable, 2)
      let run = try bench.run(settings)
      for _ in 0..<3 { _ = try run.runCycle(settings.budget) }
      return run.state.parameters
    }
    #expect(try state(true) == state(false))
  }

  @Test func layersInNoPoolKeepTheirZeros() throws {
    let bench = try Bench.classifier()
    let first = try bench.run(bench.settings(.magnitude, targets: [nil, 0.5, nil]))
    try first.runToTargets()
    var settings = settings(bench)
    settings.pools = [Pool(layers: [2], sparsity: 0.5)]
    var state = first.state
    state.plan(settings.pools, layers: bench.graph.layers)
    let run = try bench.run(settings, from: state)
    for _ in 0..<3 { _ = try run.runCycle(settings.budget) }
    #expect(bench.zeros(run.state)[1] == bench.zeros(first.state)[1])
  }

  @Test func aRunThatIsStoppedOnTheWayIsAsBefore() throws {
    let bench = try Bench.classifier()
    let run = try bench.run(settings(bench))
    _ = try run.runCycle(run.settings.budget)
    let before = run.state
    for looks in [0, 5, 18, 19, 22] {
      var left = looks
      run.shouldStop = {
        left -= 1
        return left < 0
      }
      #expect(try run.runCycle(run.settings.budget) == nil)
      #expect(run.state == before)
      run.restore(before)
    }
    run.shouldStop = { false }
    let other = try bench.run(settings(bench), from: before)
    _ = try (run.runCycle(run.settings.budget), other.runCycle(run.settings.budget))
    #expect(run.state.timeless == other.state.timeless)
  }

  @Test func thePriceGoesWithThePlan() {
    func price(_ old: Float, _ significant: Int, _ wanted: Int) -> Float {
      EvolutionRun.price(after: old, significant: significant, wanted: wanted, noise: 1e-4)
    }
    #expect(price(1e-5, 100, 100) == 1e-5 && price(1e-5, 101, 100) > 1e-5 && price(1e-5, 99, 100) < 1e-5)
    func isAbout(_ found: Float, _ expected: Float) -> Bool { abs(found - expected) < 1e-5 * expected }
    #expect(isAbout(price(1e-5, 200, 100), 1.5e-5) && isAbout(price(1e-5, 10, 100), 0.7e-5))
    #expect(isAbout(price(4e-7, 10, 100), 3e-7) && isAbout(price(1e-5, 5, 0), 1.5e-5))
  }

  @Test(arguments: [([1, -1, 0, 1], 1), ([0, 0], 1e-12), ([], 1e-12), ([3, 4], 3.5355339)] as [([Float], Float)])
  func aKneeIsTheSizeOfWhatIsThere(weights: [Float], knee: Float) {
    #expect(EvolutionRun.knee(weights) == knee)
  }
}
