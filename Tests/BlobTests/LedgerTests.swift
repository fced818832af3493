import Blob
import Testing

@Suite struct LedgerTests {
  private func bytes() throws -> [UInt8] {
    var samples = SampleLayers(seed: 20)
    let lanes = [BlobLane(rows: 4), BlobLane(rows: 6, bank: 1)]
    var model = SampleLayers.model([
      samples.layer(rows: 10, columns: 20, density: 0.3, lanes: lanes),
      samples.layer(rows: 5, columns: 10, density: 0.2),
    ])
    model.ancillary = [BlobAncillary(kind: 200, bytes: [1, 2, 3])]
    return try BlobWriter.bytes(for: model)
  }

  @Test func entriesAddUpToTheFileInItsOrder() throws {
    let bytes = try bytes()
    let ledger = try BlobLedger(bytes)
    #expect(ledger.totalBytes == bytes.count)
    #expect(ledger.entries.allSatisfy { $0.bytes > 0 })
    var sections: [BlobLedger.Section] = []
    for entry in ledger.entries where sections.last != entry.section {
      sections.append(entry.section)
    }
    #expect(
      sections == [
        .header, .sectionTable, .plan, .parameters, .bank(0), .bank(1), .ancillary(0),
      ])
    #expect(ledger.bytes(for: .header) == 20)
    #expect(ledger.bytes(for: .sectionTable) == 12 * 5)
    #expect(ledger.bytes(for: .ancillary) == 3)
    #expect(ledger.bytes(for: .unused) == 0)
  }

  @Test func lanesAreSplitIntoMaskAndValues() throws {
    let ledger = try BlobLedger(try bytes())
    let lanes = ledger.entries.filter { $0.part == .lane }
    #expect(lanes.count == 3)
    for entry in lanes {
      let lane = try #require(entry.lane)
      #expect(lane.maskBits + lane.valueBits + lane.fillBits == 8 * entry.bytes)
      #expect(lane.fillBits < 8)
      #expect(Double(lane.valueBits) >= lane.valueBound - 1e-9)
    }
    #expect(
      lanes.compactMap(\.lane?.survivors).reduce(0, +)
        == ledger.layers.reduce(0) { $0 + $1.survivors })
  }

  @Test func layersAreDescribed() throws {
    let ledger = try BlobLedger(try bytes())
    #expect(ledger.layers.map(\.step) == [0, 1])
    #expect(ledger.layers.map(\.rows) == [10, 5])
    #expect(ledger.layers.map(\.columns) == [20, 10])
    #expect(ledger.layers.map(\.levels) == [16, 16])
    let shares = ledger.layers.reduce(0) { $0 + $1.bytes }
    #expect(shares == ledger.entries.reduce(0) { $0 + ($1.step == nil ? 0 : $1.bytes) })
  }
}
