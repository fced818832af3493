// The record of a run, which `kinglet report` draws: Formats/Record.md. The whole file is written each time the run
// is kept, whole or not at all, from the same state, so that the record of a resumed run is that of one which was
// never stopped.

import Die
import Evolution
import Execution
import Files
import Foundation
import Lowering
import ModelGraph
import Record
import Tensors

extension RunRecord.Cycle {
  init(_ cycle: CycleRecord) {
    self.init(cycle: cycle.cycle)
    let own = cycle.pools.reduce(into: [String: PoolTrials]()) { found, pool in
      if pool.layers.count == 1 { found[pool.layers[0]] = pool }
    }
    layers = cycle.layers.map { layer in
      var step = RunRecord.LayerStep(layer: layer.layer)
      step.sparsity = layer.sparsity
      step.trials = RunRecord.Trials(own[layer.layer])
      return step
    }
    trials = RunRecord.Trials(cycle.pools.first { $0.layers.count > 1 })
    sparsity = cycle.sparsity
    (divergenceBefore, divergenceAfter) = (cycle.divergenceBefore, cycle.divergenceAfter)
    (accuracy, agreement, loss) = (cycle.accuracy, cycle.agreement, cycle.loss?.points)
    intervals = cycle.intervals.map(RunRecord.Intervals.init)
    (trialCount, steps, seconds) = (cycle.budget.trials, cycle.budget.steps, cycle.seconds)
    bytes = cycle.bytes
  }
}

extension RunRecord.Trials {
  init(_ pool: PoolTrials?) {
    self.init()
    (mean, deviation, best, z) = (pool?.mean, pool?.deviation, pool?.best, pool?.z)
  }
}

extension RunRecord.Interval {
  init(_ share: ShareInterval) {
    self.init()
    (low, high) = (share.low, share.high)
  }
}

extension RunRecord.Intervals {
  init(_ intervals: AnswerIntervals) {
    self.init()
    teacherAccuracy = intervals.teacherAccuracy.map(RunRecord.Interval.init)
    edgeAccuracy = intervals.edgeAccuracy.map(RunRecord.Interval.init)
    agreement = intervals.agreement.map(RunRecord.Interval.init)
  }
}

extension RunRecord.Die {
  init(_ report: DieReport) {
    self.init(target: report.target)
    shortages = report.shortages.map {
      .init(memory: $0.memory, missingBytes: $0.missingBytes, blame: $0.blame)
    }
    banks = report.banks.map { bank in
      .init(
        capacity: bank.capacity, used: bank.used, pad: bank.pad,
        lanes: bank.lanes.map { .init(step: $0.step, bytes: $0.bytes) })
    }
    steps = report.steps.map {
      var step = RunRecord.DieStep(step: $0.step, name: $0.name)
      (step.lanes, step.balance) = ($0.lanes, $0.balance)
      (step.cycles, step.nanojoules) = ($0.cycles, $0.nanojoules)
      return step
    }
    (arenaBytes, arenaLowerBound, arenaCapacity) = (report.arenaBytes, report.arenaLowerBound, report.arenaCapacity)
    (controlBytes, controlCapacity) = (report.controlBytes, report.controlCapacity)
    (lanes, cycles, seconds) = (report.lanes, report.cycles, report.seconds)
    microjoules = report.microjoules
  }
}

extension Stages {
  /// Bins of a record's histograms.
  private static let bins = 96

  /// Writes the record of a run so far.
  ///
  /// - Parameters:
  ///   - told: what command lines said of the run.
  ///   - report: of the blob, once there is one.
  func writeRecord(of progress: Progress, told: Told?, report: CompileReport?, to path: String) throws(CompilerError) {
    let evolved = progress.evolved
    var lines: [RecordLine] = [.run(try beginning(told), version: 1)]
    lines += evolved.state.cycles.map { .cycle(RunRecord.Cycle($0)) }
    if evolved.isOver, let judged = evolved.judgement {
      var final = RunRecord.Final()
      (final.steps, final.divergence) = (evolved.state.finalStepsDone, judged.divergence)
      (final.agreement, final.accuracy) = (judged.agreement, judged.accuracy)
      final.loss = judged.answers.loss.points
      final.intervals = AnswerIntervals(judged.answers).map(RunRecord.Intervals.init)
      lines.append(.final(final))
    }
    if evolved.isOver { lines.append(.end(try end(progress, report))) }
    if let die = report?.die { lines.append(.die(RunRecord.Die(die))) }
    guard let text = try? RunRecord.jsonLines(lines) else {
      throw .cannotWrite(path: path, reason: "the record cannot be put as JSON")
    }
    try OutputFile.write(text, to: path)
  }

