import Compiler
import Evolution
import Foundation
import Record
import Report
import Testing

/// How sparse a student becomes, and when its cycles end.
struct TargetTests {
  private func layers(_ report: CompileReport) -> [String: Double] {
    report.layers.reduce(into: [:]) {
      $0[$1.name] = 1 - Double($1.survivors) / Double($1.parameters)
    }
  }

  @Test(arguments: Scope.allCases)
  func theWholeReachesItsShareInEitherScope(scope: Scope) throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.scope = scope
    let report = try bench.compile(options)
    #expect(abs(report.sparsity - 0.8) < 0.01)
    let pools = try #require(report.cycles.first).pools
    #expect(scope == .network ? pools.count == 1 : pools.count == report.layers.count)
  }

  @Test func namesMayBePatterns() throws {
    let bench = try Workbench()
    var options = try bench.options()
    let names = try bench.compile(options).layers.map(\.name)
    options.sparsity = nil
    options.layerSparsity = ["*": 0.5, names[0]: 0.25]
    let shares = layers(try bench.compile(options))
    for name in names { #expect(abs((shares[name] ?? 0) - (name == names[0] ? 0.25 : 0.5)) < 0.05) }
  }

  @Test func layersOfAPoolShareWhatSurvives() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.sparsity = nil
    options.poolSparsity = ["*": 0.7]
    let report = try bench.compile(options)
    #expect(abs(report.sparsity - 0.7) < 0.01)
    #expect(try #require(report.cycles.last).pools.map(\.layers) == [report.layers.map(\.name)])
  }

  @Test func aLimitOfBytesIsMetAndNotMissedByMuch() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.sparsity = nil
    options.evolution.step = .share(0.1)
    let dense = try bench.compile({ () -> CompileOptions in
      var whole = options
      whole.sparsity = 0
      return whole
    }())
    let limit = dense.blobBytes * 6 / 10
    options.limits.bytes = limit
    let report = try bench.compile(options)
    #expect(report.blobBytes <= limit)
    #expect(report.cycles.allSatisfy { $0.bytes ?? 0 > 0 })
    #expect(report.blobBytes > limit * 8 / 10)
  }

  @Test func aLimitThatNothingCanMeetIsRefused() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.limits.bytes = 30
    #expect { try bench.compile(options) } throws: { error in
      guard case CompilerError.unfit(let reason) = error else { return false }
      return reason.contains("--max-bytes 30")
    }
  }

  @Test func aLimitOfDivergenceEndsTheCyclesBeforeItIsBroken() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.sparsity = 0.95
    let free = try bench.compile(options)
    let divergences = free.cycles.map(\.divergenceAfter)
    let limit = (try #require(divergences.min()) + (try #require(divergences.max()))) / 2
    options.limits.divergence = limit
    let bound = try bench.compile(options)
    #expect(bound.cycles.count < free.cycles.count)
    #expect(bound.cycles.allSatisfy { $0.divergenceAfter <= limit })
    #expect(bound.sparsity < free.sparsity)
  }

  @Test func aLimitOfLossEndsTheCyclesToo() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.sparsity = 0.97
    options.limits.loss = 0
    let report = try bench.compile(options)
    #expect(report.cycles.allSatisfy { $0.agreement == 1 })
    #expect(report.sparsity < 0.97)
  }

  @Test func onlyTheOutputsThatMatterAreKept() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.outputs = [0, 99]
    #expect(throws: CompilerError.self) { try bench.compile(options) }
    options.outputs = [0, 1]
    #expect(try bench.compile(options).sparsity > 0.79)
  }

  @Test func labelsThatAreNotThereAreAskedFor() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.evolution.retraining.labelShare = 0.5
    #expect { try bench.compile(options) } throws: { error in
      if case CompilerError.usage(let reason) = error { return reason.contains("--labels") }
      return false
    }
  }

  @Test func theRecordIsOneThatReportsAreMadeOf() throws {
    let bench = try Workbench()
    let options = try bench.options()
    let compilation = try Compilation(options: options, observer: Watcher())
    compilation.recordPath = bench.path("run.jsonl")
    let report = try compilation.compile(to: bench.path("out.kgl"))
    let log = try RunRecord(jsonLines: bench.bytes("run.jsonl"), name: "run.jsonl")
    #expect(log.cycles.count == report.cycles.count)
    #expect(log.cycles.last?.sparsity == report.cycles.last?.sparsity)
    #expect(log.end?.blobBytes == report.blobBytes)
    #expect(log.notes.isEmpty)
    #expect(log.run.tool == ToolVersion.text && log.run.written?.hasSuffix("Z") == true && log.run.command == nil)
    #expect(log.run.heldBackSamples ?? 0 > 0 && log.run.trainingSamples ?? 0 > log.run.heldBackSamples ?? 0)
    #expect(log.end?.seconds ?? 0 >= log.cycles.compactMap(\.seconds).reduce(0, +))
    #expect(log.end?.layers.allSatisfy { $0.lossSaved != nil && $0.divergenceSaved != nil } == true)
    // The student in float32 stands beside integers alone.
    #expect(log.end?.floatLoss == nil)
    let bytes = log.cycles.compactMap(\.bytes)
    #expect(bytes.count == log.cycles.count && bytes == bytes.sorted(by: >), "\(bytes)")
    #expect(report.cycles.map(\.bytes) == log.cycles.map(\.bytes))
    #expect(log.run.layers.map(\.name) == report.layers.map(\.name))
    #expect(HTMLReport(log).html(title: "run").contains("<svg"))
  }

  /// No bit of a blob depends on what the record says of its cycles; where time is limited, none goes into that.
  @Test func measuringBytesChangesNoStudent() throws {
    let bench = try Workbench()
    var options = try bench.options()
    func blob(_ name: String, records: Bool) throws -> (bytes: Data, cycles: [CycleRecord]) {
      let compilation = try Compilation(options: options, observer: Watcher())
      if records { compilation.recordPath = bench.path(name + ".jsonl") }
      let report = try compilation.compile(to: bench.path(name))
      return (try bench.bytes(name), report.cycles)
    }
    let (plain, recorded) = (try blob("plain.kgl", records: false), try blob("recorded.kgl", records: true))
    #expect(plain.bytes == recorded.bytes && !recorded.cycles.isEmpty)
    #expect(plain.cycles.allSatisfy { $0.bytes == nil } && recorded.cycles.allSatisfy { $0.bytes != nil })
    options.maxSeconds = 60
    #expect(try blob("timed.kgl", records: true).cycles.allSatisfy { $0.bytes == nil })
  }

  @Test func theRecordOfAResumedRunIsThatOfAWholeOne() throws {
    let bench = try Workbench()
    let options = try bench.options()
    func cycles(_ name: String) throws -> [[Double?]] {
      try RunRecord(jsonLines: bench.bytes(name), name: name).cycles.map { [$0.divergenceAfter, $0.bytes.map(Double.init)] }
    }
    let whole = try Compilation(options: options, observer: Watcher())
    whole.recordPath = bench.path("whole.jsonl")
    _ = try whole.compile(to: bench.path("whole.kgl"))
    let stopped = try Compilation(options: options, observer: Watcher(stoppingAfter: 20))
    stopped.recordPath = bench.path("run.jsonl")
    stopped.checkpointPath = bench.path("run.ckpt")
    #expect(throws: CompilerError.self) { try stopped.compile(to: bench.path("out.kgl")) }
    let resumed = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
    resumed.recordPath = bench.path("run.jsonl")
    _ = try resumed.compile(to: bench.path("out.kgl"))
    #expect(try cycles("run.jsonl") == cycles("whole.jsonl"))
  }
}

/// Names with stars.
struct PatternTests {
  @Test(arguments: [
    ("conv", "conv", true), ("conv", "conv1", false), ("conv*", "conv1", true), ("*", "", true),
    ("*1", "conv1", true), ("*1", "conv12", false), ("c*v*", "conv1", true), ("c**1", "c1", true),
    ("a*a", "a", false), ("a*b*c", "abbc", true), ("a*b*c", "acbc", true), ("", "a", false),
    ("a*b*c", "acc", false), ("", "", true),
  ])
  func aStarStandsForAnything(pattern: String, name: String, matches: Bool) {
    #expect(Pattern(pattern).matches(name) == matches)
  }
}
