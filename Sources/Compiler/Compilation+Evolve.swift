// The first stage: a sparse student.

import Evolution
import Execution
import Foundation
import ModelGraph
import Tensors

extension Compilation {
  /// Evolves the student to its targets, or goes on where a checkpoint was left.
  public func evolve() throws(CompilerError) -> StageReport {
    try evolveStudent()
    try save(now: true)
    var judged: (divergence: Double, agreement: Double)?
    if trainingSamples != nil { judged = try judgeStudent() }
    return StageReport(
      stage: "evolved", checkpoint: checkpointPath ?? "", sparsity: sparsity,
      divergence: judged?.divergence,
      agreement: task == .classification ? judged?.agreement : nil, seconds: seconds,
      cycles: evolution.cycles)
  }

  /// Share of zeros over all weights of the student.
  var sparsity: Double {
    let layers = student.layers
    let total = layers.reduce(0) { $0 + $1.weightCount }
    let alive = layers.reduce(0) { $0 + evolution.parameters[$1.weight.index].survivorCount }
    return total > 0 ? 1 - Double(alive) / Double(total) : 0
  }

  func evolveStudent() throws(CompilerError) {
    guard !evolution.isOver else { return }
    guard wantsZeros else {
      evolution.isOver = true
      return
    }
    let samples = try samples()
    var settings = options.evolution
    settings.divergence = divergence
    let original = try teacher().student
    if settings.targets.isEmpty {
      settings.targets = try dealtTargets(original, samples)
      options.evolution.targets = settings.targets
    }
    let run = try Self.executing { () throws(ExecutionError) in
      try EvolutionRun(
        student: original, settings: settings, samples: samples,
        state: evolution.steps + evolution.cycles.count > 0 ? evolution : nil)
    }
    let observer = observer
    run.shouldStop = { observer.shouldStop }
    var budget = Budget(settings: settings, deadline: deadline(share: 0.72))
    observer.began("evolve")
    try runCycles(run, settings, &budget)
    try runFinalSteps(run, budget)
    let judged = try Self.executing { () throws(ExecutionError) in try run.finish() }
    evolution = run.state
    observer.ended(summary(judged))
  }

  /// Whether any layer is to lose weights.
  private var wantsZeros: Bool {
    (options.sparsity ?? 0) > 0 || options.layerSparsity.values.contains { $0 > 0 }
  }

  private func dealtTargets(_ graph: Graph, _ samples: TrainingSamples)
    throws(CompilerError) -> [Double?]
  {
    let layers = graph.layers
    let fixed = layers.map { options.layerSparsity[$0.name] }
    guard let total = options.sparsity, total > 0 else { return fixed }
    let moments = try Self.executing { () throws(ExecutionError) in
      try InputMoments.meanSquares(
        graph, parameters: ParameterStore(graph), samples: samples.training.prefix(512),
        threads: options.evolution.threads)
    }
    let saliencies = zip(layers, moments).map { layer, squares in
      let weights = graph[layer.weight].tensor.values
      return options.evolution.method == .informed
        ? weights.indices.map { abs(weights[$0]) * squares[$0 % layer.columns].squareRoot() }
        : weights.map(abs)
    }
    return SparsityTargets.deal(saliencies: saliencies, fixed: fixed, total: total)
  }

  private func runCycles(_ run: EvolutionRun, _ settings: EvolutionSettings, _ budget: inout Budget)
    throws(CompilerError)
  {
    let planned = run.cycleCount
    // The literal method draws zeroed positions too and may need a few cycles more.
    let most = settings.method == .literal ? 3 * planned + 100 : planned
    while true {
      evolution = run.state
      // Asked first: a cycle that was stopped on the way leaves more zeros than its state says.
      try stopIfAsked()
      if run.hasReachedTargets || run.state.cycles.count >= most { return }
      let next = budget.next(cycle: run.state.cycles.count, of: planned)
      let record = try Self.executing { () throws(ExecutionError) in try run.runCycle(next) }
      guard let record else { continue }
      guard record.divergenceAfter.isFinite else {
        throw .unfit(
          reason: "training diverged in cycle \(record.cycle): try a smaller --learning-rate")
      }
      budget.learn(next, timing: run.timing)
      evolution = run.state
      try save(now: false)
      observer.advanced(
        run.state.cycles.count, of: max(planned, run.state.cycles.count),
        String(
          format: "cycles, %@ zeros, divergence %.4f", sparsity.percent as NSString,
          record.divergenceAfter))
    }
  }

  private func runFinalSteps(_ run: EvolutionRun, _ budget: Budget) throws(CompilerError) {
    let total = finalStepsPlanned ?? budget.finalSteps(done: run.state.finalStepsDone)
    finalStepsPlanned = total
    while run.state.finalStepsDone < total {
      evolution = run.state
      try stopIfAsked()
      let steps = min(100, total - run.state.finalStepsDone)
      let judged = try Self.executing { () throws(ExecutionError) in
        try run.trainFinal(steps: steps, total: total)
      }
      guard let judged else { continue }
      evolution = run.state
      try save(now: false)
      observer.advanced(
        run.state.finalStepsDone, of: total,
        String(format: "final steps, divergence %.4f", judged.divergence))
    }
  }

  private func summary(_ judged: (divergence: Double, agreement: Double)) -> String {
    var text = String(
      format: "%d cycles, %@ zeros, divergence %.5f", evolution.cycles.count,
      sparsity.percent as NSString, judged.divergence)
    if task == .classification {
      text += ", agreement \(judged.agreement.percent) on held-back samples"
    }
    return text
  }

  private func judgeStudent() throws(CompilerError) -> (divergence: Double, agreement: Double) {
    let samples = try samples()
    return try Self.executing { () throws(ExecutionError) in
      let store = try ParameterStore(student)
      for (index, values) in evolution.parameters.enumerated() {
        store.set(ParameterID(index), to: values)
      }
      return try StudentJudge(
        graph: student, parameters: store, samples: samples.heldBack,
        targets: samples.heldBackTargets, divergence: divergence,
        threads: options.evolution.threads
      ).judge()
    }
  }
}
