import Blob
import Compiler
import Delivery
import Die
import Foundation
import Intake
import Planning
import Tables
import Testing

/// Targets whose coders of weights take few values: what is compiled for them has no more, and comes out as int8.
struct BoundedTablesTests {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Samples/targets/ethos-u55-128.json").path

  private static func target(levels: Int = 31) throws -> TargetProfile {
    var target = try TargetFile.read(file)
    #expect(target.tables == .init(levels: 31, limit: 127))
    target.tables?.levels = levels
    return target
  }

  private static func levels(_ bench: Workbench) throws -> [Int] {
    let model = try BlobReader.read(Array(bench.bytes("out.kgl")))
    return model.steps.compactMap { $0.weights?.levels }
  }

  @Test func whatIsCompiledObeysAndIsExported() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.target = try Self.target(levels: 9)
    try bench.compile(options)
    let levels = try Self.levels(bench)
    #expect(levels.count == 3 && levels.allSatisfy { $0 <= 9 })
    let report = try NetworkExport.blob(bench.path("out.kgl"), to: bench.path("out.tflite"), as: .tflite)
    #expect(report.elements == "int8" && report.sparsity > 0.4)
  }

  @Test func levelsAreDealtWithinThem() throws {
    let bench = try Workbench()
    var options = try bench.options(data: nil)
    (options.sparsity, options.calibration) = (0, DataOptions(path: "random:100"))
    options.target = try Self.target()
    let report = try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"), maxLoss: 0.01)
    #expect(report.dealing?.isDealt == true)
    #expect(try Self.levels(bench).allSatisfy { (2...31).contains($0) })
    _ = try NetworkExport.blob(bench.path("out.kgl"), to: bench.path("out.tflite"), as: .tflite)
  }

  @Test func moreLevelsAndFloatsAreRefused() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.target = try Self.target()
    for (change, what) in [
      ({ $0.levels = .table(64) }, "64 levels are more than the 31 a layer of ethos-u55-128: ask for no more"),
      ({ $0.levels = .float }, "float levels"),
      ({ $0.layerLevels = ["fc1": .table(40)] }, "40 levels"), ({ $0.activations = .float32 }, "--activations float32"),
      ({ $0.tablePrecision = .int16 }, "--table-precision int16"),
    ] as [((inout CompileOptions) -> Void, String)] {
      var other = options
      change(&other)
      let error = #expect(throws: CompilerError.self) { _ = try Compilation(options: other, observer: Watcher()) }
      #expect(try #require(error).sentence.contains(what))
    }
  }

  /// Tables that were made for no target are not taken for one that has fewer levels.
  @Test func tablesThatAreThereAreHeldToIt() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.levels = .table(40)
    let first = try Compilation(options: options, observer: Watcher())
    first.checkpointPath = bench.path("run.ckpt")
    try _ = first.compile(to: bench.path("out.kgl"))
    (options.levels, options.target) = (nil, try Self.target(levels: 4))
    let resumed = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
    var other = resumed.options
    other.target = options.target
    #expect(throws: CompilerError.self) {
      _ = try resumed.changed(to: other, [Alteration("--target", in: [.encode])], doing: [.encode])
    }
    other.levels = nil
    let error = #expect(throws: CompilerError.self) {
      try resumed.changed(to: other, [Alteration("--target", in: [.encode])], doing: [.encode]).encode(to: bench.path("b.kgl"))
    }
    #expect(try #require(error).sentence.contains("and ethos-u55-128 has 4 levels a layer"))
  }
}
