// The first stage: a sparse student.

import Blob
import Evolution
import Execution
import Foundation
import Lowering
import ModelGraph
import Simplification
import Tensors

extension Compilation {
  /// Evolves the student to its targets, or goes on where a checkpoint was left.
  public func evolve() throws(CompilerError) -> StageReport {
    try evolveStudent()
    try save(now: true)
    var judged: Judgement?
    if trainingSamples != nil { judged = try judgeStudent() }
    return StageReport(
      stage: "evolved", checkpoint: checkpointPath ?? "", sparsity: sparsity,
      remarks: remarks(on: nil).compactMap { $0 }, shortfall: shortfall,
      divergence: judged?.divergence, agreement: judged?.agreement,
      loss: judged?.answers.loss.points, lossName: judged?.answers.loss.kind.name,
      intervals: judged.flatMap { AnswerIntervals($0.answers) },
      samples: judged?.answers.samples, seconds: seconds,
      cycles: evolution.cycles)
  }

  /// Share of zeros over all weights of the student.
  var sparsity: Double {
    let total = student.layers.reduce(0) { $0 + $1.weightCount }
    return total > 0 ? 1 - Double(survivorCounts.reduce(0, +)) / Double(total) : 0
  }

  /// Of each layer, those that its plan zeroes taken off once it has tables.
  var survivorCounts: [Int] {
    student.layers.indices.map { index in
      evolution.parameters[student.layers[index].weight.index].survivorCount
        - (tables?[index].zeroed ?? 0)
    }
  }

  func evolveStudent() throws(CompilerError) {
    guard !evolution.isOver else { return }
    guard wantsZeros else {
      evolution.isOver = true
      return
    }
    let original = try teacher().student
    let samples = try samples()
    try settle(samples)
    if options.evolution.pools.isEmpty || plansAnew {
      options.evolution.pools = try plannedPools(original, samples)
      evolution.plan(options.evolution.pools, layers: original.layers)
      plansAnew = false
    }
    var settings = options.evolution
    settings.divergence = divergence
    let run = try Self.executing { () throws(ExecutionError) in
      try EvolutionRun(
        student: original, settings: settings, samples: samples,
        coder: MaskSize(layers: original.layers), state: evolution)
    }
    let observer = observer
    run.shouldStop = { observer.shouldStop }
    if let limit = cycleLimit { run.accepts = { $0.loss.isWithin(limit) } }
    var budget = Budget(settings: settings, deadline: deadline(share: 0.72))
    observer.began("evolve")
    try runCycles(run, &budget)
    try runFinalSteps(run, budget)
    let judged = try Self.executing { () throws(ExecutionError) in try run.finish() }
    evolution = run.state
    finalJudgement = judged
    observer.ended(summary(judged))
  }

  /// Whether any layer is to lose weights.
  private var wantsZeros: Bool {
    (options.sparsity ?? 0) > 0 || options.limits.areSet
      || (Array(options.layerSparsity.values) + options.poolSparsity.values).contains { $0 > 0 }
  }

  /// Settings that only the samples and the graph tell.
  func settle(_ samples: TrainingSamples) throws(CompilerError) {
    func steps(_ epochs: Double) -> Int {
      let count = epochs * Double(samples.training.count)
      return Int(min(1e7, (count / Double(options.evolution.retraining.batch)).rounded(.up)))
    }
    if let epochs = options.epochsPerCycle { options.evolution.retraining.stepsPerCycle = steps(epochs) }
    if let epochs = options.finalEpochs { options.evolution.retraining.finalSteps = steps(epochs) }
    if let outputs = options.outputs {
      let counts = student.lossValues.map { student[$0].shape.elementCount }
      guard counts.count == 1, outputs.allSatisfy((0..<counts[0]).contains) else {
        throw .usage(
          reason: "--outputs takes numbers of a sole output, which has \(counts.first ?? 0) of them")
      }
      var weights = [Float](repeating: 0, count: counts[0])
      for output in outputs { weights[output] = 1 }
      options.evolution.outputWeights = [weights]
    }
    try check(samples)
  }

  private func check(_ samples: TrainingSamples) throws(CompilerError) {
    let settings = options.evolution
    let labelled = samples.training.labels != nil
    let shapes = student.lossValues.map { student[$0].shape }
    guard labelled || (settings.retraining.labelShare == 0 && divergence != .crossEntropy) else {
      throw .usage(reason: "--label-share and --divergence ce need labels, and the samples have none: give --labels")
    }
    if labelled, let labels = samples.training.labels, let classes = shapes.first?.last {
      guard settings.retraining.labelShare == 0 && divergence != .crossEntropy
        || (shapes.count == 1 && shapes[0].count == 1 && labels.allSatisfy((0..<classes).contains))
      else {
        throw .unfit(reason: "labels can only be learned by a network with one list of classes as output")
      }
    }
    if let weights = settings.outputWeights {
      guard weights.map(\.count) == shapes.map(\.elementCount) else {
        throw .usage(
          reason: "the outputs have \(shapes.map { "\($0.elementCount)" }.joined(separator: " and ")) "
            + "numbers, and \(weights.map { "\($0.count)" }.joined(separator: " and ")) weights were given")
      }
    }
  }

