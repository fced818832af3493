// The first stage: a sparse student.

import Blob
import Evolution
import Execution
import Foundation
import Lowering
import ModelGraph
import Simplification
import Tables

extension Stages {
  /// Evolves a student to its targets, or goes on where it was left.
  ///
  /// - Parameter measuringBytes: whether the record is to tell what a blob of each cycle's student takes. It changes no
  ///   student; what it takes is time, so networks of more than ``mostMeasured`` weights are left out, and runs that have
  ///   a limit of time.
  func evolve(_ start: Evolved, measuringBytes: Bool, keep: Keep) throws(CompilerError) -> Evolved {
    var evolved = start
    guard !evolved.isOver else { return evolved }
    guard options.wantsZeros else {
      evolved.state.isOver = true
      return evolved
    }
    let original = try teacher().student
    let samples = try samples()
    if evolved.pools == nil { evolved.plan(try plannedPools(original, samples), original.layers) }
    var settings = settings
    settings.pools = evolved.pools ?? []
    settings.rowExponent = settings.rowExponent ?? options.usualRowExponent
    (settings.retraining.stepsPerCycle, settings.retraining.finalSteps) =
      options.steps(samples: samples.training.count)
    try checkMemory(original, settings, samples)
    let run = try executing { () throws(ExecutionError) in
      try EvolutionRun(
        student: original, settings: settings, samples: samples,
        coder: MaskSize(layers: original.layers), state: evolved.state, team: team)
    }
    let observer = observer
    run.shouldStop = { observer.shouldStop }
    if let limit = cycleLimit { run.accepts = { $0.loss.isWithin(limit) } }
    var budget = Budget(settings: settings, deadline: deadline(share: 0.72))
    observer.began("evolve")
    let measures = measuringBytes && options.maxSeconds == nil && student.layers.reduce(0) { $0 + $1.weightCount } <= Self.mostMeasured
    try runCycles(run, &evolved, &budget, measuringBytes: measures, keep)
    try runFinalSteps(run, &evolved, budget, keep)
    let judged = try executing { () throws(ExecutionError) in try run.finish() }
    evolved.take(run)
    evolved.judgement = judged
    observer.ended(summary(judged, of: evolved))
    if let team { observer.noted(team.account) }
    return evolved
  }

  // MARK: Cycles

  /// Weights of a network whose cycles' bytes are found in about the time of a few trials.
  private static let mostMeasured = 1 << 22

  private func runCycles(
    _ run: EvolutionRun, _ evolved: inout Evolved, _ budget: inout Budget, measuringBytes: Bool, _ keep: Keep
  ) throws(CompilerError) {
    var sizes = try options.limits.bytes.map { (limit) throws(CompilerError) in
      try SizeLimit(limit, emptyBytes: bytes(of: run.student.withoutWeights))
    }
    while true {
      evolved.take(run)
      // Asked first: a cycle that was stopped on the way leaves more zeros than its state says.
      try stopIfAsked(evolved, keep)
      if sizes != nil {
        let bytes = try bytes(of: run.parameters.applied(to: run.student))
        sizes?.note(bytes)
        run.note(bytes: bytes)
        guard let wanted = sizes?.target(bytes, present: run.poolSparsities) else { return }
        run.retarget(wanted)
        evolved.pools = run.settings.pools
      } else if measuringBytes, run.state.finalStepsDone == 0, let last = run.state.cycles.last, last.bytes == nil {
        run.note(bytes: try bytes(of: run.parameters.applied(to: run.student)))
        evolved.take(run)
      }
      let planned = run.cycleCount
      // Draws over zeroed positions too may need a few cycles more, and so may a limit of bytes.
      let most = run.settings.drawsAll || sizes != nil ? 3 * planned + 100 : planned
      if run.hasReachedTargets || run.state.cycles.count >= most { return }
      guard try runCycle(run, &evolved, &budget, planned: planned, bytes: sizes?.latest, keep) else { return }
    }
  }

  /// - Returns: false where a limit ends the cycles; the run is then as the last good one left it.
  private func runCycle(
    _ run: EvolutionRun, _ evolved: inout Evolved, _ budget: inout Budget, planned: Int, bytes: Int?,
    _ keep: Keep
  ) throws(CompilerError) -> Bool {
    let before = run.state
    let dealt = budget.next(cycle: before.cycles.count, of: planned)
    let (next, record) = try executing { () throws(ExecutionError) in
      let next = try timed(dealt)
      return (next, try run.runCycle(next))
    }
    guard let record else { return true }
    guard record.divergenceAfter.isFinite else {
      throw .unfit(
        reason: "training diverged in cycle \(record.cycle): try a smaller --learning-rate")
    }
    if breaksLimit(record) {
      run.restore(before)
      run.retarget(run.poolSparsities)
      evolved.pools = run.settings.pools
      return false
    }
    budget.learn(next, timing: run.timing)
    evolved.take(run)
    try keep(.evolved(evolved), false)
    let size = bytes.map { ", \($0) bytes before" } ?? ""
    observer.advanced(
      run.state.cycles.count, of: max(planned, run.state.cycles.count), .cycle,
      String(
        format: "%@ zeros, divergence %.4f%@", sparsity(evolved).percent as NSString,
        record.divergenceAfter, size as NSString))
    return true
  }

