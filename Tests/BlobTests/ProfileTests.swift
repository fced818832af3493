import Blob
import Testing

/// Streams of each profile on random masks of 300 x 784 and the codes of a normal distribution
/// under its 16 best levels, against the entropy of the mask plus that of the codes; tables apart.
@Suite struct ProfileTests {
  private typealias Profile = CodingOptions.Profile

  private func excess(
    _ profile: Profile, sparsity: Float, seed: UInt64
  ) throws -> (excess: Double, layer: BlobLedger.Layer) {
    var samples = SampleLayers(seed: seed)
    let weights = samples.normal(rows: 300, columns: 784, density: 1 - sparsity)
    let bytes = try BlobWriter.bytes(
      for: SampleLayers.model([weights]), options: CodingOptions(profile))
    let ledger = try BlobLedger(bytes)
    let lane = try #require(ledger.entries.compactMap(\.lane).first)
    let bits = Double(lane.maskBits + lane.valueBits)
    return (bits / (lane.maskBound + lane.valueBound) - 1, ledger.layers[0])
  }

  @Test(arguments: [0.8, 0.9, 0.95, 0.98] as [Float], [1, 2, 3] as [UInt64])
  func sizeIsWithinElevenThousandths(sparsity: Float, seed: UInt64) throws {
    let (excess, _) = try excess(.size, sparsity: sparsity, seed: seed)
    #expect(excess > 0 && excess <= 0.011)
  }

  @Test(arguments: [0.9, 0.95, 0.98] as [Float], [1, 2, 3] as [UInt64])
  func shortWordsAreWithinTwoHundredths(sparsity: Float, seed: UInt64) throws {
    let (excess, layer) = try excess(.short, sparsity: sparsity, seed: seed)
    #expect(excess > 0 && excess <= 0.02)
    #expect(layer.mask == .gaps && layer.longestGap <= 8 && layer.longestCode <= 6)
  }

  @Test(arguments: [0.9, 0.95, 0.98] as [Float], [1, 2, 3] as [UInt64])
  func flatCodesAreWithinThirtySixThousandths(sparsity: Float, seed: UInt64) throws {
    let (excess, layer) = try excess(.flat, sparsity: sparsity, seed: seed)
    #expect(excess > 0 && excess <= 0.036)
    #expect(layer.mask == .gaps && layer.longestGap <= 8 && layer.longestCode == 4)
  }

  @Test(arguments: [(0.95, MaskKind.joint), (0.67, .joint), (0.02, .gaps)] as [(Float, MaskKind)])
  func jointSymbolsAreForNearlyDenseLayers(density: Float, mask: MaskKind) throws {
    var samples = SampleLayers(seed: 6)
    let model = SampleLayers.model([samples.normal(rows: 64, columns: 288, density: density)])
    let bytes = try BlobWriter.bytes(for: model)
    let without = try BlobWriter.bytes(for: model, options: CodingOptions(allowsJoint: false))
    #expect(try BlobLedger(bytes).layers[0].mask == mask)
    #expect(try BlobLedger(without).layers[0].mask != .joint)
    #expect(mask == .joint ? bytes.count < without.count : bytes == without)
  }

  /// Levels that no survivor has get words too, and their number is made a power of two.
  @Test(arguments: [1, 2, 3, 9, 16, 17, 200, 256])
  func flatCodesAreOfOneLength(levels: Int) throws {
    var samples = SampleLayers(seed: 4)
    let weights = samples.layer(rows: 9, columns: 30, density: 0.2, levels: levels)
    let model = SampleLayers.model([weights])
    let bytes = try BlobWriter.bytes(for: model, options: CodingOptions(.flat))
    let width = (0...8).first { 1 << $0 >= levels }
    let layer = try BlobLedger(bytes).layers[0]
    #expect(layer.longestCode == width && layer.levels == 1 << (width ?? 0))
    let read = try #require(try BlobReader.read(bytes).steps[0].weights)
    #expect(read.levelled == weights.levelled)
  }

  @Test func shortWordsAreForgoneWhereLevelsNeedThem() throws {
    var samples = SampleLayers(seed: 5)
    let model = SampleLayers.model([
      samples.layer(rows: 60, columns: 90, density: 0.3, levels: 100)
    ])
    for profile in Profile.allCases {
      let bytes = try BlobWriter.bytes(for: model, options: CodingOptions(profile))
      if profile != .flat { #expect(try BlobReader.read(bytes) == model) }
      #expect(try BlobLedger(bytes).layers[0].longestCode >= 7)
    }
  }
}
