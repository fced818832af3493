// Every option of a run, described once: its name as it is typed, where it acts, which part of the options
// it is, and what it takes. The library refuses by it what the command, a program or a checkpoint says out of
// bounds; a run that has begun takes an option over by it.

import Blob
import Evolution
import Intake
import Tables

/// An option of a run.
package struct OptionDescription {
  /// Without its hyphens: `sparsity`.
  package let name: String
  /// Where it acts.
  package let stages: Set<Stage>
  /// Puts the option's part of some options in the place of others'.
  package let take: (inout CompileOptions, CompileOptions) -> Void
  /// What it takes, in words, where options are out of bounds; nil where they are not.
  fileprivate var bound: (CompileOptions) -> String? = { _ in nil }

  /// An option that is one part of the options.
  package init<T>(_ name: String, _ path: WritableKeyPath<CompileOptions, T>, _ stages: Set<Stage>) {
    self.init(name, stages) { $0[keyPath: path] = $1[keyPath: path] }
  }

  fileprivate init(
    _ name: String, _ stages: Set<Stage>, take: @escaping (inout CompileOptions, CompileOptions) -> Void
  ) {
    (self.name, self.stages, self.take) = (name, stages, take)
  }

  /// The same within bounds.
  fileprivate func taking(_ words: String, _ holds: @escaping (CompileOptions) -> Bool) -> OptionDescription {
    var option = self
    option.bound = { holds($0) ? nil : words }
    return option
  }
}

/// An option that is one part of the options.
private func part<T>(
  _ name: String, _ path: WritableKeyPath<CompileOptions, T>, _ stages: Set<Stage>
) -> OptionDescription {
  OptionDescription(name, path, stages)
}

/// The same within bounds that words tell.
private func part<T>(
  _ name: String, _ path: WritableKeyPath<CompileOptions, T>, _ stages: Set<Stage>, takes words: String,
  _ holds: @escaping (T) -> Bool
) -> OptionDescription {
  OptionDescription(name, path, stages).taking(words) { holds($0[keyPath: path]) }
}

/// A number within bounds.
private func number<T: Comparable>(
  _ name: String, _ path: WritableKeyPath<CompileOptions, T>, _ stages: Set<Stage>, in range: ClosedRange<T>
) -> OptionDescription {
  part(name, path, stages, takes: words(range), range.contains)
}

/// The same of one that may be left out.
private func number<T: Comparable>(
  _ name: String, optional path: WritableKeyPath<CompileOptions, T?>, _ stages: Set<Stage>,
  in range: ClosedRange<T>
) -> OptionDescription {
  part(name, path, stages, takes: words(range)) { $0.map(range.contains) ?? true }
}

/// `0 to 1`
private func words<T>(_ range: ClosedRange<T>) -> String {
  "\(range.lowerBound) to \(range.upperBound)".replacing(".0", with: "")
}

/// Something for each of the layers that are named.
private func each<T>(
  _ name: String, _ path: WritableKeyPath<CompileOptions, [String: T]>, _ stages: Set<Stage>,
  takes words: String, _ holds: @escaping (T) -> Bool
) -> OptionDescription {
  var option = OptionDescription(name, path, stages)
  option.bound = { options in
    let wrong = options[keyPath: path].filter { !holds($0.value) }.min { $0.key < $1.key }
    return wrong.map { "\(words), not \($0.key)=\($0.value)" }
  }
  return option
}

/// Numbers of a sample before the network takes it, of all samples alike.
private func inputPart<T>(_ name: String, _ path: WritableKeyPath<DataOptions, T>) -> OptionDescription {
  OptionDescription(name, [.beginning]) { kept, told in
    guard let source = told.data ?? told.input else { return }
    kept.data?[keyPath: path] = source[keyPath: path]
    kept.test?[keyPath: path] = source[keyPath: path]
    kept.input?[keyPath: path] = source[keyPath: path]
  }
}

/// Where samples come from; how they are read stays as it was.
private func source(
  _ name: String, _ path: WritableKeyPath<CompileOptions, DataOptions?>, _ stages: Set<Stage>
) -> OptionDescription {
  OptionDescription(name, stages) { kept, told in
    guard kept[keyPath: path] != nil, let told = told[keyPath: path] else {
      kept[keyPath: path] = told[keyPath: path]
      return
    }
    kept[keyPath: path]?.path = told.path
  }
}

private func isPositive(_ value: Float) -> Bool { value > 0 && value.isFinite }
private func isShare(_ value: Double) -> Bool { (0..<1).contains(value) }
private func areEpochs(_ epochs: Double?) -> Bool { epochs.map((0...1e6).contains) ?? true }

private let (above, orMore, share) = ("a number above 0", "a number, 0 or more", "a share, 0 or more and below 1 (0.9 is 90 %)")
private let stepCounts = 0...10_000_000
private let training: Set<Stage> = [.cycles, .finalSteps, .quantize]

