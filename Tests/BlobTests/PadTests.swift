import Blob
import Tensors
import Testing

/// Pads by the rule in Formats/Blob.md, "Banks".
@Suite struct PadTests {
  private func pad(_ weights: BlobWeights, _ options: CodingOptions) throws -> Int {
    try BlobLedger(try BlobWriter.bytes(for: SampleLayers.model([weights]), options: options))
      .bytes(for: .pad)
  }

  private func options(_ mask: MaskKind, jump: Int = 255) -> CodingOptions {
    CodingOptions(jumps: jump...jump, mask: .always(mask))
  }

  /// Four survivors in 100 columns with these gaps, two codes.
  private func layer(gaps: [Int]) -> BlobWeights {
    var positions: [Int] = []
    for gap in gaps { positions.append((positions.last ?? -1) + 1 + gap) }
    return BlobWeights(
      .table(
        StoredNumbers([1, 2], precision: .float16),
        codes: SparseMatrix(
          rows: 1, columns: 100, positions: positions, values: positions.map { UInt8($0 % 2) })))
  }

  @Test func checkedReadersNeedFourBytes() throws {
    let weights = layer(gaps: [0, 1, 2, 3])
    for mask in [MaskKind.bitmap, .joint] { #expect(try pad(weights, options(mask)) == 4) }
    #expect(try pad(SampleLayers.raw(weights), options(.gaps)) == 4)
    #expect(try pad(weights, CodingOptions(jumps: 255...255, mask: .always(.gaps))) > 4)
  }

  @Test func gapsNeedARowOfTheAllOnesWord() throws {
    // K = 2: gaps 1 0, 1 0, 1 0 and a tail of jumps, which are most frequent: lengths 2 2 1, so
    // that gap 1 is all ones, A = 2: 50 pairs of 2 + 1 bits.
    #expect(try pad(layer(gaps: [1, 0, 1, 0, 1, 0]), options(.gaps, jump: 2)) == 19 + 4)
  }

  @Test func noBitsNeedNoPad() throws {
    let none = BlobWeights(
      .table(
        StoredNumbers([1], precision: .float16),
        codes: SparseMatrix(
          rows: 3, columns: 7, positions: [], values: [])))
    #expect(try pad(none, options(.gaps)) == 0)
  }
}
