// One compilation: which stage comes next, and what is kept of a run on disk. What stages do is in
// Stages; here is the value that the last of them gave.

import Blob
import Evolution
import Execution
import Files
import Foundation
import Intake
import ModelGraph
import Sharing
import Trials
import Verification

/// One compilation of one model.
///
///     let compilation = try Compilation(options: options, observer: observer)
///     let report = try compilation.compile(to: "net.kgl")
public final class Compilation {
  /// Where the run is kept while it lasts; nil: nowhere.
  public var checkpointPath: String?
  /// Seconds between two checkpoints, at least.
  public var checkpointEvery = 5.0
  /// Where the record of the cycles goes, as JSON Lines; nil: nowhere.
  public var recordPath: String?
  /// What command lines said of the run; kept with it.
  public var told: Told?

  /// Processes that the work is shared among, each of which has the same run; nil: there is this one.
  package var team: (any TrialTeam)? {
    get { stages.team }
    set { stages.team = newValue }
  }

  let stages: Stages
  private(set) var progress: Progress
  private var lastSaved = Date.distantPast

  // MARK: Beginning

  /// Loads the model and, where the options name them, the calibration samples.
  public init(options: CompileOptions, observer: any CompilationObserver) throws(CompilerError) {
    stages = try .beginning(options, observer: observer)
    progress = .evolved(Evolved(stages.student))
  }

  /// Takes a run up again.
  public init(resuming path: String, observer: any CompilationObserver) throws(CompilerError) {
    let checkpoint = try Checkpoint.read(path)
    stages = try Stages(
      checkpoint.options, origin: checkpoint.origin, student: try checkpoint.graph(path),
      began: Date(timeIntervalSinceNow: -checkpoint.seconds), observer: observer)
    (progress, told, checkpointPath) = (checkpoint.progress, checkpoint.told, path)
  }

  /// A run by other options, as far as another has come.
  init(_ stages: Stages, _ progress: Progress, like other: Compilation) {
    (self.stages, self.progress) = (stages, progress)
    (checkpointPath, checkpointEvery) = (other.checkpointPath, other.checkpointEvery)
    (recordPath, told) = (other.recordPath, other.told)
  }

  public var options: CompileOptions { stages.options }

  /// Whether its layers have their tables.
  public var isQuantized: Bool { progress.quantized != nil }

  /// Where weights are shared: how far the search is.
  package var sharing: SharingProgress? { progress.sharing }

  // MARK: Stages

  /// Everything: evolve, quantize, encode, verify.
  public func compile(to path: String) throws(CompilerError) -> CompileReport {
    try stoppable { () throws(CompilerError) in
      try stages.agree(on: progress)
      try evolveStudent()
      try save(now: true)
      if !isQuantized { try quantizeStudent() }
    }
    return try encode(to: path, evaluating: true)
  }

  /// Evolves the student to its targets, or goes on where a checkpoint was left.
  public func evolve() throws(CompilerError) -> StageReport {
    try stoppable { () throws(CompilerError) in
      try stages.agree(on: progress)
      try evolveStudent()
      try save(now: true)
      return try report(
        "evolved", stages.answered == nil ? nil : stages.judgement(progress.evolved),
        cycles: progress.evolved.state.cycles)
    }
  }

  /// Gives the survivors their tables and trains these, where there is data.
  public func quantize() throws(CompilerError) -> StageReport {
    try requireEvolved()
    return try stoppable { () throws(CompilerError) in
      let quantized = try quantizeStudent()
      return try report(
        "quantized", options.data == nil
          ? nil : stages.judgement(quantized.evolved, layers: quantized.layers))
    }
  }

  /// Measures the front of an evolved student: points from the least divergence to the fewest
  /// bytes.
  ///
  /// - Parameters:
  ///   - most: points that are measured as a whole, evenly spread over the front; at least 2.
  ///   - trained: as many of these, evenly spread, are measured once more with their tables trained, as ``quantize()`` trains them.
  public func pareto(most: Int, trained: Int = 0) throws(CompilerError) -> ParetoReport {
    try requireEvolved()
    return try stoppable { () throws(CompilerError) in
      try stages.pareto(progress.evolved, most: most, trained: trained)
    }
  }