extension CompileOptions {
  /// The options of a run.
  package static var described: [OptionDescription] {
    samples + targets + trials + retraining + tables + blobs
  }

  /// What is out of bounds, or contradicts another option, as a sentence; nil where nothing does.
  package var fault: String? {
    for option in Self.described {
      if let bound = option.bound(self) { return "--\(option.name) takes \(bound)" }
    }
    return foldFault ?? tableFault ?? targetFault ?? outputFault ?? layerOptions.fault(hasProfile: profile != nil)
  }

  private static var samples: [OptionDescription] {
    [
      source("data", \.data, [.samples, .quantize]), source("test", \.test, [.samples, .encode]),
      OptionDescription("labels", [.samples, .quantize]) { $0.data?.labels = $1.data?.labels },
      OptionDescription("test-labels", [.samples, .encode]) { $0.test?.labels = $1.test?.labels },
      inputPart("input-scale", \.scale), inputPart("input-mean", \.mean), inputPart("input-layout", \.layout),
      inputPart("fit", \.fit),
      number("threads", \.evolution.threads, [.speed], in: 1...256),
      OptionDescription("seed", [.beginning]) {
        $0.evolution.seed = $1.evolution.seed
        if case .stochastic = $0.rounding { $0.rounding = .stochastic(seed: $1.evolution.seed) }
      },
      part("held-back", \.heldBack, [.beginning], takes: share, isShare),
      part("folds", \.folds, [.beginning], takes: "0, or 2 to 100") { folds in
        folds.map { $0 == 0 || (2...100).contains($0) } ?? true
      },
      part("task", \.task, [.samples]),
      part("threshold", \.threshold, [.samples], takes: "a number") { $0?.isFinite ?? true },
      part("divergence", \.divergence, [.samples, .quantize]),
      part("classes", \.classes, [.samples, .quantize], takes: "numbers of classes") { $0 != [] },
      OptionDescription("outputs", [.samples, .quantize]) {
        ($0.outputs, $0.evolution.outputWeights) = ($1.outputs, nil)
      },
      OptionDescription("output-weights", [.samples, .quantize]) {
        ($0.outputs, $0.evolution.outputWeights) = (nil, $1.evolution.outputWeights)
      },
    ]
  }

  private static var targets: [OptionDescription] {
    [
      part("sparsity", \.sparsity, [.targets], takes: share) { $0.map(isShare) ?? true },
      each("layer-sparsity", \.layerSparsity, [.targets], takes: share, isShare),
      each("pool", \.poolSparsity, [.targets], takes: share, isShare),
      part("scope", \.scope, [.plan]), number("layer-floor", \.evolution.layerFloor, [.plan], in: 0...1),
      OptionDescription("max-bytes", [.targets, .quantize]) {
        ($0.limits.bytes, $0.tableLimits) = ($1.limits.bytes, $1.tableLimits)
      }.taking("a whole number above 0") { $0.limits.bytes ?? 1 > 0 && $0.quantizationLimits.bytes ?? 1 > 0 },
      OptionDescription("max-loss", [.targets, .quantize]) {
        ($0.limits.loss, $0.tableLimits) = ($1.limits.loss, $1.tableLimits)
      }.taking(orMore) { $0.quantizationLimits.loss ?? 0 >= 0 },
      part("max-cycle-loss", \.limits.loss, [.targets], takes: orMore) { $0 ?? 0 >= 0 },
      part("max-divergence", \.limits.divergence, [.targets]).taking(above) {
        $0.limits.divergence ?? 1 > 0 && $0.quantizationLimits.divergence ?? 1 > 0
      },
    ]
  }

  private static var trials: [OptionDescription] {
    [
      OptionDescription("method", [.plan, .cycles]) {
        $0.evolution.method = $1.evolution.method
        // What a method has where nothing else is said.
        ($0.evolution.step, $0.evolution.trials) = ($1.evolution.step, $1.evolution.trials)
        ($0.evolution.drawsAll, $0.evolution.halving) = ($1.evolution.drawsAll, $1.evolution.halving)
        $0.evolution.isIrrevocable = $1.evolution.isIrrevocable
        ($0.evolution.judgesRecovered, $0.evolution.race) = ($1.evolution.judgesRecovered, $1.evolution.race)
      },
      part(
        "step", \.evolution.step, [.plan, .cycles], takes: "a share above 0 and below 1, or a number from 1",
        \.isInRange),
      part("draw", \.evolution.drawsAll, [.cycles]), part("halving", \.evolution.halving, [.cycles]),
      number("race", optional: \.evolution.race, [.cycles], in: 1...64),
      part("max-memory", \.evolution.maxMemory, [.speed], takes: "a size of 1M or more: 800M, 8G") {
        $0 ?? 1 << 20 >= 1 << 20
      },
      number("trials", \.evolution.trials, [.cycles], in: 0...10_000),
      number("trial-samples", \.evolution.trialSamples, [.cycles], in: 1...10_000_000),
      OptionDescription("draw-temperature", [.cycles]) {
        $0.evolution.drawTemperature = $1.evolution.drawTemperature
        $0.evolution.lastDrawTemperature = $1.evolution.lastDrawTemperature
      }.taking(orMore) {
        [$0.evolution.drawTemperature, $0.evolution.lastDrawTemperature].allSatisfy { $0 >= 0 && $0.isFinite }
      },
      part("nesting", \.evolution.nesting, [.cycles], takes: "a share above 0, up to 1") { $0 > 0 && $0 <= 1 },
      part("judge-recovered", \.evolution.judgesRecovered, [.cycles]),
      part("irrevocable", \.evolution.isIrrevocable, [.cycles]),
      part("compensate", \.evolution.compensates, [.cycles]),
      part("row-exponent", \.evolution.rowExponent, [.cycles], takes: orMore) { $0 ?? 0 >= 0 && ($0 ?? 0).isFinite },
      part("rate-weight", \.evolution.rateWeight, [.cycles], takes: orMore) { $0 >= 0 && $0.isFinite },
      part("trial-temperature", \.evolution.trialTemperature, [.cycles, .quantize], takes: above, isPositive),
    ]
  }

