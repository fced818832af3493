// Choosing among candidate sets by direct evaluation, all on the same samples.

import Execution

/// The outcome of one pool's trials.
package struct Selection {
  /// Number of the set that wins.
  package var best: Int
  /// Of each set: its divergence where it was last evaluated, less what its bytes are worth; a set
  /// that left early is ranked behind all that stayed.
  package var scores: [Double]
  /// Mean and deviation of the divergences on the samples that all sets saw, of those that are
  /// numbers, and the winner's there.
  package var mean: Double
  package var deviation: Double
  package var divergence: Double

  /// How many deviations the winner lies below the mean.
  package var z: Double {
    // Where all sets are the same, what deviation there is comes of rounding.
    deviation > 1e-9 * abs(mean) ? (mean - divergence) / deviation : 0
  }

  /// Evaluates all sets.
  ///
  /// - Parameters:
  ///   - count: sets, at least 1.
  ///   - samples: the most that a set is evaluated on.
  ///   - halving: all sets on an eighth of the samples, the better half on twice as many, and so on,
  ///     so that what finalists are compared by has seen every sample.
  ///   - bonus: what is taken off each set's divergence for the bytes that it saves; nil: nothing.
  ///   - evaluate: the mean divergences of the sets with the given numbers over a range of samples.
  package init(
    count: Int, samples: Int, halving: Bool, bonus: [Double]?,
    evaluate: ([Int], Range<Int>) throws(ExecutionError) -> [Double]
  ) throws(ExecutionError) {
    var alive = Array(0..<count)
    var sums = [Double](repeating: 0, count: count)
    var seen = 0
    var next = halving ? min(samples, max(64, samples / 8)) : samples
    var scores = [Double](repeating: .infinity, count: count)
    var first: [Double] = []
    var left: [[Int]] = []
    while true {
      let divergences = try evaluate(alive, seen..<next)
      for (set, divergence) in zip(alive, divergences) { sums[set] += divergence * Double(next - seen) }
      seen = next
      for set in alive { scores[set] = sums[set] / Double(seen) - (bonus?[set] ?? 0) }
      // A divergence that is no number loses to any that is one.
      for set in alive where scores[set].isNaN { scores[set] = .infinity }
      if first.isEmpty { first = sums.map { $0 / Double(seen) } }
      alive.sort { (scores[$0], $0) < (scores[$1], $1) }
      guard seen < samples else { break }
      next = min(samples, 2 * seen)
      let keep = max(min(2, alive.count), alive.count / 2)
      left.append(Array(alive[keep...]))
      alive = Array(alive[..<keep])
    }
    var worst = alive.last.map { scores[$0] } ?? 0
    for leavers in left.reversed() {
      for set in leavers {
        worst = max(worst.nextUp, scores[set])
        scores[set] = worst
      }
    }
    let finite = first.filter(\.isFinite)
    let mean = finite.reduce(0, +) / Double(max(finite.count, 1))
    (self.scores, self.mean, best, divergence) = (scores, mean, alive[0], first[alive[0]])
    let squares = finite.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(max(finite.count, 1))).squareRoot()
  }
}

/// Knows what weights take once they are coded.
public protocol WeightCoder: Sendable {
  /// Bytes of a layer in the blob.
  ///
  /// - Parameters:
  ///   - layer: an index in `Graph.layers`.
  ///   - weights: [rows, columns].
  func bytes(of layer: Int, _ weights: [Float]) -> Int
}
