// What each option still does on a run that has begun: one table for all commands that take a run
// up. An option that is not in it is refused there, and a test wants every option in it.

import Compiler
import Evolution

/// What an option means to a run that is taken up.
enum OptionRule {
  typealias Take<Whole> = (inout Whole, Whole) -> Void

  /// Of this call alone; it has its effect at once.
  case call
  /// Where a result goes: as in the call that the run goes on with, where it is not given again.
  case result
  /// Acts in stages of the run, and is this part of its options.
  case run(Set<Stage>, Take<CompileOptions>)
  /// A part of a search for weights that share values.
  case search(Take<SharingProgress>)
  /// For runs that begin, for this reason.
  case refused(String)

  /// The rules of a command's options, by name.
  static func rules(of command: String) -> [String: OptionRule] {
    general.merging(special[command] ?? [:]) { $1 }
  }

  private static func field<T>(_ path: WritableKeyPath<CompileOptions, T>) -> Take<CompileOptions> {
    { $0[keyPath: path] = $1[keyPath: path] }
  }

  private static func field<T>(_ path: WritableKeyPath<SharingProgress, T>) -> OptionRule {
    .search { $0[keyPath: path] = $1[keyPath: path] }
  }

  private static let training: Set<Stage> = [.cycles, .finalSteps, .quantize]

  private static var general: [String: OptionRule] {
    [calls, samples, targets, trials, retraining, tables, blobs].reduce(into: [:]) {
      $0.merge($1) { $1 }
    }
  }

  private static var calls: [String: OptionRule] {
    [
      "quiet": .call, "resume": .call, "checkpoint": .call, "checkpoint-every": .call, "points": .call,
      "help": .call, "version": .call,
      "axis": .refused("a run keeps the axes that its model was loaded with"),
      "output": .result, "json": .result, "record": .result,
      "threads": .run([.speed], field(\.evolution.threads)),
      "seed": .run([.beginning]) {
        $0.evolution.seed = $1.evolution.seed
        if case .stochastic = $0.rounding { $0.rounding = .stochastic(seed: $1.evolution.seed) }
      },
    ]
  }

  private static var samples: [String: OptionRule] {
    func input<T>(_ path: WritableKeyPath<DataOptions, T>) -> OptionRule {
      .run([.beginning]) { kept, told in
        guard let source = told.data ?? told.input else { return }
        kept.data?[keyPath: path] = source[keyPath: path]
        kept.test?[keyPath: path] = source[keyPath: path]
        kept.input?[keyPath: path] = source[keyPath: path]
      }
    }
    func source(_ path: WritableKeyPath<CompileOptions, DataOptions?>) -> Take<CompileOptions> {
      { kept, told in
        guard kept[keyPath: path] != nil, let told = told[keyPath: path] else {
          kept[keyPath: path] = told[keyPath: path]
          return
        }
        kept[keyPath: path]?.path = told.path
      }
    }
    return [
      "data": .run([.samples, .quantize], source(\.data)),
      "labels": .run([.samples, .quantize]) { $0.data?.labels = $1.data?.labels },
      "test": .run([.samples, .encode], source(\.test)),
      "test-labels": .run([.samples, .encode]) { $0.test?.labels = $1.test?.labels },
      "input-scale": input(\.scale), "input-mean": input(\.mean), "input-layout": input(\.layout),
      "held-back": .run([.beginning], field(\.heldBack)),
      "folds": .run([.beginning], field(\.folds)),
      "task": .run([.samples], field(\.task)),
      "threshold": .run([.samples], field(\.threshold)),
      "divergence": .run([.samples, .quantize], field(\.divergence)),
      "outputs": .run([.samples, .quantize]) {
        $0.outputs = $1.outputs
        $0.evolution.outputWeights = nil
      },
      "output-weights": .run([.samples, .quantize]) {
        $0.outputs = nil
        $0.evolution.outputWeights = $1.evolution.outputWeights
      },
    ]
  }

  private static var targets: [String: OptionRule] {
    [
      "sparsity": .run([.targets], field(\.sparsity)),
      "layer-sparsity": .run([.targets], field(\.layerSparsity)),
      "pool": .run([.targets], field(\.poolSparsity)),
      "scope": .run([.plan], field(\.scope)),
      "layer-floor": .run([.plan], field(\.evolution.layerFloor)),
      "max-divergence": .run([.targets], field(\.limits.divergence)),
      "max-cycle-loss": .run([.targets], field(\.limits.loss)),
      "max-bytes": .run([.targets, .quantize]) {
        $0.limits.bytes = $1.limits.bytes
        $0.tableLimits = $1.tableLimits
      },
      "max-loss": .run([.targets, .quantize]) {
        $0.limits.loss = $1.limits.loss
        $0.tableLimits = $1.tableLimits
      },
    ]
  }