  private func beginning(_ told: Told?) throws(CompilerError) -> RunRecord.Run {
    let original = try teacher().student
    var run = RunRecord.Run()
    run.command = told?.commandLine(of: options.model)
    (run.tool, run.written) = (ToolVersion.text, Date().ISO8601Format())
    run.trainingSamples = answered?.training.count
    (run.heldBackSamples, run.otherSamples) = (answered?.heldBack.count, answered?.others?.samples.count)
    run.model = URL(fileURLWithPath: options.model).lastPathComponent
    run.task = task.rawValue
    run.method = settings.method.rawValue
    run.divergence = settings.divergence.rawValue
    run.seed = settings.seed
    run.teacherParameters = origin.teacherParameters
    run.teacherAccuracy = answered?.teacherAccuracy?.share
    run.lossName = reading.lossKind(labelled: answered?.heldBack.labels != nil || answered?.heldBack.known != nil).name
    run.layers = original.layers.map { layer in
      var line = RunRecord.Layer(name: layer.name)
      let weights = original[layer.weight].tensor.values
      (line.weights, line.histogram) = (weights.count, Histogram(of: weights, bins: Self.bins))
      return line
    }
    return run
  }

  private func end(_ progress: Progress, _ report: CompileReport?) throws(CompilerError) -> RunRecord.End {
    var end = RunRecord.End()
    end.sparsity = sparsity(progress.evolved, progress.quantized?.tables)
    (end.blobBytes, end.ratio) = (report?.blobBytes, report?.ratio)
    (end.teacherAccuracy, end.edgeAccuracy) = (report?.teacherAccuracy, report?.edgeAccuracy)
    (end.loss, end.lossName) = (report?.loss, report?.lossName)
    (end.intervals, end.evaluatedOn) = (report?.intervals.map(RunRecord.Intervals.init), report?.evaluatedOn)
    (end.floatAccuracy, end.floatLoss) = (report?.floatAccuracy, report?.floatLoss)
    end.floatInterval = report?.floatInterval.map(RunRecord.Interval.init)
    end.seconds = report == nil ? nil : seconds
    let saved = report == nil ? [] : try savings(progress)
    end.layers = student.layers.enumerated().map { index, layer in
      let weights = progress.evolved.state.parameters[layer.weight.index]
      var line = RunRecord.EndLayer(name: layer.name)
      (line.weights, line.survivors) = (weights.count, weights.survivorCount)
      (line.levels, line.bytes) = (report?.layers[index].levels, report?.layers[index].bytes)
      if index < saved.count { (line.lossSaved, line.divergenceSaved) = saved[index] }
      line.histogram = Histogram(of: weights, bins: Self.bins)
      return line
    }
    return end
  }

  /// For each layer what goes on the held-back samples, points lost and divergence, where it alone is the teacher's again: the
  /// finished student judged once more for each. None without samples.
  private func savings(_ progress: Progress) throws(CompilerError) -> [(loss: Double, divergence: Double)] {
    guard options.data != nil, answered != nil, let quantized = progress.quantized else { return [] }
    let (original, graph) = (try teacher().student, quantized.evolved.graph(student).holding(quantized.layers))
    guard original.layers.count == graph.layers.count else { return [] }
    let (parameters, judge) = try judged(graph)
    func measured() throws(CompilerError) -> Judgement {
      try executing { () throws(ExecutionError) in try judge.judge() }
    }
    let whole = try measured()
    var saved: [(loss: Double, divergence: Double)] = []
    for (layer, own) in zip(graph.layers, original.layers) {
      parameters.set(layer.weight, to: original[own.weight].tensor.values)
      let found = try measured()
      parameters.set(layer.weight, to: graph[layer.weight].tensor.values)
      saved.append((whole.answers.loss.points - found.answers.loss.points, whole.divergence - found.divergence))
    }
    return saved
  }
}
