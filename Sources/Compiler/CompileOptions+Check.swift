// Options may come from a checkpoint, and no byte of that is trusted: every number that a stage
// relies on is looked at before the first stage runs.

import Blob
import Evolution
import ModelGraph

extension CompileOptions {
  /// - Throws: ``CompilerError`` where they do not fit a model's student, or what is out of range.
  func check(against graph: Graph) throws(CompilerError) {
    let names = graph.layers.map(\.name)
    let patterns = [layerSparsity.keys, poolSparsity.keys].joined()
    let unknown = patterns.first { pattern in !names.contains { Pattern(pattern).matches($0) } }
      ?? layerLevels.keys.first { !names.contains($0) }
    if let unknown {
      throw .usage(
        reason: "the model has no layer named \(unknown); it has \(names.joined(separator: ", "))")
    }
    guard !graph.layers.isEmpty else {
      throw .unfit(reason: "the model has no convolution or dense layer, so there is nothing to compile")
    }
    if let fault = fault(layers: graph.layers.count) ?? foldFault ?? tableFault {
      throw .usage(reason: fault)
    }
  }

  /// What is out of range, as a sentence; nil where nothing is.
  func fault(layers: Int) -> String? {
    let (e, r) = (evolution, evolution.retraining)
    let checks: [(holds: Bool, what: String)] = [
      (sparsity.map(Self.isShare) ?? true, "the sparsity"),
      ((Array(layerSparsity.values) + poolSparsity.values).allSatisfy(Self.isShare), "a layer's sparsity"),
      (([levels] + layerLevels.values).allSatisfy(\.isInRange), "the levels of a table"),
      (lambda.map { $0 >= 0 && $0 <= 1 } ?? true, "the worth of a bit"),
      (Self.isShare(heldBack), "the share that is held back"),
      (folds.map { $0 == 0 || (2...100).contains($0) } ?? true, "the number of folds"),
      (selfTest.map(BlobSelfTest.sampleCount.contains) ?? true, "the samples of the self-test"),
      (maxSeconds.map { $0 > 0 } ?? true, "the limit of time"),
      (e.step.isInRange, "the step of a cycle"),
      (Self.isPositive(e.trialTemperature), "the temperature of trials"),
      (Self.isPositive(r.temperature), "the temperature"),
      ((0...1).contains(r.labelShare), "the share of the labels"),
      (
        [e.drawTemperature, e.lastDrawTemperature].allSatisfy { $0 >= 0 && $0.isFinite },
        "the temperature of draws"
      ),
      (e.nesting > 0 && e.nesting <= 1, "the share of a set that is zeroed"),
      ((0...1).contains(e.layerFloor), "the floor of a layer"),
      (e.rateWeight >= 0 && e.rateWeight.isFinite, "the worth of a byte"),
      (Self.isPositive(r.learningRate), "the learning rate"),
      ((1...65536).contains(r.batch), "the batch"),
      ((1...256).contains(e.threads), "the number of threads"),
      (e.trialSamples >= 1, "the number of trial samples"),
      (
        ([e.trials, r.every, r.stepsPerCycle, r.finalSteps, r.patience ?? 1, tableSteps]
          + (e.schedule?.counts ?? [])).allSatisfy((0...10_000_000).contains),
        "a number of trials or steps"
      ),
      (limits.isInRange && quantizationLimits.isInRange, "a limit"),
      (e.pools.areDisjoint(layers: layers), "the pools of layers"),
    ]
    return checks.first { !$0.holds }.map { "out of range: \($0.what)" }
  }

  /// Whether levels may be placed by error and bits together, which is ``EntropyConstrainedTable``'s way
  /// alone; the others are asked for to be seen as they are.
  var placesLevelsByBits: Bool { tableMethod == .kMeans }

  /// Why tables cannot be placed as is asked for, as a sentence; nil where they can.
  var tableFault: String? {
    placesLevelsByBits || lambda ?? 0 == 0 ? nil
      : "--lambda places levels by error and bits, --tables \(tableMethod.rawValue) by error alone: leave out one of them"
  }

  /// Why figures cannot come of the folds that are asked for, as a sentence; nil where they can.
  var foldFault: String? {
    guard folds ?? 0 > 0 else { return nil }
    if test != nil { return "--folds is for figures without --test: leave out one of them" }
    if isRandom {
      return "--folds is for samples that are few: of random ones others are drawn for the figures"
    }
    return maxSeconds == nil ? nil
      : "--folds makes the student again for every part of the data: leave out --max-seconds"
  }

  private static func isPositive(_ value: Float) -> Bool { value > 0 && value.isFinite }

  /// A share of zeros leaves something.
  private static func isShare(_ value: Double) -> Bool { value >= 0 && value < 1 }
}

extension [Pool] {
  /// Whether each of so many layers is in one pool at most, and no pool is of others.
  func areDisjoint(layers: Int) -> Bool {
    allSatisfy { pool in
      pool.layers.allSatisfy((0..<layers).contains) && (0...1).contains(pool.sparsity)
    } && Set(flatMap(\.layers)).count == reduce(0) { $0 + $1.layers.count }
  }
}

extension Limits {
  fileprivate var isInRange: Bool { bytes ?? 1 > 0 && divergence ?? 1 > 0 && loss ?? 0 >= 0 }
}

extension LevelChoice {
  var isInRange: Bool {
    if case .table(let levels) = self { return (2...256).contains(levels) }
    return true
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
  fileprivate var counts: [Int] {
    cycles.flatMap { [$0.trials, $0.steps] } + [finalSteps, tableSteps]
  }
}
