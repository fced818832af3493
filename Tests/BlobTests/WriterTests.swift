import Blob
import Tensors
import Testing

@Suite struct WriterTests {
  @Test(arguments: [0, 0.01, 0.1, 0.5, 0.9, 1] as [Float])
  func everyModelComesBack(density: Float) throws {
    var samples = SampleLayers(seed: 1)
    for (rows, columns) in [(1, 1), (1, 300), (40, 1), (7, 9), (30, 50)] {
      for levels in [1, 2, 16, 256] {
        let layer = samples.layer(rows: rows, columns: columns, density: density, levels: levels)
        for weights in [layer, SampleLayers.raw(layer)] {
          let model = SampleLayers.model([weights])
          #expect(try BlobReader.read(try BlobWriter.bytes(for: model)) == model)
        }
      }
    }
  }

  @Test(arguments: [MaskKind.gaps, .bitmap, .joint, .gapsByRow])
  func everyForcedMaskComesBack(kind: MaskKind) throws {
    var samples = SampleLayers(seed: 2)
    // A class of rows needs a symbol of its own, so that rows may not all be alike.
    let ends: [Float] = kind == .gapsByRow ? [0.3] : [kind == .joint ? 0.03 : 0, 1]
    for density in [0.05, 0.5] + ends {
      let model = SampleLayers.model([samples.layer(rows: 12, columns: 17, density: density)])
      let bytes = try BlobWriter.bytes(for: model, options: CodingOptions(mask: .always(kind)))
      #expect(try BlobReader.read(bytes) == model)
      #expect(try BlobLedger(bytes).layers.map(\.mask) == [kind])
    }
  }

