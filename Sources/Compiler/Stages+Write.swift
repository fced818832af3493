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
import Planning
import Simplification
import Tensors
import Verification

extension Stages {
  /// The blob of a quantized student, in floats or integers as the options say.
  func write(_ quantized: Quantized) throws(CompilerError) -> Written {
    try checkTables(quantized.layers)
    let graph = quantized.evolved.graph(student)
    return options.activations == .int8
      ? try writeIntegers(graph, quantized.layers) : try write(graph, quantized.layers)
  }

  /// The blob of a student in floats, its dead units left out.
  func write(_ student: Graph, _ layers: [BlobWeights]) throws(CompilerError) -> Written {
    let (graph, layers) = try small(student, layers)
    let whole = graph.keeping(states)
    let deployed = try options.deployed(whole)?.graph ?? whole
    let lowered = Lowering.lower(
      deployed, weights: Dictionary(
        uniqueKeysWithValues: zip(deployed.layers, layers).flatMap { layer, form in
          layer.uses.map { ($0, form.withoutEmptyTable) }
        }),
      transforms: transforms)
    do {
      return Written(
        bytes: try bytes(for: lowered.model), model: lowered.model, layers: layers,
        arenaLowerBound: lowered.arenaLowerBound)
    } catch {
      throw .blob(error)
    }
  }

  /// A student without its dead units, and without the inputs of layers that these do not read.
  func small(_ student: Graph, _ layers: [BlobWeights]) throws(CompilerError) -> (Graph, [BlobWeights]) {
    let alive = BlobWeights.withoutDeadUnits(student, layers)
    do { return try alive.graph.gatheringReadColumns(alive.layers) } catch { throw .blob(error) }
  }

  /// A blob as the options ask for: its profile, and its lanes on a target. It says where it comes
  /// from, so that it is as long as when what is measured on it is put in.
  func bytes(for model: BlobModel) throws(BlobError) -> [UInt8] {
    var model = model
    model.ancillary = lasting(in: model)
    let coding = CodingOptions(options.profile ?? .size)
    guard let target = options.target else {
      return try BlobWriter.bytes(for: model, options: coding)
    }
    return try Placement.bytes(for: model, on: target, options: coding)
  }

  /// The same with each layer coded by itself, where the options ask for it.
  private func layerByLayer(_ written: Written) throws(CompilerError) -> Written {
    guard options.layerOptions.demand() != nil else { return written }
    var (model, layered) = (written.model, written)
    model.ancillary = lasting(in: model)
    layered.inputs = try measuredInputs(model)
    guard let demand = options.layerOptions.demand(layered.inputs) else { return written }
    let codings = LayerChoice.codings + (layered.inputs == nil ? [] : [LayerChoice.columns])
    do {
      let choice = try LayerChoice(among: codings.map { (model, $0) }, for: demand)
      layered.bytes = choice.bytes
      layered.model.steps = choice.model.steps
    } catch {
      throw .blob(error)
    }
    return layered
  }

  /// How often inputs of layers that may be written by columns are zero in calibration samples; nil where there are
  /// no such layers, or no samples.
  private func measuredInputs(_ model: BlobModel) throws(CompilerError) -> MeasuredInputs? {
    // Builds with smaller look-up tables refuse layers by columns.
    guard options.activations == .int8, model.steps.contains(where: \.mayHaveColumns),
      options.target.map({ $0.usedTableBits >= TargetProfile.usualTableBits }) ?? true
    else { return nil }
    let samples = try samples().training
    let measured = try verifying { () throws(VerificationError) in
      try InputShares.measure(model, samples: samples, of: student)
    }
    return MeasuredInputs(nonzero: measured.nonzero, samples: measured.samples)
  }

