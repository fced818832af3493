// The last figures: what a blob's answers are worth on samples that chose nothing.

import Blob
import Execution
import Intake
import Lowering
import ModelGraph
import Tensors
import Trials
import Verification

/// What stands behind a figure.
public enum EvaluationKind: String, CaseIterable, Codable, Sendable {
  /// Test samples that the user gave.
  case test
  /// Samples of the data that were kept for this.
  case unseen
  /// Every sample of the data, answered by a student that was made without it.
  case crossFitted
  /// Held-back samples, by which the student was chosen.
  case chosen
  /// Calibration samples, or made-up ones, where nothing was trained.
  case untrained
}

/// What a blob was measured on, and what came of it.
struct Evaluation {
  var kind: EvaluationKind
  var basis: String
  var result: Comparison
  /// Nil where it would be of samples that chose.
  var divergence: BlobProvenance.Divergence?
}

extension Stages {
  /// Figures on the test samples; without these on samples that nothing was chosen by, by
  /// cross-fitting where there are few, and on held-back ones where neither can be.
  func evaluate(_ written: Written, of quantized: Quantized) throws(CompilerError) -> Evaluation? {
    if let test = try testSamples() {
      return try evaluation(.test, "\(test.count) test samples", written, quantized, test)
    }
    guard options.data != nil else { return nil }
    let data = try data(for: teacher())
    if let count = foldCount(data), let found = try crossFitted(written, quantized, data, folds: count) {
      return found
    }
    if let unseen = try unseenSamples(data) {
      return try evaluation(
        .unseen, "\(unseen.count) samples that nothing was chosen by", written, quantized, unseen)
    }
    let heldBack = try samples().heldBack
    return try evaluation(
      .chosen, "\(heldBack.count) held-back samples, by which it was chosen", written, quantized, heldBack)
  }

  private func evaluation(
    _ kind: EvaluationKind, _ basis: String, _ written: Written, _ quantized: Quantized,
    _ samples: SampleSet
  ) throws(CompilerError) -> Evaluation {
    let result = try comparison(written, quantized, samples)
    observer.ended("\(basis), in the C runtime")
    let divergence = kind == .chosen
      ? nil : try divergence(of: result.pairs, in: written.model, labels: samples.labels)
    return Evaluation(kind: kind, basis: basis, result: result, divergence: divergence)
  }

  /// The blob beside the teacher, beside its own student on the host, and emulated.
  func comparison(_ written: Written, _ quantized: Quantized, _ samples: SampleSet)
    throws(CompilerError) -> Comparison
  {
    observer.began("verify")
    let observer = observer
    let holding = quantized.evolved.graph(student).holding(quantized.layers)
    var result = try CompilerError.naming(options.model) { () throws(CompilerError) in
      try compared(written.bytes, and: holding, on: samples) {
        observer.advanced($0, of: samples.count, .sample, "")
      }
    }
    result.emulatedSamples = try verifying { () throws(VerificationError) in
      try EmulationCheck.run(
        written.bytes, written.model, samples: samples, of: student, threads: threads)
    }
    return result
  }

  /// A blob beside the teacher and, where one is given, a student on the host.
  ///
  /// - Parameter progress: called with the samples done.
  func compared(
    _ blob: [UInt8], and student: Graph? = nil, on samples: SampleSet, progress: (Int) -> Void = { _ in }
  ) throws(CompilerError) -> Comparison {
    let teacher = try taught()
    let graph = states.isEmpty ? teacher.graph : teacher.graph.keeping(states).answersOfOneFrame
    return try verifying { () throws(VerificationError) in
      try Comparison.run(
        blob: blob, teacher: graph, exact: teacher.exact, student: student, samples: samples, reading: reading,
        states: states.count, threads: threads, progress: progress)
    }
  }

  func divergence(of pairs: AnswerPairs, in model: BlobModel, labels: [Int]?)
    throws(CompilerError) -> BlobProvenance.Divergence?
  {
    let least = model.outputs.map { output in
      output.type == .float32 ? Float.leastNormalMagnitude : output.scale / 2
    }
    return pairs.divergence(
      settings.divergence, of: try teacher(), labels: labels, weights: settings.outputWeights,
      least: least)
  }

  // MARK: Samples that chose nothing

  /// Whether some samples of the data are kept for the last figures.
  func keepsUnseen(_ data: SampleSet) -> Bool {
    !isFold && options.data != nil && options.test == nil && !options.isRandom && foldCount(data) == nil
  }

  /// Samples that nothing was chosen by; nil where there are none. Random ones are drawn anew.
  private func unseenSamples(_ data: SampleSet) throws(CompilerError) -> SampleSet? {
    guard options.isRandom, var source = options.data else { return split(data).unseen }
    source.path = "random:\(min(data.count, DataSplit.mostJudged))"
    let teacher = try teacher()
    return try opening { () throws(IntakeError) in
      try SampleLoading.load(source, for: teacher, seed: settings.seed &+ 1000)
    }
  }

  /// Which figure a limit of loss was held by, in words; nil without one.
  func limitPlace() throws(CompilerError) -> String? {
    guard let limit = options.quantizationLimits.loss ?? options.limits.loss, options.data != nil
    else { return nil }
    let samples = try samples()
    let others = samples.others.map { " and \($0.samples.count) others of the data" } ?? ""
    return "the limit of \(limit) points was held on \(samples.heldBack.count) held-back samples\(others)"
  }
}
