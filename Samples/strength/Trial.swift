// One method, one seed: a run through all sparsities, with a fork of final training at each.

import Evolution
import Execution
import ModelGraph
import Tensors

/// One row of the table.
struct Row: Codable {
  var experiment: String
  var method: String
  var seed: UInt64
  /// Wanted share of zeros of the pool.
  var sparsity: Double
  /// Of the test samples.
  var accuracy: Double
  /// Mean KL divergence from the teacher on the test samples, nats.
  var divergence: Double
  /// The same on the held-back samples, by which states were chosen.
  var heldBack: Double
  /// Gradient steps behind the row.
  var steps: Int
  var seconds: Double
}

/// A named choice of settings.
struct Contender: Sendable {
  let name: String
  /// Candidate sets a cycle; 1: what is drawn is zeroed.
  let trials: Int
  let change: @Sendable (inout EvolutionSettings) -> Void

  static let all: [Contender] = [
    Contender(name: "random", trials: 1) { $0.method = .random },
    Contender(name: "magnitude", trials: 1) { $0.method = .magnitude },
    Contender(name: "wanda", trials: 1) { $0.method = .wanda },
    Contender(name: "obd", trials: 1) { $0.method = .obd },
    Contender(name: "literal", trials: 120) { $0.method = .literal },
    Contender(name: "nested", trials: 120) { settings in
      settings.method = .literal
      settings.nesting = 0.5
    },
    Contender(name: "informed", trials: 64) { $0.method = .informed },
    Contender(name: "learned", trials: 16) { settings in
      settings.method = .learned
      settings.judgesRecovered = true
    },
  ]
}

extension Experiment {
  static let sparsities = [0.8, 0.9, 0.95, 0.98]

  /// The budget that all methods share: so much of the survivors a cycle, 60 gradient steps after
  /// each, and final steps at each sparsity of the table.
  func settings(_ contender: Contender, seed: UInt64) -> EvolutionSettings {
    var settings = EvolutionSettings()
    (settings.halving, settings.judgesRecovered) = (false, false)
    settings.step = .share(step)
    settings.trials = contender.trials
    settings.trialSamples = 1000
    settings.retraining.stepsPerCycle = 60
    settings.retraining.finalSteps = 470
    settings.threads = 1
    settings.seed = seed
    contender.change(&settings)
    return settings
  }

  /// Runs one method with one seed.
  func rows(_ name: String, _ contender: Contender, seed: UInt64, override: Override) throws -> [Row] {
    var settings = settings(contender, seed: seed)
    override.apply(to: &settings)
    var state: EvolutionState?
    var rows: [Row] = []
    let clock = ContinuousClock()
    let began = clock.now
    for sparsity in Self.sparsities {
      settings.pools = [Pool(layers: pool, sparsity: sparsity)]
      let run = try EvolutionRun(
        student: teacher, settings: settings, samples: samples, state: state)
      let budget = CycleBudget(trials: settings.trials, steps: settings.retraining.stepsPerCycle)
      while !run.hasReachedTargets { _ = try run.runCycle(budget) }
      state = run.state
      let steps = settings.retraining.finalSteps
      let parts = 4
      for part in 0..<parts {
        let count = steps * (part + 1) / parts - steps * part / parts
        _ = try run.trainFinal(steps: count, total: steps)
      }
      let judged = try run.finish()
      let (accuracy, divergence) = try tested(run.state.parameters)
      let took = began.duration(to: clock.now).components
      rows.append(
        Row(
          experiment: name, method: contender.name + override.label, seed: seed, sparsity: sparsity,
          accuracy: accuracy, divergence: divergence, heldBack: judged.divergence,
          steps: run.state.steps, seconds: Double(took.seconds)))
    }
    return rows
  }

  private func tested(_ parameters: [[Float]]) throws -> (accuracy: Double, divergence: Double) {
    let store = try ParameterStore(teacher)
    for (index, values) in parameters.enumerated() { store.set(ParameterID(index), to: values) }
    let outputs = try Executor(graph: teacher, parameters: store, to: teacher.lossValues)
      .run(inputs: test.tensors(0..<test.count, of: teacher))
    let targets = Tensor(shape: outputs[0].shape, values: testTargets)
    return (
      accuracy(outputs[0], labels: test.labels ?? []),
      Loss.distillation(temperature: 1).divergence(student: outputs, teacher: [targets])
    )
  }

  private func accuracy(_ outputs: Tensor, labels: [Int]) -> Double {
    Execution.accuracy(outputs, labels: labels)
  }
}

/// Settings changed by hand: `trials=120,temperature=4`; for finding defaults.
struct Override {
  let label: String
  private var changes: [(key: String, value: Double)] = []

  init(_ text: String) throws {
    label = text.isEmpty ? "" : " " + text
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=")
      guard pair.count == 2, let value = Double(pair[1]), Self.keys[String(pair[0])] != nil else {
        throw Failure("--set does not know \(part)")
      }
      changes.append((String(pair[0]), value))
    }
  }

  func apply(to settings: inout EvolutionSettings) {
    for (key, value) in changes { Self.keys[key]?(&settings, value) }
  }

  private static let keys: [String: @Sendable (inout EvolutionSettings, Double) -> Void] = [
    "trials": { $0.trials = Int($1) },
    "samples": { $0.trialSamples = Int($1) },
    "temperature": { $0.trialTemperature = Float($1) },
    "noise": { ($0.drawTemperature, $0.lastDrawTemperature) = (Float($1), Float($1)) },
    "nesting": { $0.nesting = $1 },
    "compensates": { $0.compensates = $1 != 0 },
    "step": { $0.step = .share($1) },
    "recovered": { $0.judgesRecovered = $1 != 0 },
    "halving": { $0.halving = $1 != 0 },
    "mse": { $0.divergence = $1 != 0 ? .squaredError : .distribution },
  ]
}
