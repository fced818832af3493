// Retraining: the survivors of all layers towards the teacher.

import Execution
import ModelGraph
import Tensors

extension EvolutionRun {
  /// - Returns: false where the run was stopped on the way.
  func train(steps: Int, rate: (Int) -> Float) throws(ExecutionError) -> Bool {
    let first = state.steps
    let retraining = settings.effectiveRetraining
    let size = retraining.batch
    for step in 0..<steps {
      if shouldStop() { return false }
      let batch = try samples.batch(
        order.indices(step: first + step), retraining: retraining,
        generator: SeededGenerator(seed: settings.seed).fork(0xA06).fork(UInt64(first + step)))
      _ = try batch.withPointers { (inputs, targets) throws(ExecutionError) in
        try trainer.step(count: size, inputs: inputs, targets: targets, learningRate: rate(step))
      }
    }
    state.steps = first + steps
    return true
  }

  /// A stretch of the gradient steps after the last cycle: the learning rate falls along a cosine,
  /// and the best state by divergence on held-back samples is kept.
  ///
  /// - Parameters:
  ///   - steps: of this stretch.
  ///   - total: of all stretches together.
  /// - Returns: how the student does at its end; nil where the run was stopped.
  public func trainFinal(steps: Int, total: Int) throws(ExecutionError) -> Judgement? {
    let before = state
    if state.best == nil { keepIfBest(try judge.judge(), always: true) }
    let done = state.finalStepsDone
    let finished = try train(steps: steps) { step in
      let progress = Double(done + step) / Double(max(total, 1))
      return settings.retraining.learningRate * Float(0.5 * (1 + Double.cos(.pi * progress)))
    }
    guard finished else {
      state = before
      return nil
    }
    state.finalStepsDone += steps
    let judged = try judge.judge()
    keepIfBest(judged)
    keepState()
    return judged
  }

  /// Whether the final steps have gone on for as long as patience lasts without a better state.
  public var hasLostPatience: Bool {
    settings.retraining.patience.map { state.looksSinceBest >= $0 } ?? false
  }

  /// - Parameter always: whether it is the first, which what it loses does not rule out.
  private func keepIfBest(_ judged: Judgement, always: Bool = false) {
    // Written so that a divergence that is no number is never the best.
    let isBetter = state.best.map { judged.divergence < $0.divergence } ?? true
    guard isBetter, always || accepts(judged) else {
      state.looksSinceBest += 1
      return
    }
    state.looksSinceBest = 0
    state.best = EvolutionState.Best(
      parameters: currentParameters(), divergence: judged.divergence)
  }

  /// Ends the run with the best state that was seen.
  public func finish() throws(ExecutionError) -> Judgement {
    if let best = state.best {
      for (index, values) in best.parameters.enumerated() {
        parameters.set(ParameterID(index), to: values)
      }
    }
    state.best = nil
    state.trainer = nil
    state.parameters = currentParameters()
    state.isOver = true
    return try judge.judge()
  }
}