  /// The student in a checkpoint, as far as the run has come: of a quantized one each weight is what its code stands
  /// for, and units that no answer needs are gone.
  ///
  /// - Throws: ``CompilerError/badCheckpoint(path:reason:)``.
  package static func student(of path: String) throws(CompilerError) -> Graph {
    let checkpoint = try Checkpoint.read(path)
    let graph = try checkpoint.graph(path)
    guard let quantized = checkpoint.progress.quantized else { return graph }
    return graph.foldingDeadUnits().holding(quantized.layers)
  }

  /// The blob of integers that the run in a checkpoint would be encoded to with activations of int8, kept nowhere. Its
  /// tables are of bytes, as other tools' are, unless the run was told others; an evolved student gets its tables first.
  ///
  /// - Throws: ``CompilerError`` where the run is not over, or has no samples to calibrate on.
  package static func integerBlob(of path: String, observer: any CompilationObserver) throws(CompilerError) -> DecodedBlob {
    let run = try Compilation(resuming: path, observer: observer)
    guard run.options.data != nil || run.options.calibration != nil else {
      throw .unfit(
        reason: "\(path) was made without samples, which integers are calibrated on: encode its model with --data and "
          + "--activations int8, and export the blob")
    }
    if case .sharing = run.progress {
      throw .usage(reason: "the weights of \(path) are being shared; go on with share")
    }
    try run.requireEvolved()
    var options = run.options
    options.activations = .int8
    let alterations = options == run.options ? [] : [Alteration("--activations", in: [.encode])]
    let integers = try run.changed(to: options, alterations, doing: [.encode])
    (integers.checkpointPath, integers.recordPath) = (nil, nil)
    return try integers.stoppable { () throws(CompilerError) in
      let known = integers.progress.quantized
      let quantized = if let known { known } else { try integers.quantizeStudent() }
      return try integers.stages.bytewise(quantized)
    }
  }

  /// Finds which weights share a value, or goes on where a checkpoint was left, and writes the
  /// blob.
  ///
  /// - Parameters:
  ///   - settings: of a search that begins now; one that goes on keeps its own.
  ///   - samples: on which members are judged: held-back ones and, where these are too few, others
  ///     of the data; never test samples.
  ///   - tableSteps: gradient steps of distillation that train the shared values afterwards.
  public func share(
    _ settings: SharingSettings, samples: Int, tableSteps: Int = 0, to path: String
  ) throws(CompilerError) -> ShareReport {
    try Self.checkWritable([path])
    if !progress.evolved.state.cycles.isEmpty { try requireEvolved() }
    let new = SharingProgress(settings: settings, samples: samples, tableSteps: tableSteps)
    let shared = try stoppable { () throws(CompilerError) in
      let shared = try stages.share(progress, new, keep: keep)
      try keep(.quantized(shared.quantized), now: true)
      return shared
    }
    var blob = try encode(to: path, evaluating: true)
    blob.brokenLimit = try stages.brokenLimit(shared, path)
    return ShareReport(shared, blob: blob)
  }

  /// Writes the blob of a quantized student, and reports on it.
  ///
  /// - Parameters:
  ///   - evaluating: whether to run the test samples too, or held-back ones without these. Else the
  ///     figures of a blob made straight from a model are of its calibration samples, or of generated
  ///     inputs, and of others there are none.
  ///   - maxLoss: what a blob made straight from a model may lose: its levels are dealt by it, and above it
  ///     ``CompileReport/brokenLimit`` says so.
  public func encode(to path: String, evaluating: Bool = false, maxLoss: Double? = nil)
    throws(CompilerError) -> CompileReport
  {
    if stages.writes { try Self.checkWritable([path]) }
    return try stoppable { () throws(CompilerError) in
      let quantized = try quantizedModel(maxLoss: maxLoss)
      let report = try stages.encode(quantized, to: path, evaluating: evaluating, maxLoss: maxLoss)
      try writeRecord(report)
      return report
    }
  }

