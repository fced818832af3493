// Options may come from a checkpoint, and no byte of that is trusted: every number that a stage relies
// on is looked at before the first stage runs.

import Evolution

extension CompileOptions {
  /// What is out of range, as a sentence; nil where nothing is.
  func fault(layers: Int) -> String? {
    let e = evolution
    let checks: [(holds: Bool, what: String)] = [
      (sparsity.map(Self.isShare) ?? true, "the sparsity"),
      (layerSparsity.values.allSatisfy(Self.isShare), "a layer's sparsity"),
      (([levels] + layerLevels.values).allSatisfy(\.isInRange), "the levels of a table"),
      (Self.isShare(heldBack), "the share that is held back"),
      (maxSeconds.map { $0 > 0 } ?? true, "the limit of time"),
      (e.step > 0 && e.step < 1, "the step of a cycle"),
      (e.temperature > 0 && e.temperature.isFinite, "the temperature"),
      (e.drawTemperature >= 0 && e.drawTemperature.isFinite, "the temperature of draws"),
      (e.learningRate > 0 && e.learningRate.isFinite, "the learning rate"),
      ((1...65536).contains(e.batch), "the batch"),
      ((1...256).contains(e.threads), "the number of threads"),
      (e.trialSamples >= 1, "the number of trial samples"),
      (
        ([e.trials, e.stepsPerCycle, e.finalSteps, tableSteps] + (e.schedule?.counts ?? []))
          .allSatisfy((0...10_000_000).contains), "a number of trials or steps"
      ),
      (
        (e.targets.isEmpty || e.targets.count == layers)
          && e.targets.allSatisfy { $0.map((0...1).contains) ?? true }, "the targets of the layers"
      ),
    ]
    return checks.first { !$0.holds }.map { "out of range: \($0.what)" }
  }

  /// A share of zeros leaves something.
  private static func isShare(_ value: Double) -> Bool { value >= 0 && value < 1 }
}

extension LevelChoice {
  fileprivate var isInRange: Bool {
    if case .table(let levels) = self { return (2...256).contains(levels) }
    return true
  }
}

extension Schedule {
  fileprivate var counts: [Int] {
    cycles.flatMap { [$0.trials, $0.steps] } + [finalSteps, tableSteps]
  }
}
