import Evolution
import Execution
import Synchronization
import TestSupport
import Testing
import Trials

/// Two backends that share trials out, as machines would; counts what each was asked.
private final class SharedTrials: TrialBackend {
  private let backends: [any TrialBackend]
  let asked: Mutex<[Int]>

  init(_ backends: [any TrialBackend]) {
    self.backends = backends
    asked = Mutex(backends.map { _ in 0 })
  }

  func divergences(of trials: [Int], in draw: Draw, samples: Range<Int>)
    async throws(ExecutionError) -> [Double]
  {
    let parts = backends.indices.map { number in
      Array(trials[trials.count * number / backends.count..<trials.count * (number + 1) / backends.count])
    }
    typealias Answer = (number: Int, found: Result<[Double], ExecutionError>)
    let answers = await withTaskGroup(of: Answer.self, returning: [Answer].self) { group in
      for (number, part) in parts.enumerated() {
        asked.withLock { $0[number] += part.count }
        group.addTask { [backends] in
          do throws(ExecutionError) {
            let found = try await backends[number].divergences(of: part, in: draw, samples: samples)
            return (number, .success(found))
          } catch {
            return (number, .failure(error))
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    var found: [Double] = []
    for answer in answers.sorted(by: { $0.number < $1.number }) { found += try answer.found.get() }
    return found
  }
}

/// Answers that never come.
private struct BrokenTrials: TrialBackend {
  func divergences(of trials: [Int], in draw: Draw, samples: Range<Int>)
    async throws(ExecutionError) -> [Double]
  {
    throw .outOfMemory(bytes: 1)
  }
}

struct TrialBackendTests {
  struct Variant: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let method: EvolutionMethod
    let pools: [[Int]]
    var recovers = false

    static let all = [
      Variant(testDescription: "a layer a pool", method: .informed, pools: [[0], [1]]),
      Variant(testDescription: "uniform, a layer a pool", method: .literal, pools: [[1], [2]]),
      Variant(testDescription: "one pool", method: .informed, pools: [[0, 1, 2]]),
      Variant(
        testDescription: "learned, recovered", method: .learned, pools: [[0, 1], [2]],
        recovers: true),
    ]
  }

  private func settings(_ bench: Bench, _ variant: Variant, halving: Bool) -> EvolutionSettings {
    var settings = bench.settings(variant.method, targets: [])
    settings.pools = variant.pools.map { Pool(layers: $0, sparsity: 0.6) }
    settings.judgesRecovered = variant.recovers
    (settings.halving, settings.trials, settings.retraining.stepsPerCycle) = (halving, 16, 1)
    return settings
  }

  @Test(arguments: Variant.all, [false, true])
  func whoJudgesChangesNoBit(_ variant: Variant, halving: Bool) throws {
    let bench = try Bench.classifier()
    let settings = settings(bench, variant, halving: halving)
    let (alone, shared) = (try bench.run(settings), try bench.run(settings))
    let backend = SharedTrials([shared.threadTrials(), shared.threadTrials()])
    shared.backend = backend
    for run in [alone, shared] { for _ in 0..<3 { _ = try run.runCycle(settings.budget) } }
    #expect(shared.state.timeless == alone.state.timeless)
    #expect(backend.asked.withLock { $0.allSatisfy { $0 > 0 } })
  }

  /// A backend with a student of its own, told nothing but draws and numbers.
  @Test(arguments: Variant.all) func aTrialIsItsNumber(_ variant: Variant) throws {
    let bench = try Bench.classifier()
    let settings = settings(bench, variant, halving: false)
    let (run, other) = (try bench.run(settings), try bench.run(settings))
    let spy = Spy(run.threadTrials())
    run.backend = spy
    _ = try run.runCycle(settings.budget)
    // The first pool's draw: the student is then as a fresh one.
    let (draw, found) = try #require(spy.first.withLock { $0 })
    let backend = other.threadTrials()
    let backwards = try backend.waitForDivergences(
      of: found.indices.reversed(), in: draw, samples: 0..<65)
    #expect(backwards.reversed() == found)
    let one = try backend.waitForDivergences(of: [5], in: draw, samples: 0..<65)
    #expect(one == [found[5]])
    // Asked for a part, and then for the rest of the samples.
    for range in [0..<20, 20..<65] {
      let trials = range.lowerBound == 0 ? [3, 4, 9] : [9, 3]
      let part = try backend.waitForDivergences(of: trials, in: draw, samples: range)
      let fresh = try other.threadTrials().waitForDivergences(of: trials, in: draw, samples: range)
      #expect(part == fresh)
    }
  }

  @Test func whatABackendThrowsReachesTheCaller() throws {
    let bench = try Bench.classifier()
    let settings = settings(bench, Variant.all[0], halving: false)
    let run = try bench.run(settings)
    let before = run.state
    run.backend = BrokenTrials()
    #expect(throws: ExecutionError.outOfMemory(bytes: 1)) { try run.runCycle(settings.budget) }
    #expect(run.state == before)
  }
}

/// Keeps the first question of all trials, and its answer.
private final class Spy: TrialBackend {
  private let backend: any TrialBackend
  let first = Mutex<(Draw, [Double])?>(nil)

  init(_ backend: any TrialBackend) { self.backend = backend }

  func divergences(of trials: [Int], in draw: Draw, samples: Range<Int>)
    async throws(ExecutionError) -> [Double]
  {
    let found = try await backend.divergences(of: trials, in: draw, samples: samples)
    first.withLock { if $0 == nil { $0 = (draw, found) } }
    return found
  }
}