  private func breaksLimit(_ record: CycleRecord) -> Bool {
    if let limit = options.limits.divergence, record.divergenceAfter > limit { return true }
    guard let limit = cycleLimit, let loss = record.loss else { return false }
    return !loss.isWithin(limit)
  }

  private func runFinalSteps(
    _ run: EvolutionRun, _ evolved: inout Evolved, _ budget: Budget, _ keep: Keep
  ) throws(CompilerError) {
    let total = try executing { () throws(ExecutionError) in
      if let planned = evolved.finalStepsPlanned { return planned }
      return try timed(budget.finalSteps(done: run.state.finalStepsDone))
    }
    evolved.finalStepsPlanned = total
    while run.state.finalStepsDone < total && !run.hasLostPatience {
      evolved.take(run)
      try stopIfAsked(evolved, keep)
      let steps = min(100, total - run.state.finalStepsDone)
      let judged = try executing { () throws(ExecutionError) in
        try run.trainFinal(steps: steps, total: total)
      }
      guard let judged else { continue }
      evolved.take(run)
      try keep(.evolved(evolved), false)
      observer.advanced(
        run.state.finalStepsDone, of: total, .finalStep, String(format: "divergence %.4f", judged.divergence))
    }
  }

  /// Refuses a limit of memory that the run cannot keep to.
  private func checkMemory(_ graph: Graph, _ settings: EvolutionSettings, _ samples: TrainingSamples)
    throws(CompilerError)
  {
    guard let limit = settings.maxMemory else { return }
    let least = MemoryNeed(of: graph, settings, samples).least
    guard least > limit else { return }
    throw .usage(
      reason: "--max-memory \(limit >> 20)M is too little: this run may take \((least >> 20) + 1)M with "
        + "\(settings.threads) threads; give that, fewer --threads, or another --method")
  }

  private func stopIfAsked(_ evolved: Evolved, _ keep: Keep) throws(CompilerError) {
    if observer.shouldStop { try keep(.evolved(evolved), false) }
    try stopIfAsked()
  }

  // MARK: What came of it

  /// Share of zeros over all weights of a student, those that plans made once it has tables too.
  func sparsity(_ evolved: Evolved, _ tables: [TableRecord]? = nil) -> Double {
    let total = student.layers.reduce(0) { $0 + $1.weightCount }
    let alive = survivors(evolved, tables).reduce(0, +)
    return total > 0 ? 1 - Double(alive) / Double(total) : 0
  }

  /// Of each layer, those that its plan zeroes taken off once it has tables.
  func survivors(_ evolved: Evolved, _ tables: [TableRecord]? = nil) -> [Int] {
    student.layers.enumerated().map { evolved.survivors($1) - (tables?[$0].zeroed ?? 0) }
  }

  private func summary(_ judged: Judgement, of evolved: Evolved) -> String {
    let text = String(
      format: "%d cycles, %@ zeros, divergence %.5f", evolved.state.cycles.count,
      sparsity(evolved).percent as NSString, judged.divergence)
    return text + ", \(judged.answers.text(of: "student")) on \(judged.answers.samples) held-back samples"
  }

  /// How a student does on held-back samples.
  ///
  /// - Parameter layers: its stored layers; nil: its weights are as evolution left them.
  func judgement(_ evolved: Evolved, layers: [BlobWeights]? = nil) throws(CompilerError) -> Judgement {
    var graph = evolved.graph(student)
    if let layers { graph = graph.foldingDeadUnits().holding(layers) }
    let samples = try samples()
    return try executing { () throws(ExecutionError) in
      try samples.judge(
        of: student, parameters: ParameterStore(graph), settings: settings, divergence: settings.divergence
      ).judge()
    }
  }
}

extension Evolved {
  fileprivate mutating func take(_ run: EvolutionRun) {
    (state, pools) = (run.state, run.settings.pools)
  }

  /// Plans the cycles that are left.
  fileprivate mutating func plan(_ pools: [Pool], _ layers: [Layer]) {
    self.pools = pools
    state.plan(pools, layers: layers)
  }
}
