import EntropyCoding
import Tensors
import Testing

@Suite struct CorruptedStreamTests {
  private let gaps = SparseStream.Mask.gaps(lengths: [1, 2, 2])
  private let codes = SparseStream.ValueCode.codes(lengths: [1, 1])

  @Test func malformedStreamsAreRefused() {
    let refused: [(SparseStream, EntropyCodingError)] = [
      (stream(gaps, codes, [], 1), .byteCount(0, bits: 1)),
      (stream(gaps, codes, [0, 0], 8), .byteCount(2, bits: 8)),
      (stream(gaps, codes, [0], -1), .byteCount(1, bits: -1)),
      (stream(gaps, codes, [0b0100_0000], 6), .fillBitSet),
      (stream(gaps, codes, [0b1000_0000], 8), .endOfBits(at: 8)),
      (stream(gaps, codes, [0, 0], 12), .bitsLeftOver(2)),
      (stream(.gaps(lengths: [0, 0]), codes, [0], 3), .bitsLeftOver(3)),
      (stream(.gaps(lengths: [1, 1]), .codes(lengths: []), [0], 8), .emptyAlphabet(at: 1)),
      (stream(.gaps(lengths: [1]), codes, [0], 8), .alphabetSize(1, allowed: 2...256)),
      (stream(.gaps(lengths: many(257)), codes, [0], 8), .alphabetSize(257, allowed: 2...256)),
      (stream(.bitmap, .codes(lengths: many(257)), [0], 5), .alphabetSize(257, allowed: 0...256)),
      (stream(.bitmap, .codes(lengths: [1, 2]), [0], 5), .incomplete),
      (stream(.gaps(lengths: [1, 1, 1]), codes, [0], 5), .oversubscribed),
      (stream(.bitmap, .words, [0b1], 5), .endOfBits(at: 5)),
      (stream(.bitmap, codes, [0], 6), .bitsLeftOver(1)),
      (stream(.bitmap, codes, [0], 4), .endOfBits(at: 4)),
    ]
    for (stream, error) in refused {
      #expect(throws: error) { try stream.decoded(total: 5) }
      #expect(error.sentence.hasSuffix("."))
    }
  }

  private func stream(
    _ mask: SparseStream.Mask, _ valueCode: SparseStream.ValueCode, _ bytes: [UInt8], _ bits: Int
  ) -> SparseStream {
    SparseStream(mask: mask, valueCode: valueCode, bytes: bytes, bitCount: bits)
  }

  private func many(_ count: Int) -> [UInt8] { [UInt8](repeating: 8, count: count) }

  @Test(arguments: [true, false]) func everyTruncationIsRefused(bitmap: Bool) {
    let good = sample(bitmap: bitmap, words: false)
    for bits in 0..<good.bitCount {
      var bytes = Array(good.bytes[..<((bits + 7) / 8)])
      if bits % 8 > 0 { bytes[bytes.count - 1] &= 1 << UInt8(bits % 8) - 1 }
      let cut = stream(good.mask, good.valueCode, bytes, bits)
      #expect(throws: EntropyCodingError.self) { try cut.decoded(total: 300) }
    }
  }

  private func sample(bitmap: Bool, words: Bool) -> SparseStream {
    let codes = SparseSamples.survivors(total: 300, density: 0.2, levels: 5, seed: 3)
    let survivors = words ? SparseSamples.withWords(codes, seed: 3) : codes
    // K = 3 has more symbols than words of one bit, which leaves the bitmap.
    let limits = SparseLimits(
      gapLength: bitmap ? 1 : 12, jumps: bitmap ? 3...3 : 1...255, allowsBitmap: bitmap)
    return SparseStream.encoded(survivors, total: 300, limits: limits)
  }

  @Test(arguments: [true, false], [true, false])
  func spoiledStreamsThrowOrStayWithinTheMatrix(bitmap: Bool, words: Bool) {
    let good = sample(bitmap: bitmap, words: words)
    #expect((good.mask == .bitmap) == bitmap)
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<3000 {
      let bad = spoiled(good, with: &generator)
      guard let survivors = try? bad.decoded(total: 300) else { continue }
      let positions = survivors.positions
      #expect(zip(positions, positions.dropFirst()).allSatisfy(<))
      #expect(positions.allSatisfy { (0..<300).contains($0) })
      #expect(survivors.values.count == positions.count)
      guard case .codes(let codes, let levels) = survivors.values else { continue }
      #expect(codes.allSatisfy { $0 < levels })
    }
  }

  /// A stream with bits flipped, bytes at random, another length, or other code lengths.
  private func spoiled(
    _ good: SparseStream, with generator: inout SeededGenerator
  ) -> SparseStream {
    var bytes = good.bytes
    var gapLengths = good.gapLengths
    var codeLengths = good.codeLengths
    var bits = good.bitCount
    for _ in 0...Int.random(in: 0..<3, using: &generator) {
      let place = Int.random(in: 0..<good.bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 2: bits = Int.random(in: -2...bits + 9, using: &generator)
      default:
        gapLengths.shuffle(using: &generator)
        codeLengths.shuffle(using: &generator)
      }
    }
    return SparseStream(
      mask: good.mask == .bitmap ? .bitmap : .gaps(lengths: gapLengths),
      valueCode: good.valueCode == .words ? .words : .codes(lengths: codeLengths),
      bytes: bytes, bitCount: bits)
  }
}
