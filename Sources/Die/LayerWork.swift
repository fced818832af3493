// What a step costs on a target, as an estimate: the formula stands at ``LayerWork`` and at
// ``DieReport``, its constants in the target's profile. Nothing of caches, stalls or a runtime's
// loops is in it beyond what these constants average.

import Blob
import Planning

/// The work of a layer, in cycles of one lane.
///
/// A row with s survivors and p output pixels takes
///
///     s x cycles.survivor + s x p x cycles.multiply + p x cycles.output
///
/// that is, its survivors are decoded once and held still, multiplied at every pixel, and every
/// output is finished once. Taps outside an image count as if they were inside.
struct LayerWork {
  /// Of each row; empty for a step without weights.
  let rows: [Double]
  /// How often each filter is applied: output pixels, or rows of a dense layer's input.
  let pixels: Int

  init(_ step: BlobStep, _ target: TargetProfile) {
    guard let weights = step.weights else {
      (rows, pixels) = ([], 0)
      return
    }
    pixels = step.outputCount / weights.rows
    let survivor = target.cycles.survivor + Double(pixels) * target.cycles.multiply
    let output = Double(pixels) * target.cycles.output
    var work = [Double](repeating: output, count: weights.rows)
    for position in weights.positions { work[position / weights.columns] += survivor }
    rows = work
  }

  /// Lanes of even work, at most `count`: the first in bank 0, the next in bank 1 and so on around.
  func lanes(_ count: Int, banks: Int) -> [BlobLane] {
    let total = rows.reduce(0, +)
    // Whole numbers as fine as they can be added up exactly.
    let scale = total > 0 ? min(1000, 0x1p52 / total) : 1
    return LaneDealer.deal(rows.map { Int(($0 * scale).rounded()) }, lanes: count)
      .enumerated().map { BlobLane(rows: $1, bank: $0 % banks) }
  }

  /// Cycles of these rows on one lane.
  func cycles(_ range: Range<Int>) -> Double { rows[range].reduce(0, +) }
}
