import Evolution
import Execution
import Foundation
import ModelGraph
import Ranks
import Synchronization
import TestSupport
import Testing
import Trials

/// Ranks as threads of this process.
struct RankTeamTests {
  /// What each rank makes, all at the same time.
  private func onRanks<Value: Sendable>(
    _ count: Int, _ hub: Hub? = nil, _ body: @escaping @Sendable (RankTeam) throws -> Value
  ) async -> [Result<Value, any Error>] {
    let hub = hub ?? Hub(count)
    return await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
      for rank in 0..<count {
        group.addTask {
          await withCheckedContinuation { done in
            Thread.detachNewThread {
              done.resume(
                returning: (rank, Result { try body(RankTeam(LocalTransport(hub, rank: rank))) }))
            }
          }
        }
      }
      var results: [(Int, Result<Value, any Error>)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private static func net() throws -> Graph {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    var x = try net.convolution(net.input([1, 6, 6]), to: 4, Window(kernel: [3, 3]))
    x = try net.node(.activation(.relu), try net.head(net.node(.activation(.relu), x), to: 16))
    net.graph.addOutput(try net.dense(x, to: 5))
    return net.graph
  }

  private static func run(_ method: EvolutionMethod, pools: [[Int]], _ team: RankTeam?, threads: Int)
    throws -> EvolutionState
  {
    let graph = try net()
    let samples = try TrainingSamples(
      teacher: graph, training: graph.randomSamples(150, seed: 3),
      heldBack: graph.randomSamples(140, seed: 90), threads: 1)
    var settings = EvolutionSettings(method)
    (settings.trials, settings.threads, settings.step) = (9, threads, .share(0.3))
    (settings.retraining.stepsPerCycle, settings.retraining.batch) = (3, 150)
    settings.isIrrevocable = method != .informed
    settings.pools = pools.map { Pool(layers: $0, sparsity: 0.6) }
    let run = try EvolutionRun(
      student: graph, settings: settings, samples: samples, coder: nil, state: nil, team: team)
    for _ in 0..<3 { _ = try run.runCycle(CycleBudget(trials: 9, steps: 3)) }
    _ = try run.trainFinal(steps: 2, total: 2)
    var state = run.state
    for index in state.cycles.indices { state.cycles[index].seconds = 0 }
    return state
  }

  @Test(arguments: [EvolutionMethod.learned, .literal, .informed], [[[0, 1, 2]], [[0], [1], [2]]])
  func anyNumberOfRanksComesToTheSameBits(method: EvolutionMethod, pools: [[Int]]) async throws {
    let alone = try Self.run(method, pools: pools, nil, threads: 1)
    for count in [2, 4] {
      let found = await onRanks(count) { try Self.run(method, pools: pools, $0, threads: 2) }
      for state in found { #expect(try state.get() == alone, "\(count) ranks") }
    }
  }

  @Test func partsReachEveryone() async throws {
    let found = await onRanks(3) { team in
      try team.exchange(
        (0..<3).map { other in Array(repeating: Float(10 * team.rank + other), count: other) },
        receiving: Array(repeating: team.rank, count: 3))
    }
    for (rank, parts) in found.enumerated() {
      let wanted = (0..<3).map { Array(repeating: Float(10 * $0 + rank), count: rank) }
      #expect(try parts.get() == wanted)
    }
  }

  @Test func theFirstSaysWhatClocksSay() async throws {
    for said in await onRanks(3, nil, { try $0.first($0.rank + 7) }) { #expect(try said.get() == 7) }
  }

  @Test func whatRanksHoldIsCompared() async throws {
    for said in await onRanks(2, nil, { try $0.agree(on: [Fact("samples", "1")]) }) { try said.get() }
    let hub = Hub(3)
    let error = RankError.differs(rank: 2, what: "samples")
    let found = await onRanks(3, hub) { team in
      do throws(ExecutionError) {
        try team.agree(on: [Fact("a model", "1"), Fact("samples", team.rank == 2 ? "2" : "1")])
        return ""
      } catch {
        // Rank 0 ends all; here, those that wait for it.
        if team.rank == 0 { for other in 1...2 { hub.put([UInt8]("true".utf8), from: 0, to: other, .word) } }
        return error.sentence
      }
    }
    #expect(try found[0].get() == error.sentence && error.status == 3)
  }

  @Test func aRankThatFailsIsHeardWhereRankZeroWaits() async throws {
    let hub = Hub(2)
    hub.put([UInt8](#"{"sentence":"no room","status":3}"#.utf8), from: 1, to: 0, .failure)
    let team = RankTeam(LocalTransport(hub, rank: 0))
    let error = RankError.failed(rank: 1, sentence: "no room", status: 3)
    #expect(throws: ExecutionError.team(reason: error.sentence, status: 3)) {
      try team.agree(on: [])
    }
    #expect(error.sentence == "rank 1: no room")
    let stopped = RankTeam(LocalTransport(Hub(2), rank: 1), shouldStop: { true })
    #expect(throws: ExecutionError.stopped) { try stopped.first(1) }
  }

  // MARK: Dealing

  @Test func aSlowRankHoldsOneTrial() {
    var deal = TrialDeal(Array(0..<16), judges: [:])
    let held = deal.take(1, for: 1)
    var others: [Int] = []
    while case let next = deal.take(2, for: 2), !next.isEmpty {
      others += next
      deal.put(next, next.map(Double.init))
    }
    #expect(held.count == 1 && others.count == 15 && deal.results == nil)
    deal.put(held, held.map(Double.init))
    #expect(deal.results == (0..<16).map(Double.init))
  }

  @Test func aRankIsGivenWhatItKnows() {
    var deal = TrialDeal([3, 5, 8, 9], judges: [3: 1, 5: 2, 8: 2])
    #expect(deal.take(1, for: 2) == [5])
    #expect(deal.take(2, for: 1) == [3, 9])
    #expect(deal.take(2, for: 1) == [8])
    #expect(deal.judges[8] == 1)
  }

  @Test func messagesComeBackAsTheyWere() {
    var wanted = TrialsWanted(checksum: 0xFFFF_FFFF, most: 3)
    #expect(TrialsWanted(wanted.bytes) == wanted)
    (wanted.trials, wanted.divergences) = ([7, 0], [.infinity, -0.0])
    #expect(TrialsWanted(wanted.bytes) == wanted)
    for given in [TrialsGiven(trials: [1, 2], results: []), TrialsGiven(trials: [], results: [0.1, 3])] {
      #expect(TrialsGiven(given.bytes) == given)
    }
    #expect(TrialsGiven([]).trials.isEmpty)
  }

  @Test func launchersAreKnownByTheEnvironment() {
    #expect(Launch([:]) == .alone)
    #expect(Launch(["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) == .alone)
    #expect(Launch(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"]) == .rank(3))
    #expect(Launch(["PMI_SIZE": "2", "PMI_RANK": "1"]) == .foreign(rank: 1))
    #expect(Launch(["PMI_SIZE": "1", "PMI_RANK": "0"]) == .alone)
    #expect(!Launch.rank(3).isFirst && Launch.rank(0).isFirst && Launch.alone.isFirst)
  }
}