  private func evolveStudent() throws(CompilerError) {
    guard !progress.evolved.isOver else { return }
    progress = .evolved(try stages.evolve(progress.evolved, measuringBytes: recordPath != nil, keep: keep))
  }

  @discardableResult
  private func quantizeStudent() throws(CompilerError) -> Quantized {
    let quantized = try stages.quantize(progress.evolved)
    try keep(.quantized(quantized), now: true)
    return quantized
  }

  /// The student with its tables; a model that nothing was trained for gets them now.
  private func quantizedModel(maxLoss: Double?) throws(CompilerError) -> Quantized {
    if let quantized = progress.quantized { return quantized }
    if !progress.evolved.isOver, !progress.evolved.state.cycles.isEmpty || options.data != nil {
      try requireEvolved()
    }
    guard options.data == nil else {
      throw .usage(reason: "the run is not quantized yet; go on with quantize")
    }
    try evolveStudent()
    let quantized = try stages.quantize(progress.evolved, maxLoss: maxLoss)
    progress = .quantized(quantized)
    return quantized
  }

  private func requireEvolved() throws(CompilerError) {
    guard progress.evolved.isOver else {
      throw .usage(reason: "\(checkpointPath ?? "the run") is not evolved to its end; go on with evolve")
    }
  }

  private func report(_ stage: String, _ judged: Judgement?, cycles: [CycleRecord] = []) -> StageReport {
    let (evolved, answers) = (progress.evolved, judged?.answers)
    return StageReport(
      stage: stage, checkpoint: checkpointPath ?? "",
      sparsity: stages.sparsity(evolved, progress.quantized?.tables),
      remarks: stages.remarks(evolved).compactMap { $0 }, shortfall: stages.shortfall(evolved),
      divergence: judged?.divergence, agreement: judged?.agreement,
      objects: answers.flatMap { ObjectFigures($0) }, loss: answers?.loss.points,
      lossName: answers?.loss.kind.name, intervals: answers.flatMap { AnswerIntervals($0) },
      samples: answers?.samples, seconds: stages.seconds,
      cycles: cycles)
  }

  // MARK: Keeping

  /// Takes what a stage gave so far, and keeps it on disk.
  private func keep(_ progress: Progress, now: Bool) throws(CompilerError) {
    self.progress = progress
    try save(now: now)
  }

  /// Keeps the run, at most every few seconds unless `now`.
  private func save(now: Bool) throws(CompilerError) {
    guard stages.writes, let checkpointPath, now || Date().timeIntervalSince(lastSaved) >= checkpointEvery
    else { return }
    try Checkpoint(
      options: options, origin: stages.origin, student: stages.student.structure, progress: progress,
      told: told, seconds: stages.seconds
    ).write(to: checkpointPath)
    try writeRecord()
    lastSaved = Date()
  }

  private func writeRecord(_ report: CompileReport? = nil) throws(CompilerError) {
    if stages.writes, let recordPath { try stages.writeRecord(of: progress, told: told, report: report, to: recordPath) }
  }

  /// Keeps the run where the user stops it.
  private func stoppable<R>(_ body: () throws(CompilerError) -> R) throws(CompilerError) -> R {
    do {
      return try body()
    } catch .interrupted {
      try save(now: true)
      throw .interrupted(checkpoint: checkpointPath)
    }
  }

  /// Removes the checkpoint of a run that is over.
  public func removeCheckpoint() {
    if stages.writes, let checkpointPath { try? FileManager.default.removeItem(atPath: checkpointPath) }
  }

  /// Whether a file is a checkpoint, by its first bytes.
  public static func isCheckpoint(_ path: String) -> Bool {
    InputFile.beginning(of: path, 7).map { $0 == Array("KGLCKPT".utf8) } ?? path.hasSuffix(".ckpt")
  }
}