  private static var trials: [String: OptionRule] {
    func cycles<T>(_ path: WritableKeyPath<EvolutionSettings, T>, _ more: Set<Stage> = []) -> OptionRule {
      .run(more.union([.cycles])) { $0.evolution[keyPath: path] = $1.evolution[keyPath: path] }
    }
    return [
      "method": .run([.plan, .cycles]) {
        $0.evolution.method = $1.evolution.method
        // What a method has where nothing else is said.
        $0.evolution.step = $1.evolution.step
        $0.evolution.drawsAll = $1.evolution.drawsAll
        $0.evolution.trials = $1.evolution.trials
        $0.evolution.halving = $1.evolution.halving
        $0.evolution.judgesRecovered = $1.evolution.judgesRecovered
      },
      "step": cycles(\.step, [.plan]), "draw": cycles(\.drawsAll), "trials": cycles(\.trials),
      "trial-samples": cycles(\.trialSamples), "halving": cycles(\.halving),
      "draw-temperature": .run([.cycles]) {
        $0.evolution.drawTemperature = $1.evolution.drawTemperature
        $0.evolution.lastDrawTemperature = $1.evolution.lastDrawTemperature
      },
      "nesting": cycles(\.nesting), "judge-recovered": cycles(\.judgesRecovered),
      "compensate": cycles(\.compensates), "rate-weight": cycles(\.rateWeight),
      "trial-temperature": cycles(\.trialTemperature, [.quantize]),
    ]
  }

  private static var retraining: [String: OptionRule] {
    func part<T>(_ path: WritableKeyPath<Retraining, T>, _ stages: Set<Stage>) -> OptionRule {
      .run(stages) {
        $0.evolution.retraining[keyPath: path] = $1.evolution.retraining[keyPath: path]
      }
    }
    return [
      "retrain-every": part(\.every, [.cycles]),
      "steps-per-cycle": .run([.cycles]) {
        $0.epochsPerCycle = $1.epochsPerCycle
        $0.evolution.retraining.stepsPerCycle = $1.evolution.retraining.stepsPerCycle
      },
      "final-steps": .run([.finalSteps]) {
        $0.finalEpochs = $1.finalEpochs
        $0.evolution.retraining.finalSteps = $1.evolution.retraining.finalSteps
      },
      "patience": part(\.patience, [.finalSteps]), "batch": part(\.batch, training),
      "learning-rate": part(\.learningRate, [.cycles, .finalSteps]),
      "temperature": part(\.temperature, training), "augment": part(\.augmentation, training),
      "label-share": part(\.labelShare, training.union([.samples])),
      "max-seconds": .run(training, field(\.maxSeconds)),
      "replay": .run(training, field(\.evolution.schedule)),
    ]
  }

  private static var tables: [String: OptionRule] {
    [
      "levels": .run([.quantize]) {
        $0.levels = $1.levels
        $0.allowsFinerLevels = $1.allowsFinerLevels
      },
      "layer-levels": .run([.quantize], field(\.layerLevels)),
      "lambda": .run([.quantize], field(\.lambda)),
      "table-precision": .run([.quantize], field(\.tablePrecision)),
      "tables": .run([.quantize], field(\.tableMethod)),
      "stochastic": .run([.quantize], field(\.rounding)),
      "table-steps": .run([.quantize], field(\.tableSteps)),
    ]
  }

  private static var blobs: [String: OptionRule] {
    [
      "profile": .run([.encode], field(\.profile)),
      "activations": .run([.encode], field(\.activations)),
      "table-limit": .run([.encode], field(\.tableLimit)),
      "target": .run([.encode], field(\.target)),
      "self-test": .run([.encode], field(\.selfTest)),
    ]
  }

  /// Options that mean something else to a command.
  private static var special: [String: [String: OptionRule]] {
    let limits = OptionRule.run([.quantize], field(\.tableLimits))
    return [
      "quantize": ["max-bytes": limits, "max-loss": limits, "max-divergence": limits],
      "encode": [
        "data": .refused("it is for models, and a checkpoint has its own"),
        "task": .refused("it is for models, and a checkpoint has its own"),
        "threshold": .refused("it is for models, and a checkpoint has its own"),
        "max-loss": .refused("it is for models; verify measures what a checkpoint's blob loses"),
      ],
      "share": [
        "counts": field(\.settings.counts), "precision": field(\.settings.precision),
        "optimizer": field(\.settings.optimizer), "population": field(\.settings.population),
        "generations": field(\.settings.generations),
        "fine-generations": field(\.settings.fineGenerations), "samples": field(\.samples),
        "range-loss": field(\.settings.rangeLoss), "max-loss": field(\.settings.maxLoss),
        "measure": field(\.settings.measure), "accuracy-target": field(\.settings.accuracyTarget),
        "compression-target": field(\.settings.compressionTarget),
        "table-steps": field(\.tableSteps), "seed": field(\.settings.seed),
      ],
    ]
  }
}
