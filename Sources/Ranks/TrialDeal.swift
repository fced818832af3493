// Trials dealt out one after another to whoever is free, so that a slow rank keeps the others waiting for
// what it holds at that moment and no longer.

/// Which of some trials are still to be given out, and what was found of the others.
package struct TrialDeal {
  private var waiting: [Int]
  private var found: [Int: Double] = [:]
  private let trials: [Int]
  /// Who judged a trial before, on fewer samples, and may still have what it took to make it.
  package private(set) var judges: [Int: Int]

  package init(_ trials: [Int], judges: [Int: Int]) {
    (self.trials, waiting) = (trials, trials)
    self.judges = judges
  }

  /// The next trials for a rank: those that it knows first, then those that no other knows.
  ///
  /// - Parameter most: that it works on at the same time.
  package mutating func take(_ most: Int, for rank: Int) -> [Int] {
    var taken: [Int] = []
    func strangeness(_ trial: Int) -> Int { judges[trial].map { $0 == rank ? 0 : 2 } ?? 1 }
    while taken.count < most, let next = waiting.min(by: { strangeness($0) < strangeness($1) }) {
      taken.append(next)
      waiting.removeAll { $0 == next }
      judges[next] = rank
    }
    return taken
  }

  package mutating func put(_ trials: [Int], _ divergences: [Double]) {
    for (trial, divergence) in zip(trials, divergences) { found[trial] = divergence }
  }

  /// What was found, in the order of the trials; nil while some are missing.
  package var results: [Double]? { found.count == trials.count ? trials.compactMap { found[$0] } : nil }
}
