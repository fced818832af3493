// Who may see which samples. A figure means something only if its samples chose nothing: they may not
// be trained on, and no set of zeros, table or scale may be picked by them.
//
//     many samples, no test samples:    training | held back (choices) | unseen (figures)
//     test samples:                     training | held back           ; figures by the test samples
//     few samples, no test samples:     training | held back           ; figures by cross-fitting
//
// Unseen samples are what of the held-back ones is more than choices look at; where that is too little,
// as many as are held back are taken from the training samples.

import Trials

/// Samples of a run, each in one part.
package struct DataSplit {
  /// Held-back samples that choices look at, at most.
  package static let mostJudged = 2000
  /// Fewer samples than this are too few to be parted in three.
  package static let fewest = 1000
  /// Unseen samples, at least: fewer tell little.
  package static let telling = 200

  package var training: SampleSet
  /// What choices may be made on, of which most look at the first ``mostJudged``: never trained on,
  /// but where there are too few to hold any back.
  package var heldBack: SampleSet
  /// What nothing is chosen by; nil: there are none.
  package var unseen: SampleSet?
  /// Whether some are held back at all.
  package var holdsBack: Bool

  /// - Parameter keepsUnseen: whether figures need samples that chose nothing; fewer than ``fewest``
  ///   give none.
  package init(_ data: SampleSet, holdingBack share: Double, keepsUnseen: Bool, seed: UInt64) {
    let count = Int((Double(data.count) * share).rounded())
    let parts = data.split(holdingBack: share, seed: seed)
    holdsBack = count > 0 && count < data.count
    let all = share == 0 ? parts.training : data
    training = holdsBack ? parts.training : all
    heldBack = holdsBack ? parts.heldBack : all
    guard keepsUnseen, data.count >= Self.fewest else { return }
    let wanted = min(max(count, Self.telling), Self.mostJudged)
    if holdsBack, heldBack.count >= Self.mostJudged + wanted {
      unseen = heldBack.part(Self.mostJudged..<Self.mostJudged + wanted)
      heldBack = heldBack.prefix(Self.mostJudged)
      return
    }
    let shuffled = holdsBack ? parts.training : data.split(holdingBack: 0, seed: seed).training
    unseen = shuffled.part(shuffled.count - wanted..<shuffled.count)
    training = shuffled.part(0..<shuffled.count - wanted)
    if !holdsBack { heldBack = training }
  }
}

extension SampleSet {
  /// Samples in a row.
  func part(_ range: Range<Int>) -> SampleSet { subset(at: Array(range)) }

  /// For each of `count` parts of near equal size the samples in it and all others, dealt at random.
  ///
  /// - Precondition: 2 <= count <= samples.
  package func folds(_ count: Int, seed: UInt64) -> [(others: SampleSet, own: SampleSet)] {
    let shuffled = split(holdingBack: 0, seed: seed).training
    return (0..<count).map { fold in
      let (own, others) = (0..<shuffled.count).reduce(into: ([Int](), [Int]())) { parts, index in
        if index % count == fold { parts.0.append(index) } else { parts.1.append(index) }
      }
      return (shuffled.subset(at: others), shuffled.subset(at: own))
    }
  }
}