  /// Writes the blob of a quantized student to a file, looks at what it is worth, and reports on it, as
  /// ``Compilation/encode(to:evaluating:maxLoss:)`` says.
  func encode(_ quantized: Quantized, to path: String, evaluating: Bool, maxLoss: Double?)
    throws(CompilerError) -> CompileReport
  {
    let written = try layerByLayer(write(quantized))
    try stopIfAsked()
    let evaluation = evaluating
      ? try evaluate(written, of: quantized)
      : options.data == nil ? try evaluateUntrained(written) : nil
    // Of a student float32 steps lose what the tables did, which was looked at when these were chosen.
    let isHeld = evaluating || options.activations == .int8 || options.data == nil
    let lost = isHeld ? try brokenLimit(written.bytes, evaluation, maxLoss) : nil
    try stopIfAsked()
    let blob = try proven(written, divergence: evaluation?.divergence)
    if writes { try OutputFile.write(Data(blob.bytes), to: path) }
    var report = try report(quantized, written, blob, evaluation)
    report.instructions = options.layerOptions.estimate(blob, written.inputs)
    let broken = brokenSize(report) ?? report.instructions?.broken(options.maxInstructions)
    report.brokenLimit = (broken ?? lost.map { "has \($0)" }).map { "\(path) \($0)" }
    return report
  }

  private func report(
    _ quantized: Quantized, _ written: Written, _ blob: DecodedBlob, _ evaluation: Evaluation?
  ) throws(CompilerError) -> CompileReport {
    let (bytes, ledger) = (blob.bytes, BlobLedger(blob))
    let runtime = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(bytes) }
    let arena = try ArenaReport(blob, runtime, on: options.target)
    let die = options.target.map {
      DieReport(
        blob, arenas: { runtime.arena(tableBits: $0) }, on: $0,
        names: student.layersOfNodes.map { student.layers[$0].name })
    }
    let evolved = quantized.evolved
    let remarks = remarks(evolved, on: written.layers)
    let survivors = survivors(evolved, quantized.tables)
    let (result, answers) = (evaluation?.result, evaluation?.result.answers)
    let floats = options.activations == .int8 ? result?.floats : nil
    var layerBytes = student.layers.map { _ in 0 }
    for (step, layer) in zip(ledger.layers, student.layersOfNodes) { layerBytes[layer] += step.bytes }
    return CompileReport(
      teacherParameters: origin.teacherParameters, blobBytes: bytes.count,
      selfTestBytes: ledger.selfTestBytes, namesBytes: ledger.namesBytes,
      ratio: Double(4 * origin.teacherParameters) / Double(bytes.count - ledger.selfTestBytes),
      sparsity: sparsity(evolved, quantized.tables), shortfall: shortfall(evolved), task: task,
      evaluatedOn: evaluation?.basis, evaluation: evaluation?.kind, samples: result?.samples,
      teacherAccuracy: answers?.teacherAccuracy?.share, edgeAccuracy: answers?.studentAccuracy?.share,
      agreement: answers?.closeness, objects: answers.flatMap { ObjectFigures($0) }, loss: answers?.loss.points, lossName: answers?.loss.kind.name,
      thresholds: reading.listedThresholds, intervals: answers.flatMap { AnswerIntervals($0) },
      floatAccuracy: floats?.studentAccuracy?.share, floatLoss: floats?.loss.points,
      floatInterval: floats.flatMap { AnswerIntervals($0)?.edgeAccuracy },
      equal: result?.equality?.share, limitPlace: evaluation == nil ? nil : try limitPlace(),
      maxAbsoluteDifference: result?.maxAbsoluteDifference,
      relativeDifference: result?.relativeDifference, emulatedSamples: result?.emulatedSamples,
      warning: options.data == nil ? evaluation.flatMap { warning($0, quantized.dealing) } : nil,
      dealing: quantized.dealing,
      divergence: evaluation?.divergence.map(DivergenceReport.init), arenaBytes: arena.arenaBytes, arena: arena,
      activationBytes: blob.model.arenaBytes,
      arenaLowerBound: written.arenaLowerBound, seconds: seconds, seed: settings.seed,
      threads: threads,
      layers: student.layers.enumerated().map { index, layer in
        LayerReport(
          name: layer.name, parameters: layer.weightCount, survivors: survivors[index],
          levels: written.layers[index].levels, bytes: layerBytes[index],
          table: quantized.tables?[index], remark: remarks[index])
      },
      schedule: Schedule(
        cycles: evolved.state.cycles.map(\.budget), finalSteps: evolved.state.finalStepsDone,
        tableSteps: quantized.tableSteps), cycles: evolved.state.cycles, die: die)
  }
}
