// Cross-fitting: figures of all samples where there are too few to keep any apart.
//
// The data are dealt into parts. For each part a student is made by all the others, its zeros, its
// training, its tables and scales, as the blob's own is made by all; then it answers the part, which it
// has never seen. Pooled, these answers are as many as there are samples and were chosen by none of
// them. They are said of the blob, which is made from somewhat more samples than they were: so they
// promise rather too little. (Stone 1974; the pooled count's interval takes the samples as
// independent, which students that share most of their samples are not quite.)

import Lowering
import ModelGraph
import Trials
import Verification

extension Stages {
  /// Parts of the data for cross-fitting; nil where figures come from elsewhere.
  func foldCount(_ data: SampleSet) -> Int? {
    guard !isFold, options.data != nil, options.test == nil, !options.isRandom, data.count >= 2
    else { return nil }
    if let folds = options.folds { return folds == 0 ? nil : min(folds, data.count) }
    // A limited time is not spent on making the student again and again.
    guard data.count >= Self.fewestCrossFitted, data.count < DataSplit.fewest,
      options.maxSeconds == nil
    else { return nil }
    return data.count < Self.few ? 10 : 5
  }

  private static let fewestCrossFitted = 10
  /// Below so many each sample that a student misses counts: with five folds of 200 samples a network
  /// of MNIST is promised about a point too little.
  private static let few = 500

  /// Figures of the blob by students that were made without the samples they answer.
  ///
  /// - Returns: nil where such a student cannot be made.
  func crossFitted(
    _ written: Written, _ quantized: Quantized, _ data: SampleSet, folds count: Int
  ) throws(CompilerError) -> Evaluation? {
    var result = try comparison(written, quantized, data)
    observer.ended("\(data.count) samples in the C runtime")
    var pooled: Comparison?
    var labels: [Int] = []
    let folds = data.folds(count, seed: settings.seed &+ 0xF01D)
    for (number, fold) in folds.enumerated() {
      observer.began("fold \(number + 1) of \(count)")
      let one: Comparison
      do throws(CompilerError) {
        one = try answers(to: fold.own, of: fold.others, like: quantized.sharing)
      } catch .interrupted {
        throw .interrupted(checkpoint: nil)
      } catch {
        observer.noted("cross-fitting ended: \(error.sentence); figures are of samples that chose")
        return nil
      }
      if pooled == nil { pooled = one } else { pooled?.add(one) }
      labels += fold.own.labels ?? []
      observer.ended("\(fold.own.count) samples, answered by a student made from \(fold.others.count)")
    }
    guard let pooled else { return nil }
    // The student in float32 was measured on samples that chose it.
    (result.answers, result.pairs, result.floats) = (pooled.answers, pooled.pairs, nil)
    return Evaluation(
      kind: .crossFitted,
      basis: "\(data.count) samples, each answered by a student made without it (\(count) folds)",
      result: result,
      divergence: try divergence(
        of: pooled.pairs, in: written.model, labels: data.labels == nil ? nil : labels))
  }

  private func answers(to own: SampleSet, of others: SampleSet, like search: SharingProgress?)
    throws(CompilerError) -> Comparison
  {
    let fold = try fold(others)
    let evolved = try fold.evolve(Evolved(fold.student), measuringBytes: false) { _, _ in }
    let quantized = if let search {
      try fold.share(.evolved(evolved), search.beginning) { _, _ in }.quantized
    } else {
      try fold.quantize(evolved)
    }
    return try compared(fold.write(quantized).bytes, on: own)
  }
}
