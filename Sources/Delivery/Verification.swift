// `kinglet verify`, and samples for firmware.

import Blob
import Compiler
import Datasets
import Edge
import Evolution
import Execution
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Tensors
import Verification

/// What `verify` found.
public struct VerificationReport: Codable, PrintableReport, Sendable {
  public static let reportName = "verification"

  /// Bytes of the whole blob.
  public var blobBytes: Int
  /// Weights, biases, batch normalization's scale and shift.
  public var teacherParameters: Int
  /// 4 bytes x teacher parameters / blob bytes, the self-test apart.
  public var ratio: Double
  /// What the network is for; decides what agreement and loss are.
  public var task: NetworkTask
  /// How many samples were answered.
  public var samples: Int
  /// Share of right answers of the teacher, 0 to 1; nil without labels.
  public var teacherAccuracy: Double?
  /// Share of right answers in the C runtime, 0 to 1; nil without labels.
  public var edgeAccuracy: Double?
  /// The share of samples answered alike, or 1 - RMS(edge - teacher) / RMS(teacher) where numbers
  /// are the answer.
  public var agreement: Double
  /// In percentage points, and what of: see ``AnswerLoss``.
  public var loss: Double
  /// `points of accuracy lost`, or of what else the loss is.
  public var lossName: String
  /// What outputs are compared with; nil where none are.
  public var thresholds: [Float]?
  /// Of the three shares, 95 % confidence; nil where numbers are the answer.
  public var intervals: AnswerIntervals?
  /// Mean absolute error against the teacher, over the numbers of all outputs; nil where they are classes.
  public var mae: Double?
  /// Root mean square error against the teacher, over the numbers of all outputs; nil where they are classes.
  public var rmse: Double?
  /// What classes are right by: `labels`, or `teacher`; nil where numbers are the answer.
  public var reference: String?
  /// Where the teacher is of int8: share of output elements that are its very integers, 0 to 1.
  public var equal: Double?
  /// Whether the blob was encoded from a model of int8: all of them have to be equal then.
  public var exact: Bool
  /// What was found of each output, in the blob's order.
  public var outputs: [OutputFigures]
  /// Sentences about samples that do not look like the blob's, and outputs of the teacher's file that are left out.
  public var warnings: [String]
  /// Bytes of RAM that the C runtime asks for.
  public var arenaBytes: Int
  /// Samples for which an integer blob gave the same bytes in the C runtime and in its emulation;
  /// nil for float32.
  public var emulatedSamples: Int?
  /// Samples of the blob's self-test, answered as it expects; nil where it has none.
  public var selfTestSamples: Int?

  public var text: String {
    let answers = answersText(
      teacher: teacherAccuracy, edge: edgeAccuracy,
      agreement: task == .classification ? agreement : nil, loss: "\(loss.points) \(lossName)",
      intervals: intervals)
    let figures = String(
      format: "%d samples: %@\n%d bytes, %.1fx; arena %d bytes",
      samples, answers + remarks as NSString, blobBytes, ratio, arenaBytes)
    return figures + (equal.map { "\n" + equalText($0) } ?? "") + (fewSamplesText(samples, intervals).map { "\n" + $0 } ?? "")
      + (emulatedSamples.map { "\n" + emulationText($0) } ?? "")
      + (selfTestSamples.map { "\nself-test: \($0) samples, as expected" } ?? "")
  }

  private var remarks: String {
    var text = thresholds.map { "; class 1 above \($0[0])" } ?? ""
    if outputs.count == 1, let auc = outputs[0].auc { text += String(format: ", AUC %.4f", auc) }
    if let mae, let rmse { text += String(format: "; MAE %.6g, RMSE %.6g", mae, rmse) }
    return text
  }
}

public enum Verification {
  /// Runs a blob in the C runtime and its teacher on the host, on the same samples.
  ///
  /// - Parameter anyTeacher: whether the teacher may be another model than the blob's.
  public static func verify(
    blob path: String, teacher: String, axes: ModelAxes = [:], test: DataOptions,
    task: TaskOptions, threads: Int, seed: UInt64, anyTeacher: Bool = false
  ) throws(CompilerError) -> VerificationReport {
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    let (bytes, model) = (blob.bytes, blob.model)
    let selfTestSamples = try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in try SelfTest.replay(blob) }
    }
    let taught = try opening { () throws(IntakeError) in
      try Teacher.load(teacher, axes: axes, mayKeepState: !model.isExact)
    }
    let whole = taught.inNumbers
    let graph = whole.answersOfOneFrame
    if !anyTeacher { try check(teacher, axes, of: model, path) }
    let options = SampleLoading.options(
      test, following: model.inputs.first?.transform ?? BlobTransform())
    let (reading, samples) = try opening { () throws(IntakeError) in
      let given = GivenSamples(
        samples: try SampleLoading.load(options, for: whole, seed: seed), options: options)
      let reading = try AnswerReading.resolve(task, graph: graph, samples: [given])
      return (reading, try given.judged(by: reading, graph: graph))
    }
    let frames = try verifying { () throws(VerificationError) in try samples.withStates(of: whole, threads: threads) }
    let result = try CompilerError.naming(teacher) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in
        let exact = taught.isOfIntegers ? try ExactTeacher(taught) : nil
        return try Comparison.run(
          blob: bytes, teacher: graph, exact: exact, student: nil, samples: frames, reading: reading,
          states: whole.states.count, threads: threads
        ) { _ in }
      }
    }
    let (edge, emulatedSamples) = try verifying { () throws(VerificationError) in
      (
        try EdgeRuntime.opened(bytes),
        try EmulationCheck.run(bytes, model, samples: samples, of: whole, threads: threads)
      )
    }
    return VerificationReport(
      blobBytes: bytes.count, teacherParameters: graph.parameterCount,
      ratio: Double(4 * graph.parameterCount) / Double(bytes.count - BlobLedger(blob).selfTestBytes),
      task: NetworkTask(reading), samples: samples.count,
      teacherAccuracy: result.answers.teacherAccuracy?.share,
      edgeAccuracy: result.answers.studentAccuracy?.share, agreement: result.answers.closeness,
      loss: result.answers.loss.points, lossName: result.answers.loss.kind.name,
      thresholds: reading.listedThresholds, intervals: AnswerIntervals(result.answers),
      mae: result.figures.errors?.mae,
      rmse: result.figures.errors?.rmse,
      reference: reading == .values ? nil : samples.labels == nil ? "teacher" : "labels",
      equal: result.equality?.share, exact: model.isExact, outputs: result.figures.outputs,
      warnings: graph.omissions + SampleFit.warnings(samples, for: model, edge.inputs, test),
      arenaBytes: edge.arenaBytes, emulatedSamples: emulatedSamples,
      selfTestSamples: selfTestSamples)
  }

  /// Refuses a model that a blob, by the hash it keeps, was not made from.
  static func check(_ teacher: String, _ axes: ModelAxes, of model: BlobModel, _ path: String)
    throws(CompilerError)
  {
    let provenance: BlobProvenance?
    do { provenance = try model.provenance() } catch { throw .blob(error) }
    guard let kept = provenance?.teacher else { return }
    let given = try opening { () throws(IntakeError) in try Fingerprint.model(teacher, axes: axes) }
    guard kept != given else { return }
    func text(_ hash: [UInt8]) -> String { hash.map { String(format: "%02x", $0) }.joined() }
    throw .unfit(
      reason: "\(path) was made from a model of hash \(text(kept)), and \(teacher) has \(text(given)): "
        + "give the model it was made from, or --any-teacher to compare them all the same")
  }
}
