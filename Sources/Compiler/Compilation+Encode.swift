// The last stages: a blob, and what it is worth.

import Blob
import Die
import Edge
import Evolution
import Execution
import Files
import Foundation
import Lowering
import ModelGraph
import Simplification
import Tensors

extension Compilation {
  /// Everything: evolve, quantize, encode, verify.
  public func compile(to path: String) throws(CompilerError) -> CompileReport {
    try evolveStudent()
    try save(now: true)
    if coded == nil {
      try quantizeStudent()
      try save(now: true)
    }
    return try encode(to: path, evaluating: true)
  }

  /// Writes the blob of a quantized student, and reports on it.
  ///
  /// - Parameters:
  ///   - evaluating: whether to run the test samples too, or held-back ones without these. Else the
  ///     figures of a blob made straight from a model are of its calibration samples, or of generated
  ///     inputs, and of others there are none.
  ///   - maxLoss: what a blob made straight from a model may lose; above it ``brokenLimit`` says so.
  public func encode(to path: String, evaluating: Bool = false, maxLoss: Double? = nil)
    throws(CompilerError) -> CompileReport
  {
    try Self.checkWritable([path])
    if !evolution.isOver {
      guard evolution.cycles.isEmpty, options.data == nil else {
        throw .usage(reason: "the run is not evolved to its end; go on with evolve")
      }
      try evolveStudent()
    }
    if coded == nil {
      guard options.data == nil else {
        throw .usage(reason: "the run is not quantized yet; go on with quantize")
      }
      try quantizeStudent()
    }
    let layers = coded ?? []
    var written = try written(layers)
    try stopIfAsked()
    let comparison = evaluating
      ? try evaluate(written.bytes, layers)
      : options.data == nil ? try evaluateUntrained(written.bytes) : nil
    // Of a student float32 steps lose what the tables did, which was looked at when these were chosen.
    if evaluating || options.activations == .int8 || options.data == nil {
      brokenLimit = try brokenLimit(written.bytes, comparison, maxLoss)
    }
    try stopIfAsked()
    written.bytes = try proven(written.bytes, divergence: comparison?.divergence)
    try OutputFile.write(Data(written.bytes), to: path)
    let report = try report(written, comparison: comparison)
    try writeRecord(report: report)
    return report
  }

  /// A blob, what became of the layers in it, and the least that its arena could be.
  typealias Written = (bytes: [UInt8], layers: [BlobWeights], arenaLowerBound: Int)

  /// The blob of the evolved student with these layers, in floats or integers as the options say.
  func written(_ layers: [BlobWeights]) throws(CompilerError) -> Written {
    options.activations == .int8
      ? try writtenIntegers(evolvedGraph(), layers) : try written(evolvedGraph(), layers)
  }

  /// The blob of a student, its dead units left out.
  func written(_ student: Graph, _ layers: [BlobWeights]) throws(CompilerError) -> Written {
    let alive = BlobWeights.withoutDeadUnits(student, layers)
    do {
      let (graph, layers) = try alive.graph.gatheringReadColumns(alive.layers)
      let lowered = Lowering.lower(
        graph, weights: Dictionary(
          uniqueKeysWithValues: zip(graph.layers, layers).map { ($0.nodeIndex, $1.withoutEmptyTable) }),
        transforms: transforms)
      return (try bytes(for: lowered.model), layers, lowered.arenaLowerBound)
    } catch {
      throw .blob(error)
    }
  }

  /// A blob as the options ask for: its profile, and its lanes on a target. It says where it comes
  /// from, so that it is as long as when what is measured on it is put in.
  func bytes(for model: BlobModel) throws(BlobError) -> [UInt8] {
    var model = model
    model.ancillary = [provenance.section]
    let coding = CodingOptions(options.profile ?? .size)
    guard let target = options.target else {
      return try BlobWriter.bytes(for: model, options: coding)
    }
    return try Placement.bytes(for: model, on: target, options: coding)
  }

  private func report(
    _ written: Written, comparison: Evaluation?
  ) throws(CompilerError) -> CompileReport {
    let bytes = written.bytes
    let ledger: BlobLedger
    do { ledger = try BlobLedger(bytes) } catch { throw .blob(error) }
    let runtime = try EdgeRuntime.opened(bytes)
    let die = try options.target.map { target throws(CompilerError) in
      try DieReport.of(bytes, on: target, names: student.layers.map(\.name))
    }
    let remarks = remarks(on: written.layers)
    return CompileReport(
      teacherParameters: teacherParameters, blobBytes: bytes.count,
      selfTestBytes: ledger.selfTestBytes,
      ratio: Double(4 * teacherParameters) / Double(bytes.count - ledger.selfTestBytes),
      sparsity: sparsity, shortfall: shortfall, task: task,
      evaluatedOn: comparison?.place, evaluation: comparison?.kind, samples: comparison?.result.samples,
      teacherAccuracy: comparison?.result.answers.teacherAccuracy?.share,
      edgeAccuracy: comparison?.result.answers.studentAccuracy?.share,
      agreement: comparison?.result.answers.closeness, loss: comparison?.result.answers.loss.points,
      lossName: comparison?.result.answers.loss.kind.name, thresholds: reading.listedThresholds,
      intervals: comparison.flatMap { AnswerIntervals($0.result.answers) },
      limitPlace: comparison == nil ? nil : try limitPlace(), maxAbsoluteDifference: comparison?.result.maxAbsoluteDifference,
      relativeDifference: comparison?.result.relativeDifference,
      emulatedSamples: comparison?.result.emulatedSamples,
      warning: options.data == nil ? comparison.flatMap(warning) : nil,
      divergence: comparison?.divergence.map(DivergenceReport.init), arenaBytes: runtime.arenaBytes,
      activationBytes: try BlobFile.parse(bytes).arenaBytes,
      arenaLowerBound: written.arenaLowerBound, seconds: seconds, seed: options.evolution.seed,
      threads: options.evolution.threads,
      layers: student.layers.indices.map { index in
        let layer = student.layers[index]
        return LayerReport(
          name: layer.name, parameters: layer.weightCount,
          survivors: survivorCounts[index], levels: written.layers[index].levels,
          bytes: ledger.layers[index].bytes, table: tables?[index], remark: remarks[index])
      },
      schedule: Schedule(
        cycles: evolution.cycles.map(\.budget), finalSteps: evolution.finalStepsDone,
        tableSteps: tableStepsDone), cycles: evolution.cycles, die: die)
  }
}
