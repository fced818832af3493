import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// The short road against the long one: whole networks run on the host with those weights zeroed,
/// and divergences by their definitions in double precision.
struct TrialEvaluatorTests {
  private static let kl = ObjectiveCase(kind: .distribution)
  private static let few = [
    "dense, first of two", "dense chain, relu", "middle convolution, stride",
    "residual, the layer inside", "convolution chain, scales, relu, mean",
    "dense chain, blocks of half the samples", "dense chain, blocks of a quarter",
  ]

  @Test(arguments: TrialCase.all)
  func divergencesAreThoseOfWholeRuns(_ example: TrialCase) throws {
    let trials = try TrialSetup(example, samples: 65, seed: 1)
    for objective in [Self.kl, ObjectiveCase(kind: .squaredError)] {
      expect(try trials.divergences(objective), trials.expected(objective), example, objective)
    }
  }

  @Test(arguments: TrialCase.chains + TrialCase.images)
  func everyObjectiveIsThatOfWholeRuns(_ example: TrialCase) throws {
    let trials = try TrialSetup(example, samples: 67, seed: 7)
    for objective in ObjectiveCase.all {
      let expected = trials.expected(objective)
      expect(try trials.divergences(objective), expected, example, objective)
      let plain = try trials.divergences(objective, blocksSuffix: false)
      expect(plain, expected, example, objective)
    }
  }

  @Test(arguments: [1, 63, 64, 65, 129], few)
  func anyNumberOfSamplesWillDo(samples: Int, name: String) throws {
    let example = try TrialCase.named(name)
    let trials = try TrialSetup(example, samples: samples, seed: 2)
    for objective in ObjectiveCase.all where samples > 1 || objective.kind != .normalizedError {
      expect(try trials.divergences(objective), trials.expected(objective), example, objective)
    }
  }

  @Test(arguments: [0..<1, 0..<64, 63..<65, 64..<129, 17..<30, 31..<100, 128..<129], few)
  func anyRangeOfSamplesWillDo(_ range: Range<Int>, name: String) throws {
    let example = try TrialCase.named(name)
    let trials = try TrialSetup(example, samples: 129, seed: 8)
    let found = try trials.divergences(Self.kl, over: range)
    expect(found, trials.expected(Self.kl, over: range), example, Self.kl)
  }

  @Test func noSamplesDivergeByNothing() throws {
    let trials = try TrialSetup(TrialCase.named("dense, first of two"), samples: 5, seed: 8)
    #expect(try trials.divergences(Self.kl, over: 3..<3) == trials.sets.map { _ in 0 })
  }

  @Test(arguments: few) func neitherThreadsNorKeepingBlocksChangesABit(name: String) throws {
    let trials = try TrialSetup(TrialCase.named(name), samples: 200, seed: 3)
    let one = try trials.divergences(Self.kl, threads: 1)
    #expect(try trials.divergences(Self.kl, threads: 2) == one)
    #expect(try trials.divergences(Self.kl, threads: 3) == one)
    #expect(try trials.divergences(Self.kl, cacheLimit: 0) == one)
  }

  /// What an evaluator keeps is made anew when it no longer holds, whatever was evaluated between.
  @Test(arguments: [
    "dense, last of two", "middle convolution, 3x3", "residual, its second layer",
    "a value made before the layer is read behind it",
  ])
  func whatIsKeptFollowsTheParameters(name: String) throws {
    var trials = try TrialSetup(TrialCase.named(name), samples: 129, seed: 4)
    let store = try ParameterStore(trials.graph)
    let evaluator = try trials.evaluator(Self.kl, parameters: store)
    for parameter in [nil] + trials.graph.parameters.indices.map(Optional.some) + [nil] {
      if let parameter {
        let id = ParameterID(parameter)
        let tensor = trials.graph.perturbed(seed: 9)[id].tensor
        store.set(id, to: tensor.values)
        trials.graph.setParameter(id, to: tensor)
      }
      for range in [64..<129, 0..<129] {
        let found = try evaluator.divergences(
          of: LayerSets(trials.sets), weights: store.values(trials.layer.weight), samples: range)
        #expect(found == (try trials.divergences(Self.kl, over: range)))
      }
    }
  }

  @Test func weightsThatAreZeroAlreadyChangeNothing() throws {
    var trials = try TrialSetup(TrialCase.named("dense chain, relu"), samples: 65, seed: 5)
    trials.graph = trials.graph.zeroing(trials.sets[2], of: trials.layer)
    let found = try trials.divergences(Self.kl)
    #expect(found[0] == found[2])
    #expect(abs(found[0] - trials.expected(Self.kl)[2]) <= 1e-5 * found[0])
  }

  /// Numbers of single precision are logits and probabilities: a divergence of a sample is known to
  /// some 1e-7, softened with the square of the temperature.
  private func expect(
    _ found: [Double], _ expected: [Double], _ example: TrialCase, _ objective: ObjectiveCase
  ) {
    let known = 2e-7 * Double(objective.temperature * objective.temperature)
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) {
      #expect(
        abs(a - b) <= 1e-5 * abs(b) + known, "\(example.name), \(objective): \(a) for \(b)")
    }
  }
}
