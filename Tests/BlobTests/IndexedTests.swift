import Blob
import EntropyCoding
import Tensors
import Testing

/// Dense layers of integers as indices.
@Suite struct IndexedTests {
  private static let options = CodingOptions(mask: .always(.indexed))

  @Test(arguments: [0.01, 0.1, 0.5, 0.9] as [Float])
  func theyComeBack(density: Float) throws {
    var samples = SampleLayers(seed: 31)
    for (rows, columns) in [(1, 3), (3, 1), (30, 50), (12, 300), (2, 1000)] {
      for levels in [1, 3, 16] {
        let lanes = [BlobLane(rows: rows / 3), BlobLane(rows: 0), BlobLane(rows: rows - rows / 3, bank: 1)]
        let layer = samples.layer(rows: rows, columns: columns, density: density, levels: levels, lanes: lanes)
        if layer.positions.isEmpty { continue }
        let model = SampleLayers.integerModel([layer])
        let bytes = try BlobWriter.bytes(for: model, options: Self.options)
        #expect(try BlobReader.read(bytes) == model)
        let ledger = try BlobLedger(bytes)
        #expect(ledger.layers.map(\.mask) == [.indexed] && ledger.layers[0].longestCode == 4)
        #expect(ledger.totalBytes == bytes.count && ledger.bytes(for: .unused) == 0)
        let valueBits = ledger.entries.compactMap(\.lane).reduce(0) { $0 + $1.valueBits }
        #expect(valueBits == 4 * layer.positions.count)
      }
    }
  }

  /// Survivors of a row in twos, 256 columns at a time.
  @Test func aRowIsItsColumnsAndCodes() throws {
    let positions = [1, 7, 8, 257, 259, 262 + 260]
    let codes = SparseMatrix<UInt8>(rows: 2, columns: 262, positions: positions, values: [0, 1, 2, 1, 0, 2])
    let model = SampleLayers.integerModel([BlobWeights(.table(StoredNumbers([5, 7, -1]), codes: codes))])
    let bytes = try BlobWriter.bytes(for: model, options: Self.options)
    let lane = [3, 1, 7, 0x10, 8, 2] + [2, 1, 3, 0x01] + [0] + [1, 4, 2] as [UInt8]
    let bank = try #require(try BlobLayout(bytes).banks.first?.range)
    #expect(Array(bytes[bank.lowerBound..<bank.lowerBound + lane.count]) == lane)
    #expect(bank.count == lane.count + 4)
  }

  @Test func theyAreTakenWhereTheyAreAskedForAndMayBe() throws {
    var samples = SampleLayers(seed: 32)
    var options = CodingOptions(.flat)
    options.takesIndexed = true
    let layers = [(40, 60), (50, 40), (20, 50)].map { samples.layer(rows: $0, columns: $1, density: 0.2) }
    let bytes = try BlobWriter.bytes(for: SampleLayers.integerModel(layers), options: options)
    #expect(try BlobLedger(bytes).layers.map(\.mask) == [.indexed, .indexed, .indexed])
    let rows = SampleLayers.integerModel([layers[0]], rowsOfInputs: 2)
    #expect(try BlobLedger(BlobWriter.bytes(for: rows, options: options)).layers.map(\.mask) == [.gaps])
    for refused in [rows, Self.model(levels: 17, density: 0.2), Self.model(levels: 4, density: 1)] {
      #expect(throws: BlobError.invalid(.step(0), .maskImpossible(.indexed))) {
        try BlobWriter.bytes(for: refused, options: Self.options)
      }
    }
    let smallest = try BlobLedger(BlobWriter.bytes(for: SampleLayers.integerModel(layers)))
    #expect(smallest.layers.allSatisfy { $0.mask != .indexed })
  }

  /// Of one layer whose rows have 256 columns.
  private static func model(levels: Int, density: Float) -> BlobModel {
    var samples = SampleLayers(seed: 33)
    return SampleLayers.integerModel([samples.layer(rows: 3, columns: 256, density: density, levels: levels)])
  }
}
