import Blob
import Testing

/// What inputs, outputs and layers are called.
struct BlobNamesTests {
  private static func model() -> BlobModel {
    var samples = SampleLayers(seed: 3)
    return SampleLayers.model([samples.layer(rows: 3, columns: 4, density: 0.6)])
  }

  private func read(_ sections: [BlobAncillary]) throws -> BlobModel {
    try BlobReader.read(BlobWriter.replacing(ancillary: sections, in: BlobWriter.bytes(for: Self.model())))
  }

  private func names(_ layers: [String]) -> BlobNames { BlobNames(inputs: ["image"], outputs: [""], layers: layers) }

  @Test func namesComeBack() throws {
    let count = Self.model().layerCount
    let names = names((0..<count).map { "/\($0)/Gemm\u{E9}" })
    let model = try read([names.section])
    #expect(try model.names() == names)
    #expect(names.section.bytes.count == 1 + 5 + 1 + count * (1 + 8 + 1))
    #expect(Array(model.layerNames(names.layers).values).sorted() == names.layers)
    #expect(try read([]).names() == nil)
  }

  @Test func lettersThatAreNoneGoAndLongNamesAreCut() throws {
    let count = Self.model().layerCount
    let long = String(repeating: "\u{E9}", count: 200)
    let names = names([String](repeating: "a\u{1B}[2J\nb" + long, count: count))
    #expect(names.layers.allSatisfy { $0.hasPrefix("a[2Jb\u{E9}") && $0.utf8.count == 255 })
    #expect(try read([names.section]).names() == names)
  }

  @Test func whatIsMalformedIsRefused() throws {
    let good = names([String](repeating: "x", count: Self.model().layerCount)).section
    func refused(_ bytes: [UInt8]) -> Bool {
      (try? read([BlobAncillary(kind: good.kind, bytes: bytes)]).names()) == nil
    }
    for length in 0..<good.bytes.count { #expect(refused(Array(good.bytes[..<length])), "\(length) bytes") }
    #expect(refused(good.bytes + [0]))
    for byte: UInt8 in [0x00, 0x0A, 0x1B, 0x7F, 0x80, 0xFF] {
      var bytes = good.bytes
      bytes[1] = byte
      #expect(refused(bytes), "\(byte)")
    }
    #expect(throws: BlobError.self) { try read([good, good]).names() }
  }

  @Test func theLedgerKnowsThem() throws {
    let section = names([String](repeating: "x", count: Self.model().layerCount)).section
    let bytes = try BlobWriter.replacing(ancillary: [section], in: BlobWriter.bytes(for: Self.model()))
    let ledger = BlobLedger(try DecodedBlob(bytes))
    #expect(ledger.entries.filter { "\($0.part)" == "names" }.map(\.bytes) == [section.bytes.count])
    #expect(ledger.totalBytes == bytes.count)
  }
}
