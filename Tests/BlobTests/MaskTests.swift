import Blob
import EntropyCoding
import Tensors
import Testing

/// The bits of lanes, by hand and against bounds.
@Suite struct MaskTests {
  /// A lane's bytes, how many bits of them are used, and what comes back.
  private func written(
    _ weights: BlobWeights, _ options: CodingOptions
  ) throws -> (bytes: [UInt8], bits: Int) {
    let model = SampleLayers.model([weights])
    let file = try BlobWriter.bytes(for: model, options: options)
    #expect(try BlobReader.read(file) == model)
    let layout = try BlobLayout(file)
    let lane = layout.lanes[0]
    let start = layout.banks[0].range.lowerBound + lane.offset
    return (Array(file[start..<start + lane.bytes]), lane.bits)
  }

  private func gaps(_ jump: Int) -> CodingOptions {
    CodingOptions(jumps: jump...jump, mask: .always(.gaps), allowsNeighbours: false)
  }

  private var small: BlobWeights {
    BlobWeights(
      .table(
        StoredNumbers([1, 2]),
        codes: SparseMatrix(
          rows: 1, columns: 10, positions: [0, 3, 4], values: [0, 1, 0])))
  }

  private func raw(_ positions: [Int], columns: Int) -> BlobWeights {
    let words = positions.indices.map { Float(bitPattern: UInt32($0 + 1)) }
    return BlobWeights(
      .raw(
        SparseMatrix(
          rows: 1, columns: columns, positions: positions, values: words)))
  }

  /// Gaps 0 2 0 and a tail of 5; with K = 2: plain 0 value 0, jump plain 0 value 1, plain 0 value 0,
  /// three jumps.
  @Test func gapsAreWrittenAsSpecified() throws {
    #expect(try written(small, gaps(2)) == ([0b1001_0100, 0b11], 10))
  }

  @Test func aBitmapIsWrittenAsSpecified() throws {
    let found = try written(small, CodingOptions(mask: .always(.bitmap)))
    #expect(found == ([0b0111_0001, 0], 13))
  }

  /// K = 3, gaps 2 2 2 and a tail of 1: plain 2 is the word that is there already, of no bits.
  @Test func aPlainGapThatReachesPastTheEndClosesTheLane() throws {
    let found = try written(raw([2, 5, 8], columns: 10), gaps(3))
    #expect(found == ([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0], 96))
  }

  @Test func whatIsCertainTakesNoBits() throws {
    var weights = small
    weights.values = .table(
      StoredNumbers([1, 2]), codes: SparseMatrix(rows: 1, columns: 10, positions: [], values: []))
    #expect(try written(weights, CodingOptions(mask: .always(.gaps))) == ([], 0))
    weights.values = .table(
      StoredNumbers([1, 2]),
      codes: SparseMatrix(
        rows: 1, columns: 10, positions: Array(0..<10), values: Array(repeating: 1, count: 10)))
    for kind in [MaskKind.none, .gaps, .joint] {
      let options = CodingOptions(mask: .always(kind), allowsNeighbours: false)
      #expect(try written(weights, options) == ([], 0))
    }
  }

  /// No symbol that may close the lane makes fewer bytes of alphabet and lane, but for one that another
  /// description of the lengths may save.
  @Test func noOtherClosingIsCheaper() throws {
    var generator = SeededGenerator(seed: 5)
    for round in 0..<50 {
      let jump = 1 + round % 7
      let total = Int.random(in: 4...60, using: &generator)
      let positions = (0..<total).filter { _ in generator.nextFloat() < 0.3 }
      guard let last = positions.last, last + 1 < total else { continue }
      let weights = raw(positions, columns: total)
      let bytes = try BlobWriter.codedBytes(of: weights, options: gaps(jump))
      let least = try #require(leastBytes(positions: positions, total: total, jump: jump))
      // Mask, values, K, no scales, no biases, lane count; bank, offset, bits, rows.
      let bits = try written(weights, gaps(jump)).bits
      #expect(bytes <= least + 1 + 6 + 3 + (bits < 128 ? 1 : 2), "K = \(jump), \(positions)")
    }
  }

  /// Over every symbol that may close the lane.
  private func leastBytes(positions: [Int], total: Int, jump: Int) -> Int? {
    var frequencies = [Int](repeating: 0, count: jump + 1)
    var next = 0
    for position in positions {
      frequencies[(position - next) % jump] += 1
      frequencies[jump] += (position - next) / jump
      next = position + 1
    }
    var rest = total - next
    while rest > jump {
      frequencies[jump] += 1
      rest -= jump
    }
    return (rest...jump).map { symbol in
      var counted = frequencies
      counted[symbol] += 1
      let lengths = HuffmanCode.lengths(frequencies: counted, limit: 12)
      let used = lengths.count { $0 > 0 }
      let bits = used < 2 ? 0 : zip(counted, lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
      return (HuffmanCode.descriptionBits(lengths) + 7) / 8
        + (bits + 32 * positions.count + 7) / 8
    }.min()
  }

  /// Codes of normal samples under the 16 levels of least squared error (Max, 1960).
  private func normal(rows: Int, columns: Int, density: Float, seed: UInt64) -> BlobWeights {
    let edges: [Float] = [0.2582, 0.5224, 0.7996, 1.099, 1.437, 1.844, 2.401]
    var generator = SeededGenerator(seed: seed)
    let positions = (0..<rows * columns).filter { _ in generator.nextFloat() < density }
    let codes = positions.map { _ -> UInt8 in
      let value = generator.nextNormal()
      let rank = edges.filter { $0 < abs(value) }.count
      return UInt8(value < 0 ? 7 - rank : 8 + rank)
    }
    let levels = (0..<16).map { Float($0) - 7.5 }
    return BlobWeights(
      .table(
        StoredNumbers(levels, precision: .float16),
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions, values: codes)))
  }

  /// Within 1.1 % of what an ideal coder of independent symbols would take, alphabets counted.
  @Test(arguments: [0.2, 0.1, 0.05, 0.02] as [Float])
  func sizesAreNearTheEntropyBound(density: Float) throws {
    let weights = normal(rows: 512, columns: 3136, density: density, seed: 11)
    let options = CodingOptions(mask: .always(.gaps), allowsNeighbours: false)
    let ledger = try BlobLedger(
      try BlobWriter.bytes(for: SampleLayers.model([weights]), options: options))
    let lane = try #require(ledger.entries.compactMap(\.lane).first)
    let bytes = [.lane, .gapAlphabet, .codeAlphabet].reduce(0) { $0 + ledger.bytes(for: $1) }
    let excess = Double(8 * bytes) / (lane.maskBound + lane.valueBound) - 1
    #expect(excess > 0)
    #expect(excess < 0.011)
  }
}
