import Blob
import EntropyCoding
import Tensors
import Testing

/// Dense layers of integers by columns.
@Suite struct ColumnsTests {
  private static let options = CodingOptions(mask: .always(.columns), hasFlatCodes: true)

  @Test(arguments: [0.01, 0.1, 0.5, 1] as [Float])
  func theyComeBack(density: Float) throws {
    var samples = SampleLayers(seed: 21)
    for (rows, columns) in [(1, 3), (3, 1), (30, 50), (300, 12)] {
      for levels in [2, 16, 256] {
        let lanes = [BlobLane(rows: rows / 3), BlobLane(rows: 0), BlobLane(rows: rows - rows / 3, bank: 1)]
        let layer = samples.layer(rows: rows, columns: columns, density: density, levels: levels, lanes: lanes)
        if layer.positions.isEmpty { continue }
        let model = SampleLayers.integerModel([layer])
        let bytes = try BlobWriter.bytes(for: model, options: Self.options)
        #expect(try BlobReader.read(bytes) == model)
        let ledger = try BlobLedger(bytes)
        #expect(ledger.layers.map(\.mask) == [.columns])
        #expect(ledger.totalBytes == bytes.count && ledger.bytes(for: .unused) == 0)
      }
    }
  }

  /// A length, then gap and code down the column.
  @Test func aColumnIsItsBytesAndTheirNumber() throws {
    // 0 5 0 / 0 0 0 / 0 0 0 / 7 0 0: of the first column gap 3 and the end, of the second gap 0 and the end.
    let codes = SparseMatrix<UInt8>(rows: 4, columns: 3, positions: [1, 9], values: [0, 1])
    let model = SampleLayers.integerModel([BlobWeights(.table(StoredNumbers([5, 7]), codes: codes))])
    let bytes = try BlobWriter.bytes(for: model, options: Self.options)
    let lane = try #require(try BlobLayout(bytes).lanes.first)
    #expect(lane.bits == 8 * 5)
    let bank = try #require(try BlobLayout(bytes).banks.first?.range)
    #expect([bytes[bank.lowerBound], bytes[bank.lowerBound + 2], bytes[bank.lowerBound + 4]] == [1, 1, 0])
  }

  @Test func theyAreTakenWhereTheyAreAskedForAndMayBe() throws {
    var samples = SampleLayers(seed: 22)
    var options = CodingOptions(.flat)
    options.takesColumns = true
    let layers = [(40, 60), (50, 40), (20, 50)].map { samples.layer(rows: $0, columns: $1, density: 0.2) }
    let bytes = try BlobWriter.bytes(for: SampleLayers.integerModel(layers), options: options)
    #expect(try BlobLedger(bytes).layers.map(\.mask) == [.columns, .columns, .columns])
    // One alphabet of gaps for all.
    #expect(Set(try BlobLedger(bytes).layers.map(\.jump)).count == 1)
    let rows = SampleLayers.integerModel([layers[0]], rowsOfInputs: 2)
    #expect(try BlobLedger(BlobWriter.bytes(for: rows, options: options)).layers.map(\.mask) == [.gaps])
    #expect(throws: BlobError.invalid(.step(0), .maskImpossible(.columns))) {
      try BlobWriter.bytes(for: rows, options: Self.options)
    }
    #expect(try BlobLedger(BlobWriter.bytes(for: SampleLayers.integerModel(layers))).layers.allSatisfy { $0.mask != .columns })
  }

  /// Codes of 8 bits leave 4 for gaps, and one level has no code of a bit.
  @Test func wordsFitTwelveBits() throws {
    var samples = SampleLayers(seed: 23)
    for levels in [2, 16, 128, 256] {
      let model = SampleLayers.integerModel([samples.layer(rows: 90, columns: 30, density: 0.1, levels: levels)])
      let layer = try #require(try BlobLedger(BlobWriter.bytes(for: model, options: Self.options)).layers.first)
      #expect(layer.longestGap <= 8 && layer.longestGap + layer.longestCode <= 12)
    }
    let one = SampleLayers.integerModel([samples.layer(rows: 9, columns: 9, density: 0.5, levels: 1)])
    #expect(throws: BlobError.invalid(.step(0), .maskImpossible(.columns))) {
      try BlobWriter.bytes(for: one, options: Self.options)
    }
  }
}
