import Execution
import Tensors
import Testing
import Trials

/// How one of the candidate sets is chosen.
struct SelectionTests {
  /// Divergences by set and sample, and what was asked of them.
  private final class Trials {
    let table: [[Double]]
    var asked: [(sets: [Int], samples: Range<Int>)] = []

    /// - Parameter add: to a sample's divergence, by set and sample.
    init(_ sets: Int, _ samples: Int, seed: UInt64 = 1, add: (Int, Int) -> Double = { _, _ in 0 }) {
      var random = SeededGenerator(seed: seed)
      table = (0..<sets).map { set in
        (0..<samples).map { Double(random.nextFloat()) + add(set, $0) }
      }
    }

    func mean(_ set: Int, _ range: Range<Int>) -> Double {
      table[set][range].reduce(0, +) / Double(range.count)
    }

    func selected(halving: Bool, bonus: [Double]? = nil) throws -> Selection {
      try Selection(
        count: table.count, samples: table[0].count, race: halving ? 2 : 1, bonus: bonus
      ) { sets, range in
        asked.append((sets, range))
        return sets.map { mean($0, range) }
      }
    }

    /// The samples that a set was evaluated on, in order.
    func seen(by set: Int) -> [Int] {
      asked.filter { $0.sets.contains(set) }.flatMap { Array($0.samples) }
    }
  }

  @Test(arguments: [1, 2, 5, 32], [1, 63, 64, 200])
  func withoutHalvingTheLeastMeanWins(sets: Int, samples: Int) throws {
    let trials = Trials(sets, samples)
    let selection = try trials.selected(halving: false)
    let means = (0..<sets).map { trials.mean($0, 0..<samples) }
    #expect(trials.asked.count == 1)
    #expect(selection.scores == means && means[selection.best] == means.min())
    let mean = means.reduce(0, +) / Double(sets)
    let deviation = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sets)
    #expect(abs(selection.mean - mean) < 1e-12 && selection.divergence == means.min())
    #expect(abs(selection.deviation - deviation.squareRoot()) < 1e-12)
    #expect(sets == 1 ? selection.z == 0 : selection.z > 0)
  }

  /// 64 sets on few samples, then 8, then 2 on all: sample evaluations a seventeenth of all on all.
  @Test(arguments: [64, 512, 1000])
  func aRaceSeesManySetsOnFewSamplesAndFinalistsOnAll(samples: Int) throws {
    let trials = Trials(64, samples) { set, _ in set == 40 ? -2 : 0 }
    let selection = try Selection(count: 64, samples: samples, race: 8, bonus: nil) { sets, range in
      trials.asked.append((sets, range))
      return sets.map { trials.mean($0, range) }
    }
    #expect(selection.best == 40)
    #expect(trials.asked.prefix(3).map(\.sets.count) == [64, 8, 2])
    #expect(trials.seen(by: 40) == Array(0..<samples))
    let evaluations = trials.asked.reduce(0) { $0 + $1.sets.count * $1.samples.count }
    #expect(16 * evaluations < 64 * samples)
  }

  @Test(arguments: [1, 2, 3, 7, 32, 120], [1, 40, 64, 65, 500, 512, 1000])
  func halvingFindsASetThatIsBetterEverywhere(sets: Int, samples: Int) throws {
    let winner = sets * 2 / 3
    let trials = Trials(sets, samples) { set, _ in set == winner ? -2 : 0 }
    let selection = try trials.selected(halving: true)
    #expect(selection.best == winner)
    #expect(try trials.selected(halving: false).best == winner)
  }

  @Test(arguments: [2, 3, 7, 32], [40, 64, 65, 500, 512])
  func finalistsHaveSeenEverySampleOnce(sets: Int, samples: Int) throws {
    let trials = Trials(sets, samples)
    let selection = try trials.selected(halving: true)
    let finalists = try #require(trials.asked.last).sets
    #expect(finalists.contains(selection.best) && finalists.count >= min(sets, 2))
    for set in finalists {
      #expect(trials.seen(by: set) == Array(0..<samples))
      #expect(abs(selection.scores[set] - trials.mean(set, 0..<samples)) < 1e-12)
      #expect(selection.scores[selection.best] <= selection.scores[set])
    }
    #expect((0..<sets).allSatisfy { !trials.seen(by: $0).isEmpty })
    for (a, b) in zip(trials.asked, trials.asked.dropFirst()) {
      #expect(a.samples.upperBound == b.samples.lowerBound)
      #expect(Set(b.sets).isSubset(of: a.sets))
      #expect(b.sets.count == max(min(2, sets), a.sets.count / 2))
    }
  }

  @Test func halvingCostsLess() throws {
    let trials = Trials(32, 512)
    _ = try trials.selected(halving: true)
    #expect(trials.asked.reduce(0) { $0 + $1.sets.count * $1.samples.count } < 32 * 512 / 3)
  }

  /// Those that stay see samples that are harder, so that their own numbers get worse.
  @Test func whoLeavesEarlierIsRankedBehind() throws {
    for hardness in [-1.0, 0, 1] {
      let trials = Trials(32, 512, seed: 3) { _, sample in hardness * Double(sample) / 100 }
      let selection = try trials.selected(halving: true)
      let order = selection.scores.indices.sorted {
        (selection.scores[$0], $0) < (selection.scores[$1], $1)
      }
      let rounds = order.map { set in trials.asked.count { $0.sets.contains(set) } }
      #expect(zip(rounds, rounds.dropFirst()).allSatisfy { $0 >= $1 }, "\(rounds)")
      // Within a round as they were found there.
      let first = order.filter { set in trials.asked.count { $0.sets.contains(set) } == 1 }
      let found = first.map { trials.mean($0, 0..<64) }
      #expect(found == found.sorted())
    }
  }

  @Test(arguments: [false, true]) func aBonusDecides(halving: Bool) throws {
    let trials = Trials(12, 300)
    var bonus = [Double](repeating: 0, count: 12)
    bonus[7] = 5
    let selection = try trials.selected(halving: halving, bonus: bonus)
    #expect(selection.best == 7)
    #expect(selection.scores[7] < -4)
    // What is recorded is the divergence itself.
    #expect(selection.divergence >= 0 && selection.mean >= 0)
    let none = try trials.selected(halving: halving, bonus: bonus.map { _ in 0 })
    #expect(none.best == (try trials.selected(halving: halving)).best)
  }

  @Test(arguments: [false, true], [Double.nan, .infinity])
  func whatIsNoNumberLoses(halving: Bool, bad: Double) throws {
    let trials = Trials(9, 200) { set, _ in set == 8 ? 1 : bad }
    let selection = try trials.selected(halving: halving)
    #expect(selection.best == 8)
    #expect(selection.scores.allSatisfy { !$0.isNaN })
    #expect(selection.scores.enumerated().allSatisfy { $0 == 8 || $1 > selection.scores[8] })
    // Records are kept as text, which has no such numbers.
    #expect(selection.mean.isFinite && selection.deviation.isFinite && selection.z.isFinite)
  }

  @Test func setsThatAreAlikeHaveNoSpread() throws {
    let selection = try Selection(count: 4, samples: 100, race: 1, bonus: nil) { sets, _ in
      sets.map { 0.1 + Double($0) * 1e-17 }
    }
    #expect(selection.best == 0 && selection.z == 0)
  }
}