  @Test func aMatrixWithZerosNeedsAMask() throws {
    var samples = SampleLayers(seed: 3)
    let options = CodingOptions(mask: .always(.none))
    let full = SampleLayers.model([samples.layer(rows: 5, columns: 5, density: 1)])
    #expect(try BlobReader.read(try BlobWriter.bytes(for: full, options: options)) == full)
    let sparse = SampleLayers.model([samples.layer(rows: 5, columns: 5, density: 0.5)])
    #expect(throws: BlobError.invalid(.step(0), .maskImpossible(.none))) {
      try BlobWriter.bytes(for: sparse, options: options)
    }
  }

  /// Against every forced way, one by one: none makes a smaller file.
  @Test(arguments: [0.002, 0.05, 0.3, 0.6, 0.95, 1] as [Float])
  func theSmallestMaskIsTaken(density: Float) throws {
    var samples = SampleLayers(seed: 4)
    let model = SampleLayers.model([samples.layer(rows: 25, columns: 60, density: density)])
    let chosen = try BlobWriter.bytes(
      for: model,
      options: CodingOptions(longCharge: 0, jointCharge: 0, allowsRowClasses: false)
    ).count
    var smallest = Int.max
    for kind in [MaskKind.bitmap, .joint] {
      let options = CodingOptions(longCharge: 0, jointCharge: 0, mask: .always(kind))
      smallest = min(smallest, try BlobWriter.bytes(for: model, options: options).count)
    }
    if density == 1 {
      smallest = min(
        smallest,
        try BlobWriter.bytes(for: model, options: CodingOptions(mask: .always(.none))).count)
    }
    for jump in 1...255 {
      let options = CodingOptions(jumps: jump...jump, longCharge: 0, mask: .always(.gaps))
      smallest = min(smallest, try BlobWriter.bytes(for: model, options: options).count)
    }
    #expect(chosen == smallest)
    let options = CodingOptions(longCharge: 0, jointCharge: 0)
    #expect(try BlobWriter.bytes(for: model, options: options).count <= smallest)
  }

  /// Rows of two densities in two lanes, some without survivors.
  @Test func rowsUnlikeEachOtherGetTwoAlphabets() throws {
    var samples = SampleLayers(seed: 9)
    let lanes = [BlobLane(rows: 70), BlobLane(rows: 50)]
    var layer = samples.layer(rows: 120, columns: 300, density: 0.2, lanes: lanes)
    guard case .table(let table, let codes) = layer.values else { return }
    let kept = layer.positions.indices.filter { index in
      let row = layer.positions[index] / 300
      return row % 3 == 0 || (row % 7 != 0 && index % 10 == 0)
    }
    layer.values = .table(table, codes: codes.keeping(kept))
    let model = SampleLayers.model([layer])
    let bytes = try BlobWriter.bytes(for: model)
    #expect(try BlobReader.read(bytes) == model)
    #expect(try BlobLedger(bytes).layers.map(\.mask) == [.gapsByRow])
    let alike = try BlobWriter.bytes(for: model, options: CodingOptions(allowsRowClasses: false))
    #expect(Double(bytes.count) < 0.97 * Double(alike.count))
  }

  /// Two layers of one bank share its pad, so the best pair is not the pair of the best.
  @Test func layersAreWeighedTogether() throws {
    var samples = SampleLayers(seed: 5)
    let layers = [
      samples.layer(rows: 4, columns: 700, density: 0.03),
      samples.layer(rows: 6, columns: 4, density: 0.5),
      samples.layer(rows: 9, columns: 6, density: 0.2),
    ]
    let together = try BlobWriter.bytes(for: SampleLayers.model(layers)).count
    for jump in stride(from: 1, through: 255, by: 2) {
      let options = CodingOptions(jumps: jump...jump)
      #expect(
        together <= (try BlobWriter.bytes(for: SampleLayers.model(layers), options: options)).count)
    }
  }

  @Test func theSameModelGivesTheSameBytes() throws {
    var samples = SampleLayers(seed: 6)
    let model = SampleLayers.model([
      samples.layer(rows: 40, columns: 80, density: 0.1),
      samples.layer(rows: 30, columns: 40, density: 0.3),
    ])
    let bytes = try BlobWriter.bytes(for: model)
    for _ in 0..<3 { #expect(try BlobWriter.bytes(for: model) == bytes) }
  }

  @Test func lanesAndBanksComeBack() throws {
    var samples = SampleLayers(seed: 7)
    let lanes = [
      BlobLane(rows: 3, bank: 2), BlobLane(rows: 0, bank: 0), BlobLane(rows: 5, bank: 0),
      BlobLane(rows: 1, bank: 2),
    ]
    for density in [0, 0.1, 0.5, 1] as [Float] {
      let model = SampleLayers.model([
        samples.layer(rows: 9, columns: 30, density: density, lanes: lanes),
        samples.layer(rows: 4, columns: 9, density: density),
      ])
      let joint: [MaskPolicy] = density > 0 ? [.always(.joint)] : []
      for kind in [MaskPolicy.smallest, .always(.gaps), .always(.bitmap)] + joint {
        let bytes = try BlobWriter.bytes(for: model, options: CodingOptions(mask: kind))
        #expect(try BlobReader.read(bytes) == model)
      }
    }
  }

  @Test func limitsOnCodeWordsAreKept() throws {
    var samples = SampleLayers(seed: 8)
    let model = SampleLayers.model([samples.layer(rows: 60, columns: 90, density: 0.1)])
    let free = try BlobLedger(try BlobWriter.bytes(for: model)).layers[0]
    #expect(free.longestCode > 5)
    let options = CodingOptions(gapLimit: 6, codeLimit: 5, mask: .always(.gaps))
    let bytes = try BlobWriter.bytes(for: model, options: options)
    let held = try BlobLedger(bytes).layers[0]
    #expect(held.longestGap <= 6 && held.longestCode <= 5)
    #expect(try BlobReader.read(bytes) == model)
    // 16 levels do not fit 3 bits: the least that will do is taken.
    let tight = try BlobWriter.bytes(
      for: model, options: CodingOptions(codeLimit: 3, mask: .always(.gaps)))
    #expect(try BlobLedger(tight).layers[0].longestCode == 4)
  }

  @Test func aChargeOnJumpsLeavesFewerOfThem() throws {
    var samples = SampleLayers(seed: 9)
    let model = SampleLayers.model([samples.layer(rows: 100, columns: 200, density: 0.08)])
    let free = try BlobWriter.bytes(for: model)
    let charged = try BlobWriter.bytes(for: model, options: CodingOptions(jumpCharge: 0.5))
    #expect(try BlobReader.read(charged) == model)
    let (few, many) = (try BlobLedger(charged).layers[0].jump, try BlobLedger(free).layers[0].jump)
    #expect((few ?? 0) >= (many ?? 0))
    #expect(charged.count >= free.count && charged.count * 100 <= free.count * 103)
  }

  @Test func equalVectorsAreStoredOnce() throws {
    var samples = SampleLayers(seed: 10)
    let layer = samples.layer(rows: 20, columns: 20, density: 0.2)
    let (one, two) = (SampleLayers.model([layer]), SampleLayers.model([layer, layer]))
    let ledger = try BlobLedger(try BlobWriter.bytes(for: two))
    let single = try BlobLedger(try BlobWriter.bytes(for: one))
    #expect(ledger.bytes(for: .table) == single.bytes(for: .table))
    #expect(ledger.bytes(for: .biases) == single.bytes(for: .biases))
    #expect(try BlobReader.read(try BlobWriter.bytes(for: two)) == two)
  }

  @Test func aLayersSizeByItselfIsItsShareOfTheFile() throws {
    var samples = SampleLayers(seed: 11)
    let layer = samples.layer(rows: 30, columns: 40, density: 0.2)
    let options = CodingOptions(jumps: 20...20, mask: .always(.gaps))
    let bytes = try BlobWriter.bytes(for: SampleLayers.model([layer]), options: options)
    let entries = try BlobLedger(bytes).entries.filter { $0.step == 0 && $0.part != .fields }
    let share = entries.reduce(0) { $0 + $1.bytes }
    #expect(try BlobWriter.codedBytes(of: layer, options: options) == share)
  }

  @Test func streamsAreNearTheBound() throws {
    var samples = SampleLayers(seed: 12)
    for density in [0.05, 0.1, 0.2] as [Float] {
      let model = SampleLayers.model([samples.layer(rows: 300, columns: 784, density: density)])
      let lanes = try BlobLedger(try BlobWriter.bytes(for: model)).entries.compactMap(\.lane)
      let bits = lanes.reduce(0) { $0 + Double($1.maskBits + $1.valueBits) }
      let bound = lanes.reduce(0) { $0 + $1.maskBound + $1.valueBound }
      #expect(bits >= bound && bits <= bound * 1.02)
    }
  }

  /// Formats/Blob.md, "Limits": a file has the bytes that are named in it, each as often as it is named, but for 2048.
  @Test(arguments: [1, 2, 3, 50])
  func aFileThatNamesALongVectorOftenIsFilledUp(count: Int) throws {
    let numbers = StoredNumbers((0..<500).map { Float($0) / 3 })
    let model = BlobModel(
      arenaBytes: 2000, inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [1]))],
      outputs: [BlobTensor(place: 0, shape: [1])],
      steps: (0..<count).map { _ in .constant(BlobConstant(y: 0, numbers: numbers)) })
    let bytes = try BlobWriter.bytes(for: model)
    #expect(try BlobReader.read(bytes) == model)
    #expect(count < 3 ? bytes.count < 2200 : bytes.count == 2000 * count - 2048)
  }
}
