// The last stages: a blob, and what it is worth.

import Blob
import Evolution
import Execution
import Foundation
import ModelGraph
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
  /// - Parameter evaluating: whether to run the test samples too, or held-back ones without these;
  ///   else the report's figures of accuracy are absent, and no data is needed.
  public func encode(to path: String, evaluating: Bool = false) throws(CompilerError)
    -> CompileReport
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
    let (bytes, lowerBound) = try written(evolvedGraph(), layers)
    try AtomicFile.write(Data(bytes), to: path)
    let comparison = evaluating ? try evaluate(bytes, layers) : nil
    let report = try report(
      bytes: bytes, layers: layers, lowerBound: lowerBound, comparison: comparison)
    try writeRecord(report: report)
    return report
  }

  /// The blob of a student, and the least that its arena could be.
  func written(_ student: Graph, _ layers: [CodedLayer])
    throws(CompilerError) -> (bytes: [UInt8], arenaLowerBound: Int)
  {
    let lowered = Lowering.lower(
      student, weights: Dictionary(
        uniqueKeysWithValues: zip(student.layers, layers).map { ($0.nodeIndex, $1.blobWeights) }),
      transforms: transforms)
    do {
      return (try BlobWriter.bytes(for: lowered.model), lowered.arenaLowerBound)
    } catch {
      throw .blob(error)
    }
  }

  /// The student that the blob stands for: what Execution is compared with.
  private func decodedStudent(_ layers: [CodedLayer]) -> Graph {
    var graph = evolvedGraph()
    for (layer, form) in zip(student.layers, layers) {
      let shape = student[layer.weight].tensor.shape
      graph.setParameter(layer.weight, to: Tensor(shape: shape, values: form.decodedWeights()))
      if let bias = layer.bias {
        graph.setParameter(bias, to: Tensor(shape: [layer.rows], values: form.decodedBiases))
      }
    }
    return graph
  }

  private func report(
    bytes: [UInt8], layers: [CodedLayer], lowerBound: Int,
    comparison: (place: String, result: Comparison)?
  ) throws(CompilerError) -> CompileReport {
    let ledger: BlobLedger
    do { ledger = try BlobLedger(bytes) } catch { throw .blob(error) }
    let runtime: EdgeRuntime
    do { runtime = try EdgeRuntime(bytes) } catch { throw .runtime(error) }
    let names = student.layers.map(\.name)
    let total = layers.reduce(0) { $0 + $1.rows * $1.columns }
    let alive = layers.reduce(0) { $0 + $1.survivors }
    return CompileReport(
      teacherParameters: teacherParameters, blobBytes: bytes.count,
      ratio: Double(4 * teacherParameters) / Double(bytes.count),
      sparsity: total > 0 ? 1 - Double(alive) / Double(total) : 0, task: task,
      evaluatedOn: comparison?.place, samples: comparison?.result.samples,
      teacherAccuracy: comparison?.result.answers.teacherAccuracy,
      edgeAccuracy: comparison?.result.answers.edgeAccuracy,
      agreement: comparison?.result.answers.agreement,
      maxAbsoluteDifference: comparison?.result.maxAbsoluteDifference,
      relativeDifference: comparison?.result.relativeDifference, arenaBytes: runtime.arenaBytes,
      arenaLowerBound: lowerBound, seconds: seconds, seed: options.evolution.seed,
      threads: options.evolution.threads,
      layers: zip(names, zip(layers, ledger.layers)).map { name, pair in
        LayerReport(
          name: name, parameters: pair.0.rows * pair.0.columns, survivors: pair.0.survivors,
          levels: pair.0.levels, bytes: pair.1.bytes)
      },
      schedule: Schedule(
        cycles: evolution.cycles.map(\.budget), finalSteps: evolution.finalStepsDone,
        tableSteps: tableStepsDone), cycles: evolution.cycles)
  }

  /// Final figures: on the test samples, or on held-back ones where there are no test samples.
  private func evaluate(_ bytes: [UInt8], _ layers: [CodedLayer])
    throws(CompilerError) -> (place: String, result: Comparison)?
  {
    let place: String
    let set: SampleSet
    if let test = options.test {
      var source = test
      if let data = options.data {
        source.scale = test.scale ?? data.scale
        source.mean = test.mean ?? data.mean
        source.layout = test.layout ?? data.layout
      }
      set = try SampleLoading.load(source, for: student, seed: options.evolution.seed &+ 1000)
      place = "\(set.count) test samples"
    } else if options.data != nil {
      set = try samples().heldBack
      place = "\(set.count) held-back samples"
    } else {
      return nil
    }
    observer.began("verify")
    let (count, observer) = (set.count, observer)
    let result = try Comparison.run(
      blob: bytes, teacher: try teacher(), student: decodedStudent(layers), samples: set, task: task,
      threads: options.evolution.threads
    ) { observer.advanced($0, of: count, "samples") }
    observer.ended("\(place) in the C runtime")
    return (place, result)
  }
}
