// Trials over ranks. Every rank has the same draw and asks for the same trials, so that nothing of a
// trial is sent but its number and its divergence. Rank 0 deals them out, in a thread beside its own
// trials, to whoever asks; when the last is in, all ranks are told everything.

import Execution
import Files
import Foundation
import Synchronization
import Trials

/// Judges trials with the threads of all ranks.
final class RankTrials: TrialBackend {
  private let team: RankTeam
  private let own: ThreadTrials
  /// Rank 0's: of which draw it deals, and who judged which trial of it.
  private let known = Mutex<(draw: DrawOrigin?, judges: [Int: Int])>((nil, [:]))

  init(_ team: RankTeam, _ own: ThreadTrials) { (self.team, self.own) = (team, own) }

  func divergences(of trials: [Int], in draw: Draw, samples: Range<Int>)
    async throws(ExecutionError) -> [Double]
  {
    own.begin(trials, in: draw, samples: samples)
    defer { own.end(samples: samples) }
    let question = Question(draw: draw, samples: samples, checksum: samples.lowerBound == 0 ? draw.checksum : 0)
    return team.rank == 0 ? try lead(trials, question) : try follow(question)
  }

  private struct Question {
    let draw: Draw
    let samples: Range<Int>
    /// Of the student's weights, asked once a draw.
    let checksum: UInt32
  }

  // MARK: Others

  /// Asks for trials until there are none, and is then told what all ranks found.
  private func follow(_ question: Question) throws(ExecutionError) -> [Double] {
    var wanted = TrialsWanted(checksum: question.checksum, most: own.atOnce)
    while true {
      team.send(wanted.bytes, to: 0, .trialWanted)
      let given = TrialsGiven(try team.receive(.trialGiven, from: 0))
      if given.trials.isEmpty { return given.results }
      wanted.trials = given.trials
      wanted.divergences = try own.judge(given.trials, in: question.draw, samples: question.samples)
    }
  }

  // MARK: Rank 0

  /// Deals trials out, and takes some itself.
  private func lead(_ trials: [Int], _ question: Question) throws(ExecutionError) -> [Double] {
    let judges = known.withLock { $0.draw == question.draw.origin ? $0.judges : [:] }
    let round = Round(TrialDeal(trials, judges: judges))
    let isServed = DispatchSemaphore(value: 0)
    Thread.detachNewThread { [self] in
      do throws(ExecutionError) { try serve(round, question.checksum) } catch { round.fail(error) }
      isServed.signal()
    }
    do throws(ExecutionError) {
      try takePart(in: round, question)
    } catch {
      round.fail(error)
    }
    let began = ContinuousClock.now
    isServed.wait()
    team.count(began.duration(to: .now))
    known.withLock { $0 = (question.draw.origin, round.judges) }
    return try round.results()
  }

  private func takePart(in round: Round, _ question: Question) throws(ExecutionError) {
    while true {
      let next = round.take(own.atOnce, for: 0)
      if next.isEmpty { return }
      round.put(next, try own.judge(next, in: question.draw, samples: question.samples))
    }
  }

  /// Answers the other ranks until all trials are judged and everyone has been told.
  private func serve(_ round: Round, _ checksum: UInt32) throws(ExecutionError) {
    var idle: [Int] = []
    var patience = Patience()
    while true {
      while let (bytes, rank) = team.transport.receive(.trialWanted, from: nil) {
        patience = Patience()
        let wanted = TrialsWanted(bytes)
        guard wanted.checksum == checksum else { throw ExecutionError(RankError.apart(rank: rank)) }
        round.put(wanted.trials, wanted.divergences)
        let next = round.take(wanted.most, for: rank)
        if next.isEmpty { idle.append(rank) } else { give(TrialsGiven(trials: next, results: []), to: rank) }
      }
      if round.isBroken { return }
      if idle.count == team.count - 1, let results = round.found {
        for rank in idle { give(TrialsGiven(trials: [], results: results), to: rank) }
        while !team.transport.isFlushed() { sched_yield() }
        return
      }
      try team.checkOthers()
      patience.pause()
    }
  }

  private func give(_ given: TrialsGiven, to rank: Int) { team.send(given.bytes, to: rank, .trialGiven) }
}

/// One question to all ranks, as rank 0 and its serving thread see it.
private final class Round: Sendable {
  private let state: Mutex<(deal: TrialDeal, failure: ExecutionError?)>

  init(_ deal: TrialDeal) { state = Mutex((deal, nil)) }

  func take(_ most: Int, for rank: Int) -> [Int] {
    state.withLock { $0.failure == nil ? $0.deal.take(most, for: rank) : [] }
  }

  func put(_ trials: [Int], _ divergences: [Double]) { state.withLock { $0.deal.put(trials, divergences) } }

  func fail(_ error: ExecutionError) { state.withLock { if $0.failure == nil { $0.failure = error } } }

  var isBroken: Bool { state.withLock { $0.failure != nil } }
  var found: [Double]? { state.withLock { $0.deal.results } }
  var judges: [Int: Int] { state.withLock { $0.deal.judges } }

  func results() throws(ExecutionError) -> [Double] {
    let (failure, found) = state.withLock { ($0.failure, $0.deal.results) }
    if let failure { throw failure }
    return found ?? []
  }
}

/// What a rank asks with: how many trials it can take, and what it found of those it had.
package struct TrialsWanted: Equatable {
  package var checksum: UInt32
  package var most: Int
  package var trials: [Int] = []
  package var divergences: [Double] = []

  package init(checksum: UInt32, most: Int) { (self.checksum, self.most) = (checksum, most) }

  package init(_ bytes: [UInt8]) {
    let words = [UInt64](rawBytes: bytes)
    let count = max(0, words.count - 2) / 2
    checksum = UInt32(truncatingIfNeeded: words.first ?? 0)
    most = Int(truncatingIfNeeded: words.dropFirst().first ?? 1)
    trials = words.dropFirst(2).prefix(count).map { Int(truncatingIfNeeded: $0) }
    divergences = words.dropFirst(2 + count).map { Double(bitPattern: $0) }
  }

  package var bytes: [UInt8] {
    let words = [UInt64(checksum), UInt64(most)] + trials.map { UInt64($0) } + divergences.map(\.bitPattern)
    return words.rawBytes
  }
}

/// What a rank is given: trials, or where there are none any more what all ranks found.
package struct TrialsGiven: Equatable {
  package var trials: [Int]
  package var results: [Double]

  package init(trials: [Int], results: [Double]) { (self.trials, self.results) = (trials, results) }

  package init(_ bytes: [UInt8]) {
    let words = [UInt64](rawBytes: bytes)
    let count = min(Int(truncatingIfNeeded: words.first ?? 0), max(0, words.count - 1))
    trials = words.dropFirst().prefix(count).map { Int(truncatingIfNeeded: $0) }
    results = words.dropFirst(1 + count).map { Double(bitPattern: $0) }
  }

  package var bytes: [UInt8] {
    let words = [UInt64(trials.count)] + trials.map { UInt64($0) } + results.map(\.bitPattern)
    return words.rawBytes
  }
}

extension Draw {
  /// Of what it is drawn from: the same on ranks that hold the same student.
  fileprivate var checksum: UInt32 {
    candidates.weights.reduce(0) { sum, weights in
      weights.withUnsafeBytes { CRC32.sum($0, continuing: sum) }
    }
  }
}
