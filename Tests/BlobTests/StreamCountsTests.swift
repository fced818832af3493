import Blob
import Tensors
import Testing

@Suite struct StreamCountsTests {
  private static let (rows, columns) = (90, 200)

  /// Two lanes that end in survivors, so that no symbol only ends one; rows of two densities, and signs like those before.
  private static func layer(_ density: Float) -> BlobWeights {
    var generator = SeededGenerator(seed: 71)
    let positions = (0..<rows * columns).filter {
      generator.nextFloat() < density * ($0 / columns % 3 == 0 ? 2 : 0.5) || $0 % 9000 == 8999
    }
    var isNegative = false
    let codes = positions.map { _ -> UInt8 in
      if generator.nextFloat() < 0.1 { isNegative.toggle() }
      return UInt8(8 * generator.nextFloat() * generator.nextFloat()) + (isNegative ? 0 : 8)
    }
    return BlobWeights(
      .table(
        StoredNumbers((0..<16).map { Float($0) - 7.5 }, precision: .float16),
        codes: SparseMatrix(rows: rows, columns: columns, positions: positions, values: codes)),
      lanes: [BlobLane(rows: 45), BlobLane(rows: 45)])
  }

  @Test(
    arguments: [(.gaps, 0.03), (.gaps, 0.4), (.gapsByRow, 0.03), (.joint, 0.05), (.joint, 0.5), (.bitmap, 0.4), (.none, 9)]
      as [(MaskKind, Float)])
  func itsWordsAreTheBitsOfTheLanes(mask: MaskKind, density: Float) throws {
    let weights = Self.layer(density)
    let options = CodingOptions(mask: .always(mask))
    let ledger = try BlobLedger(BlobWriter.bytes(for: SampleLayers.model([weights]), options: options))
    let layer = try #require(ledger.layers.first)
    let stream = layer.stream
    #expect(layer.mask == mask)
    let bits = ledger.entries.filter { $0.lane != nil }.reduce(0) { $0 + 8 * $1.bytes - ($1.lane?.fillBits ?? 0) }
    let words = zip(stream.symbols, stream.codes).enumerated()
      .reduce(stream.jumps * stream.jumpBits) { $0 + $1.offset * ($1.element.0 + $1.element.1) }
    #expect(words == bits - (mask == .bitmap ? Self.rows * Self.columns : 0))
    let (survivors, hasSymbols) = (weights.positions.count, mask != .bitmap && mask != .none)
    #expect(stream.codes.reduce(0, +) == (mask == .joint ? 0 : survivors))
    #expect(stream.symbols.reduce(0, +) == (hasSymbols ? survivors : 0))
    #expect(stream.direct.reduce(stream.jumped, +) == stream.symbols.reduce(0, +))
  }

  /// Gaps of 0, 0, 7 = 3 + 3 + 1 and 1.
  @Test func jumpsAndLongWordsLeadOutOfTheLoop() throws {
    let codes = SparseMatrix(rows: 1, columns: 12, positions: [0, 1, 9, 11], values: [0, 1, 0, 1] as [UInt8])
    let weights = BlobWeights(.table(StoredNumbers([-1, 1], precision: .float16), codes: codes))
    let options = CodingOptions(jumps: 3...3, mask: .always(.gaps), allowsNeighbours: false)
    let ledger = try BlobLedger(BlobWriter.bytes(for: SampleLayers.model([weights]), options: options))
    let stream = try #require(ledger.layers.first).stream
    #expect(stream.jumps == 2 && stream.jumped == 1)
    #expect([stream.outside(tableBits: 8), stream.long(tableBits: 8)] == [2, 0])
    // Without tables every word is long: four gaps of six symbols, and four codes.
    #expect([stream.outside(tableBits: 0), stream.long(tableBits: 0)] == [6, 10])
  }
}