  private static var retraining: [OptionDescription] {
    let stepsOrEpochs = "a whole number up to \(stepCounts.upperBound), or epochs up to 1000000"
    return [
      number("retrain-every", \.evolution.retraining.every, [.cycles], in: 0...100_000),
      OptionDescription("steps-per-cycle", [.cycles]) {
        $0.epochsPerCycle = $1.epochsPerCycle
        $0.evolution.retraining.stepsPerCycle = $1.evolution.retraining.stepsPerCycle
      }.taking(stepsOrEpochs) {
        stepCounts.contains($0.evolution.retraining.stepsPerCycle) && areEpochs($0.epochsPerCycle)
      },
      OptionDescription("final-steps", [.finalSteps]) {
        $0.finalEpochs = $1.finalEpochs
        $0.evolution.retraining.finalSteps = $1.evolution.retraining.finalSteps
      }.taking(stepsOrEpochs) {
        stepCounts.contains($0.evolution.retraining.finalSteps) && areEpochs($0.finalEpochs)
      },
      number("patience", optional: \.evolution.retraining.patience, [.finalSteps], in: 1...10_000_000),
      number("batch", \.evolution.retraining.batch, training, in: 1...65536),
      part(
        "learning-rate", \.evolution.retraining.learningRate, [.cycles, .finalSteps], takes: above, isPositive),
      part("temperature", \.evolution.retraining.temperature, training, takes: above, isPositive),
      part("augment", \.evolution.retraining.augmentation, training),
      number("label-share", optional: \.evolution.retraining.labelShare, training.union([.samples]), in: 0...1),
      part("max-seconds", \.maxSeconds, training, takes: above) { $0 ?? 1 > 0 },
      part("replay", \.evolution.schedule, training, takes: "a run of at most \(stepCounts.upperBound) steps") {
        $0?.counts.allSatisfy(stepCounts.contains) ?? true
      },
    ]
  }

  private static var tables: [OptionDescription] {
    let levels = "2 to 256, or float"
    return [
      part("levels", \.levels, [.quantize], takes: levels) { $0?.isInRange ?? true },
      each("layer-levels", \.layerLevels, [.quantize], takes: levels, \.isInRange),
      number("lambda", optional: \.lambda, [.quantize], in: 0...1),
      part("table-precision", \.tablePrecision, [.quantize]), part("tables", \.tableMethod, [.quantize]),
      part("stochastic", \.rounding, [.quantize]), number("table-steps", \.tableSteps, [.quantize], in: stepCounts),
    ]
  }

  private static var blobs: [OptionDescription] {
    [
      OptionDescription("profile", [.encode]) {
        ($0.profile, $0.optimization, $0.maxInstructions) = ($1.profile, $1.optimization, $1.maxInstructions)
      },
      OptionDescription("optimize", [.encode]) { ($0.profile, $0.optimization) = ($1.profile, $1.optimization) },
      OptionDescription("max-instructions", [.encode]) {
        ($0.profile, $0.maxInstructions) = ($1.profile, $1.maxInstructions)
      }.taking("a whole number above 0") { $0.maxInstructions ?? 1 > 0 },
      part("activations", \.activations, [.encode]),
      part("ranges", \.ranges, [.encode]),
      number("table-limit", optional: \.tableLimit, [.encode], in: 1...127),
      part("target", \.target, [.encode]),
      number("self-test", optional: \.selfTest, [.encode], in: BlobSelfTest.sampleCount),
      part("names", \.keepsNames, [.encode]),
    ]
  }
}

extension Step {
  fileprivate var isInRange: Bool {
    switch self {
    case .share(let share): share > 0 && share < 1
    case .count(let count): (1...1 << 40).contains(count)
    }
  }
}

extension Schedule {
  fileprivate var counts: [Int] { cycles.flatMap { [$0.trials, $0.steps] } + [finalSteps, tableSteps] }
}
