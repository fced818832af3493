// Limits of what may be lost. One loss, ``AnswerLoss``, is held at every stage: by the student in its
// cycles and final steps, by its tables, and at the end by the blob in the C runtime.

import Execution
import ModelGraph
import Tables
import Trials
import Verification

extension Stages {
  /// Fewer held-back samples than this tell little of a loss: others of the data count besides.
  static let tellingSamples = 500
  private static let judgedSamples = 2000

  /// Samples of the data on which a limit of loss is held besides the held-back ones; nil: none.
  func others(_ training: SampleSet, heldBack: Int) -> SampleSet? {
    guard options.limits.loss != nil || options.quantizationLimits.loss != nil,
      heldBack < Self.tellingSamples
    else { return nil }
    return training.prefix(Self.judgedSamples - heldBack)
  }

  /// What cycles and final steps may lose; nil: anything. Of errors of values tables add theirs in
  /// squares, so that they are left as much.
  var cycleLimit: Double? {
    guard let limit = options.limits.loss else { return nil }
    let leavesRoom = reading == .values && limit == options.quantizationLimits.loss
    return leavesRoom ? limit * 0.7 : limit
  }

  /// What tables may have besides the levels that are told, where those lose too much.
  var levelsToTry: [LevelChoice] {
    if let levels = options.levels { return [levels] }
    let all: [LevelChoice] = [.usual, .table(64), .table(256), .float]
    guard let most = options.mostLevels else { return all }
    return all.filter { $0.isWithin(most - 1) } + [.table(most)]
  }

  /// Whether a blob loses more in the C runtime than it may: a sentence that says so, nil where it
  /// does not or may lose anything.
  ///
  /// - Parameter maxLoss: a limit of a blob made straight from a model, held by its evaluation alone.
  func brokenLimit(_ bytes: [UInt8], _ evaluation: Evaluation?, _ maxLoss: Double?)
    throws(CompilerError) -> String?
  {
    if let maxLoss, let evaluation, !evaluation.result.answers.loss.isWithin(maxLoss) {
      return sentence(evaluation.result.answers.loss, evaluation.basis, maxLoss)
    }
    guard let limit = options.quantizationLimits.loss, options.data != nil else { return nil }
    let samples = try samples()
    let own = try compared(bytes, on: samples.heldBack).answers
    var all = own
    if let others = samples.others { all.add(try compared(bytes, on: others.samples).answers) }
    var losses = [(loss: own.loss, basis: "\(own.samples) held-back samples")]
    losses.append((all.loss, "\(all.samples) samples of the data"))
    // Other samples than those of a test may be too few to hold a limit by. Points of agreement are
    // no points of accuracy, where one of the two has no labels.
    if let evaluation, evaluation.kind == .test, evaluation.result.answers.loss.kind == own.loss.kind {
      losses.append((evaluation.result.answers.loss, evaluation.basis))
    }
    guard let broken = losses.first(where: { !$0.loss.isWithin(limit) }) else { return nil }
    return sentence(broken.loss, broken.basis, limit)
  }

  /// Whether a blob takes more bytes than it may, its self-test apart: a sentence that says so.
  func brokenSize(_ report: CompileReport) -> String? {
    let bytes = report.blobBytes - report.selfTestBytes
    guard let limit = options.maxBytes, bytes > limit else { return nil }
    return "takes \(bytes) bytes, more than --max-bytes \(limit)"
  }

  private func sentence(_ loss: AnswerLoss, _ basis: String, _ limit: Double) -> String {
    "\(loss.text) on \(basis) in the C runtime, more than --max-loss \(limit)"
  }

}
