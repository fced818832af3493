import Blob
import Compiler
import Delivery
import Die
import Edge
import Foundation
import Planning
import Testing

/// RAM told plainly: what it is made of, what look-up tables of other sizes take, what is too large for a target.
struct ArenaTests {
  private static let vectors =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Formats/Vectors/valid/"

  private static func golden(_ name: String) throws -> DecodedBlob {
    try DecodedBlob(Array(try Data(contentsOf: URL(fileURLWithPath: vectors + name + ".kgl"))))
  }

  /// A processor with so much RAM.
  private func target(_ ram: Int, tableBits: Int? = nil) -> TargetProfile {
    var target = SmallDie.target(bytes: 1 << 20, side: 0, activationBytes: ram, kind: .flash)
    (target.tableBits, target.name) = (tableBits, "board")
    return target
  }

  @Test(arguments: ["many-levels", "integer-bitmap", "dense", "convolution", "two-banks", "state", "row-classes"])
  func theArenaIsItsParts(name: String) throws {
    let blob = try Self.golden(name)
    let runtime = try EdgeRuntime(blob.bytes)
    let parts = try (0...12).map { try #require(runtime.arena(tableBits: $0)) }
    #expect(parts[8].bytes == runtime.arenaBytes)
    #expect(parts.allSatisfy { $0.activations == blob.model.arenaBytes })
    let steps = blob.model.steps.indices.compactMap { runtime.arena(tableBits: 8, step: $0) }
    #expect(steps.map { $0.tables + $0.filter }.max() == parts[8].tables + parts[8].filter)
    let report = try ArenaReport(blob, runtime, on: nil)
    #expect(report.tableBits == 8 && report.arenaBytes == runtime.arenaBytes)
    #expect(report.choices.contains { $0.tableBits == 8 && $0.arenaBytes == runtime.arenaBytes })
    let bits = report.choices.map(\.tableBits)
    #expect(bits == bits.sorted() && Set(bits).count == bits.count)
    // Less RAM costs instructions.
    for (less, more) in zip(report.choices, report.choices.dropFirst()) where ![less.tableBits, more.tableBits].contains(8) {
      #expect(less.arenaBytes < more.arenaBytes && less.instructions > more.instructions)
    }
    #expect(report.lines[0].hasPrefix("RAM: arena \(runtime.arenaBytes) bytes: activations \(blob.model.arenaBytes)"))
  }

  @Test func smallerTablesAreInTheConfiguration() throws {
    let bench = try Workbench()
    var options = CFileOptions()
    func emit(_ change: (inout CFileOptions) -> Void) throws -> (arena: Int, switches: String) {
      options = CFileOptions()
      change(&options)
      _ = try CFiles.emit(blobs: [Self.vectors + "many-levels.kgl"], to: bench.path("c"), options: options)
      let header = String(decoding: try bench.bytes("c/model.h"), as: UTF8.self)
      let line = try #require(header.split(separator: "\n").first { $0.contains("MODEL_ARENA_BYTES") })
      let arena = try #require(Int(line.split(separator: " ").last?.dropLast() ?? ""))
      return (arena, String(decoding: try bench.bytes("c/model_config.h"), as: UTF8.self))
    }
    let runtime = try EdgeRuntime(Self.golden("many-levels").bytes)
    let usual = try emit { _ in }
    #expect(usual.arena == runtime.arenaBytes && !usual.switches.contains("define KGL_HUFFMAN_TABLE_BITS"))
    #expect(usual.switches.contains("table bits    arena bytes"))
    let small = try emit { $0.tableBits = 5 }
    #expect(small.arena == runtime.arena(tableBits: 5)?.bytes && small.arena < usual.arena)
    #expect(small.switches.contains("#define KGL_HUFFMAN_TABLE_BITS 5\n"))
    let told = try emit { $0.target = target(1 << 20, tableBits: 6) }
    #expect(told.switches.contains("#define KGL_HUFFMAN_TABLE_BITS 6\n"))
    let both = try emit { ($0.target, $0.tableBits) = (target(1 << 20, tableBits: 6), 7) }
    #expect(both.switches.contains("#define KGL_HUFFMAN_TABLE_BITS 7\n"))
  }

  @Test func layersByColumnsNeedTheirTables() throws {
    let path = Self.vectors + "integer-columns.kgl"
    #expect(try Inspection.blob(path, tableBits: 8).arena.tableBits == 8)
    let error = #expect(throws: CompilerError.self) { try Inspection.blob(path, tableBits: 7) }
    #expect(error?.sentence.contains("look-up tables of 7 bits cannot read this blob's layers by columns: give 8 or more") == true)
    #expect(error?.sentence.contains("integer-columns.kgl") == true)
  }

  @Test func whatIsTooLargeIsNamed() throws {
    let blob = try Self.golden("many-levels")
    let runtime = try EdgeRuntime(blob.bytes)
    let parts = try #require(runtime.arena(tableBits: 8))
    #expect(parts.tables > parts.activations && parts.tables > parts.filter)
    #expect(try DieReport.of(blob, on: target(parts.bytes)).fits)
    let report = try DieReport.of(blob, on: target(parts.bytes - 4))
    #expect(report.shortages.map(\.missingBytes) == [4] && report.shortages[0].blameBytes == parts.tables)
    #expect(report.sentence.contains("4 bytes too many for its activation memory, where the decoder of "))
    #expect(report.sentence.contains("activations \(parts.activations), the decoder \(parts.tables), a filter \(parts.filter)"))
    #expect(report.sentence.contains(" bits, --table-bits or the target's tableBits, it would fit"))
    #expect(try DieReport.of(blob, on: target(parts.bytes - 4, tableBits: 3)).fits)
    let hopeless = try DieReport.of(blob, on: target(4))
    #expect(!hopeless.fits && !hopeless.sentence.contains("it would fit"))
  }

  @Test func aDecoderOfItsOwnIsNotCharged() throws {
    let blob = try Self.golden("many-levels")
    let report = try DieReport.of(blob, on: SmallDie.target(activationBytes: blob.model.arenaBytes))
    #expect(report.arenaBytes == blob.model.arenaBytes && !report.shortages.contains { $0.memory == "activation memory" })
    let arena = try ArenaReport(blob, EdgeRuntime(blob.bytes), on: SmallDie.target())
    #expect(arena.arenaBytes == blob.model.arenaBytes && arena.choices.isEmpty && arena.lines.count == 1)
  }

  @Test func inspectShowsEachStep() throws {
    let report = try Inspection.blob(Self.vectors + "integer-convolution.kgl", on: target(1 << 30))
    #expect(report.steps.allSatisfy { $0.flashBytes > 0 && $0.ramBytes <= report.arena.arenaBytes })
    #expect(report.text.contains("step operator                      kernel      zeros    flash      RAM  instructions  share"))
    #expect(report.text.contains("whole"))
  }
}
