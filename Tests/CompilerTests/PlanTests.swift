import Compiler
import Foundation
import Tables
import Testing

/// Levels, lambdas and zeros chosen for each layer.
struct PlanTests {
  private func evolved(_ bench: Workbench, _ model: TinyModel = .classifier()) throws -> String {
    var options = try bench.options(model)
    options.sparsity = 0.5
    let evolving = try Compilation(options: options, observer: Watcher())
    evolving.checkpointPath = bench.path("run.ckpt")
    _ = try evolving.evolve()
    return bench.path("run.ckpt")
  }

  /// A run whose tables are made by other options than it was told.
  private func takenUp(_ checkpoint: String, _ change: (inout CompileOptions) -> Void) throws -> Compilation {
    let run = try Compilation(resuming: checkpoint, observer: Watcher())
    var options = run.options
    change(&options)
    return try run.changed(to: options, [Alteration("--levels", in: [.quantize])], doing: [.quantize])
  }

  private func blobBytes(_ checkpoint: String, _ limits: Limits?, to path: String) throws -> Int {
    let compilation = try takenUp(checkpoint) { $0.tableLimits = limits }
    _ = try compilation.quantize()
    return try compilation.encode(to: path).blobBytes
  }

  @Test func aLimitOfBytesIsKept() throws {
    let bench = try Workbench()
    let checkpoint = try evolved(bench)
    let usual = try blobBytes(checkpoint, nil, to: bench.path("usual.kgl"))
    var limits = Limits()
    limits.bytes = usual * 9 / 10
    let limited = try blobBytes(checkpoint, limits, to: bench.path("limited.kgl"))
    #expect(limited <= usual * 9 / 10 && limited > usual * 7 / 10)
  }

  @Test func aLimitThatTablesCannotKeepIsRefused() throws {
    let bench = try Workbench()
    var limits = Limits()
    limits.bytes = 50
    let compilation = try takenUp(try evolved(bench)) { $0.tableLimits = limits }
    let error = try #require(throws: CompilerError.self) { try compilation.quantize() }
    guard case .unfit(let reason) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(reason.contains("--max-bytes 50 cannot be met by tables alone"))
  }

  @Test func aLooserLimitOfDivergenceTakesNoMoreBytes() throws {
    let bench = try Workbench()
    let checkpoint = try evolved(bench, .autoencoder())
    let exact = try takenUp(checkpoint) { $0.levels = .table(64) }
    let least = try #require(try exact.quantize().divergence)
    var sizes: [Int] = []
    for factor in [1.5, 20] {
      var limits = Limits()
      limits.divergence = least * factor
      let compilation = try takenUp(checkpoint) { ($0.levels, $0.tableLimits) = (.table(64), limits) }
      let divergence = try #require(try compilation.quantize().divergence)
      #expect(divergence <= least * factor)
      sizes.append(try compilation.encode(to: bench.path("\(factor).kgl")).blobBytes)
    }
    #expect(sizes[1] <= sizes[0])
  }

  @Test func aLossThatIsAllowedIsKeptOnHeldBackSamples() throws {
    let bench = try Workbench()
    var limits = Limits()
    limits.loss = 100
    let least = try blobBytes(try evolved(bench), limits, to: bench.path("any.kgl"))
    limits.bytes = least
    // Whatever loses anything goes, so it is the smallest there is.
    #expect(try blobBytes(bench.path("run.ckpt"), limits, to: bench.path("same.kgl")) <= least)
  }

  @Test func theFrontFallsFromBytesToDivergence() throws {
    let bench = try Workbench()
    let report = try Compilation(resuming: try evolved(bench), observer: Watcher())
      .pareto(most: 6)
    #expect(report.layers == ["conv", "fc1", "fc2"])
    #expect((2...6).contains(report.points.count))
    let (first, last) = (report.points[0], report.points[report.points.count - 1])
    #expect(first.bytes > last.bytes && first.divergence < last.divergence)
    for point in report.points {
      #expect(point.layers.count == 3 && point.divergence >= 0)
    }
    #expect(report.text.contains("\(first.bytes)"))
  }

  @Test func whatAPlanZeroesIsCountedAsZero() throws {
    let bench = try Workbench()
    var limits = Limits()
    limits.bytes = 483
    let compilation = try takenUp(try evolved(bench)) { $0.tableLimits = limits }
    _ = try compilation.quantize()
    let report = try compilation.encode(to: bench.path("out.kgl"))
    let alive = report.layers.reduce(0) { $0 + $1.survivors }
    let total = report.layers.reduce(0) { $0 + $1.parameters }
    #expect(abs(report.sparsity - (1 - Double(alive) / Double(total))) < 1e-12)
    let zeroed = try report.layers.reduce(0) { $0 + (try #require($1.table)).zeroed }
    #expect(abs(alive + zeroed - total / 2) <= 3)
    for layer in report.layers {
      let entries = try #require(layer.table?.certificate).entries
      let best = try #require(entries.first { $0.table == .kMeans })
      for entry in entries where entry.table != .chosen {
        #expect(entry.weightedSquaredError >= best.weightedSquaredError * (1 - 1e-9))
      }
    }
  }

  @Test func limitsNeedSamples() throws {
    let bench = try Workbench()
    var options = try bench.options(data: nil)
    options.sparsity = 0
    options.tableLimits = Limits()
    options.tableLimits?.bytes = 1000
    let compilation = try Compilation(options: options, observer: Watcher())
    #expect(throws: CompilerError.usage(reason: "limits of bytes or loss need samples: give --data")) {
      try compilation.compile(to: bench.path("out.kgl"))
    }
  }

  @Test(arguments: [0, 0.25, 0.5, 0.9])
  func aPlanZeroesWhatCountsLeast(share: Double) {
    let weights: [Float] = [0, 3, -1, 0, 2, -4, 0.5, 0, 1, 1]
    let importance: [Float] = [9, 1, 1, 9, 0.1, 1, 100, 9, 2, 3]
    // Importance x square: -, 9, 1, -, 0.4, 16, 25, -, 2, 3.
    let order = [4, 2, 8, 9, 1, 5, 6]
    let kept = LayerPlan(levels: .table(4), zeroed: share).zeroing(weights, importance: importance)
    let gone = order.prefix(Int(7 * share))
    for index in weights.indices {
      #expect(kept[index] == (gone.contains(index) ? 0 : weights[index]))
    }
  }
}