  // MARK: Cycles

  private func runCycles(_ run: EvolutionRun, _ budget: inout Budget) throws(CompilerError) {
    var sizes = try options.limits.bytes.map { (limit) throws(CompilerError) in
      try SizeLimit(limit, emptyBytes: bytes(of: run.student.withoutWeights))
    }
    while true {
      evolution = run.state
      // Asked first: a cycle that was stopped on the way leaves more zeros than its state says.
      try stopIfAsked()
      if sizes != nil {
        let bytes = try bytes(of: run.parameters.applied(to: run.student))
        sizes?.note(bytes)
        guard let wanted = sizes?.target(bytes, present: run.poolSparsities) else { return }
        run.retarget(wanted)
        options.evolution.pools = run.settings.pools
      }
      let planned = run.cycleCount
      // Draws over zeroed positions too may need a few cycles more, and so may a limit of bytes.
      let most = run.settings.drawsAll || sizes != nil ? 3 * planned + 100 : planned
      if run.hasReachedTargets || run.state.cycles.count >= most { return }
      guard try runCycle(run, &budget, planned: planned, bytes: sizes?.latest) else { return }
    }
  }

  /// - Returns: false where a limit ends the cycles; the run is then as the last good one left it.
  private func runCycle(
    _ run: EvolutionRun, _ budget: inout Budget, planned: Int, bytes: Int?
  ) throws(CompilerError) -> Bool {
    let before = run.state
    let next = budget.next(cycle: before.cycles.count, of: planned)
    let record = try Self.executing { () throws(ExecutionError) in try run.runCycle(next) }
    guard let record else { return true }
    guard record.divergenceAfter.isFinite else {
      throw .unfit(
        reason: "training diverged in cycle \(record.cycle): try a smaller --learning-rate")
    }
    if breaksLimit(record) {
      run.restore(before)
      run.retarget(run.poolSparsities)
      options.evolution.pools = run.settings.pools
      return false
    }
    budget.learn(next, timing: run.timing)
    evolution = run.state
    try save(now: false)
    let size = bytes.map { ", \($0) bytes before" } ?? ""
    observer.advanced(
      run.state.cycles.count, of: max(planned, run.state.cycles.count),
      String(
        format: "cycles, %@ zeros, divergence %.4f%@", sparsity.percent as NSString,
        record.divergenceAfter, size as NSString))
    return true
  }

  private func breaksLimit(_ record: CycleRecord) -> Bool {
    if let limit = options.limits.divergence, record.divergenceAfter > limit { return true }
    guard let limit = cycleLimit, let loss = record.loss else { return false }
    return !loss.isWithin(limit)
  }

  private func runFinalSteps(_ run: EvolutionRun, _ budget: Budget) throws(CompilerError) {
    let total = finalStepsPlanned ?? budget.finalSteps(done: run.state.finalStepsDone)
    finalStepsPlanned = total
    while run.state.finalStepsDone < total && !run.hasLostPatience {
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

  private func summary(_ judged: Judgement) -> String {
    let text = String(
      format: "%d cycles, %@ zeros, divergence %.5f", evolution.cycles.count,
      sparsity.percent as NSString, judged.divergence)
    return text + ", \(judged.answers.text(of: "student")) on \(judged.answers.samples) held-back samples"
  }

  private func judgeStudent() throws(CompilerError) -> Judgement {
    try judgement { store in
      for (index, values) in evolution.parameters.enumerated() {
        store.set(ParameterID(index), to: values)
      }
    }
  }

  /// How the student of these stored layers does on held-back samples.
  func judgement(of layers: [BlobWeights]) throws(CompilerError) -> Judgement {
    let graph = evolvedGraph().foldingDeadUnits().holding(layers)
    return try judgement { store in
      for (index, parameter) in graph.parameters.enumerated() {
        store.set(ParameterID(index), to: parameter.tensor.values)
      }
    }
  }

  private func judgement(_ fill: (ParameterStore) -> Void) throws(CompilerError) -> Judgement {
    let samples = try samples()
    return try Self.executing { () throws(ExecutionError) in
      let store = try ParameterStore(student)
      fill(store)
      return try samples.judge(
        of: student, parameters: store, settings: options.evolution, divergence: divergence
      ).judge()
    }
  }
}
