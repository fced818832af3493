// The last figures: what a blob's answers are worth on samples that chose nothing.

import Blob
import Execution
import Lowering
import ModelGraph
import Tensors
import Trials

/// What stands behind a figure.
public enum EvaluationKind: String, Codable, Sendable {
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
  var place: String
  var result: Comparison
  /// Nil where it would be of samples that chose.
  var divergence: BlobProvenance.Divergence?
}

extension Compilation {
  /// The test samples that the options name, loaded once; nil where they name none.
  func testSamples() throws(CompilerError) -> SampleSet? {
    if let loadedTest { return loadedTest }
    loadedTest = try Self.givenTest(options, for: student)?.judged(by: reading, graph: student)
    return loadedTest
  }

  static func givenTest(_ options: CompileOptions, for graph: Graph) throws(CompilerError)
    -> GivenSamples?
  {
    guard let test = options.test else { return nil }
    var source = test
    if let data = options.data {
      source.scale = test.scale ?? data.scale
      source.mean = test.mean ?? data.mean
      source.layout = test.layout ?? data.layout
    }
    return GivenSamples(
      samples: try SampleLoading.load(source, for: graph, seed: options.evolution.seed &+ 1000),
      options: source)
  }

  /// Figures on the test samples; without these on samples that nothing was chosen by, by
  /// cross-fitting where there are few, and on held-back ones where neither can be.
  func evaluate(_ bytes: [UInt8], _ layers: [BlobWeights]) throws(CompilerError) -> Evaluation? {
    if let test = try testSamples() {
      return try evaluation(.test, "\(test.count) test samples", bytes, layers, test)
    }
    guard options.data != nil else { return nil }
    let data = try data(for: teacher())
    if let count = foldCount(data), let found = try crossFitted(bytes, layers, data, folds: count) {
      return found
    }
    if let unseen = try unseenSamples(data) {
      return try evaluation(
        .unseen, "\(unseen.count) samples that nothing was chosen by", bytes, layers, unseen)
    }
    let heldBack = try samples().heldBack
    return try evaluation(
      .chosen, "\(heldBack.count) held-back samples, by which it was chosen", bytes, layers, heldBack)
  }

  private func evaluation(
    _ kind: EvaluationKind, _ place: String, _ bytes: [UInt8], _ layers: [BlobWeights],
    _ samples: SampleSet
  ) throws(CompilerError) -> Evaluation {
    let result = try comparison(bytes, layers, samples)
    observer.ended("\(place), in the C runtime")
    let divergence = kind == .chosen
      ? nil : try divergence(of: result.pairs, in: bytes, labels: samples.labels)
    return Evaluation(kind: kind, place: place, result: result, divergence: divergence)
  }

  /// The blob beside the teacher, beside its own student on the host, and emulated.
  func comparison(_ bytes: [UInt8], _ layers: [BlobWeights], _ samples: SampleSet)
    throws(CompilerError) -> Comparison
  {
    observer.began("verify")
    let (observer, teacher) = (observer, try teacher())
    var result = try CompilerError.naming(options.model) { () throws(CompilerError) in
      try Comparison.run(
        blob: bytes, teacher: teacher, student: evolvedGraph().holding(layers), samples: samples,
        reading: reading, threads: options.evolution.threads
      ) { observer.advanced($0, of: samples.count, "samples") }
    }
    result.emulatedSamples = try EmulationCheck.run(
      bytes, samples: samples, of: student, threads: options.evolution.threads)
    return result
  }

  func divergence(of pairs: AnswerPairs, in blob: [UInt8], labels: [Int]?)
    throws(CompilerError) -> BlobProvenance.Divergence?
  {
    let least = try BlobFile.parse(blob).outputs.map { output in
      output.type == .float32 ? Float.leastNormalMagnitude : output.scale / 2
    }
    return pairs.divergence(
      divergence, of: try teacher(), labels: labels, weights: options.evolution.outputWeights,
      least: least)
  }

  // MARK: Samples that chose nothing

  var isRandom: Bool { options.data?.path.hasPrefix("random:") ?? false }

  /// Whether some samples of the data are kept for the last figures.
  func keepsUnseen(_ data: SampleSet) -> Bool {
    !isFold && options.data != nil && options.test == nil && !isRandom && foldCount(data) == nil
  }

  /// Samples that nothing was chosen by; nil where there are none. Random ones are drawn anew.
  private func unseenSamples(_ data: SampleSet) throws(CompilerError) -> SampleSet? {
    guard isRandom, var source = options.data else { return split(data).unseen }
    source.path = "random:\(min(data.count, DataSplit.mostJudged))"
    return try SampleLoading.load(source, for: teacher(), seed: options.evolution.seed &+ 1000)
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
