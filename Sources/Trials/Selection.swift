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
  ///   - race: from one heat to the next so many times fewer sets see so many times more samples, and
  ///     finalists, two at least, all; 1: all sets see all. The first heat is on the race's square-th
  ///     part of the samples, but with 2 on an eighth and 64 at least.
  ///   - bonus: what is taken off each set's divergence for the bytes that it saves; nil: nothing.
  ///   - evaluate: the mean divergences of the sets with the given numbers over a range of samples.
  package init(
    count: Int, samples: Int, race: Int, bonus: [Double]?,
    evaluate: ([Int], Range<Int>) throws(ExecutionError) -> [Double]
  ) throws(ExecutionError) {
    var alive = Array(0..<count)
    var sums = [Double](repeating: 0, count: count)
    var seen = 0
    var next = Self.firstHeat(of: samples, race: race)
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
      next = min(samples, race * seen)
      let keep = max(min(2, alive.count), alive.count / race)
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

extension Selection {
  /// Samples that all sets see.
  private static func firstHeat(of samples: Int, race: Int) -> Int {
    switch race {
    case 1: samples
    case 2: min(samples, max(64, samples / 8))
    default: min(samples, max(1, samples / (race * race)))
    }
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
