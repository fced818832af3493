import EntropyCoding
import Tensors
import Testing

@Suite struct SparseStreamTests {
  private let small = SparseSurvivors(positions: [0, 3, 4], values: .codes([0, 1, 0], levels: 2))

  @Test func gapsAreWrittenAsSpecified() throws {
    // Gaps 0 2 0 and a tail of 5; with K = 2 that is: plain 0, jump, plain 0, plain 0, three jumps.
    let limits = SparseLimits(jumps: 2...2, allowsBitmap: false)
    let stream = SparseStream.encoded(small, total: 10, limits: limits)
    #expect(stream.mask == .gaps(lengths: [1, 0, 1]))
    #expect(stream.valueCode == .codes(lengths: [1, 1]))
    // Plain 0 value 0, jump plain 0 value 1, plain 0 value 0, jump jump jump.
    #expect(stream.bitCount == 10)
    #expect(stream.bytes == [0b1001_0100, 0b11])
    #expect(stream.jump == 2)
    #expect(stream.tableBytes == 2 + 1)
    #expect(try stream.decoded(total: 10) == small)
  }

  @Test func aBitmapIsWrittenAsSpecified() throws {
    let stream = SparseStream(
      mask: .bitmap, valueCode: .codes(lengths: [1, 1]), bytes: [0b0111_0001, 0], bitCount: 13)
    #expect(try stream.decoded(total: 10) == small)
    let limits = SparseLimits(gapLength: 1, jumps: 3...3)
    #expect(SparseStream.encoded(small, total: 10, limits: limits) == stream)
  }

  @Test func aPlainGapThatReachesPastTheEndClosesTheStream() throws {
    // K = 3, gaps 2 2 2 and a tail of 1: plain 2 is the word that is there already.
    let survivors = SparseSurvivors(positions: [2, 5, 8], values: .words([1, 2, 3]))
    let stream = SparseStream.encoded(
      survivors, total: 10, limits: SparseLimits(jumps: 3...3, allowsBitmap: false))
    #expect(stream.mask == .gaps(lengths: [0, 0, 1, 0]))
    #expect(stream.bitCount == 96)
    #expect(stream.bytes == [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    #expect(try stream.decoded(total: 10) == survivors)
    #expect(try stream.decoded(total: 9) == survivors)
    #expect(throws: EntropyCodingError.endOfBits(at: 96)) { try stream.decoded(total: 12) }
  }

  @Test func nothingSurvivingTakesNoBits() throws {
    for total in [0, 1, 1000] {
      let none = SparseSurvivors(positions: [], values: .codes([], levels: 16))
      let stream = SparseStream.encoded(none, total: total)
      #expect(stream.mask == .gaps(lengths: [0, 0]))
      #expect(stream.bytes.isEmpty && stream.bitCount == 0)
      #expect(try stream.decoded(total: total) == none)
    }
  }

  @Test func everythingSurvivingWithOneValueTakesNoBits() throws {
    let all = SparseSurvivors(
      positions: Array(0..<50), values: .codes([UInt8](repeating: 2, count: 50), levels: 3))
    let stream = SparseStream.encoded(all, total: 50)
    #expect(stream.mask == .gaps(lengths: [1, 0]))
    #expect(stream.bitCount == 0)
    #expect(try stream.decoded(total: 50) == all)
  }

  @Test(arguments: [
    (1, 1), (2, 1), (7, 16), (64, 2), (1000, 16), (5000, 256),
  ])
  func randomMatricesComeBack(total: Int, levels: Int) throws {
    var masks: Set<Bool> = []
    for (index, density) in ([0.002, 0.02, 0.1, 0.3, 0.6, 0.95, 1] as [Float]).enumerated() {
      let codes = SparseSamples.survivors(
        total: total, density: density, levels: levels, seed: UInt64(index))
      let words = SparseSamples.withWords(codes, seed: UInt64(index))
      for survivors in [codes, words] {
        for limits in [
          SparseLimits(), SparseLimits(gapLength: 7, codeLength: 8),
          SparseLimits(jumps: 1...40, allowsBitmap: false),
        ] {
          let stream = SparseStream.encoded(survivors, total: total, limits: limits)
          #expect(try stream.decoded(total: total) == survivors, "density \(density)")
          #expect(stream.bytes.count == (stream.bitCount + 7) / 8)
          #expect(stream.gapLengths.allSatisfy { $0 <= limits.gapLength })
          #expect(stream.codeLengths.allSatisfy { $0 <= limits.codeLength })
          masks.insert(stream.mask == .bitmap)
        }
      }
    }
    if total >= 1000 { #expect(masks == [true, false]) }
  }

  @Test func theSmallestCandidateIsWritten() {
    for (index, density) in ([0.004, 0.05, 0.2, 0.5, 0.9] as [Float]).enumerated() {
      let survivors = SparseSamples.survivors(
        total: 3000, density: density, levels: 16, seed: UInt64(index))
      let least = (1...255).map { jump in
        SparseStream.encoded(
          survivors, total: 3000, limits: SparseLimits(jumps: jump...jump, allowsBitmap: false)
        ).storedBits
      }.min()
      let gaps = SparseStream.encoded(
        survivors, total: 3000, limits: SparseLimits(allowsBitmap: false))
      #expect(gaps.storedBits == least)
      #expect(SparseStream.encoded(survivors, total: 3000).storedBits <= gaps.storedBits)
    }
  }

  @Test func aChargeOnJumpsLeavesFewerOfThem() {
    let survivors = SparseSamples.normal16(total: 200_000, density: 0.1, seed: 9)
    let small = SparseStream.encoded(survivors, total: 200_000)
    let fast = SparseStream.encoded(
      survivors, total: 200_000, limits: SparseLimits(jumpCharge: 0.05))
    #expect((small.jump ?? 0) < 10)
    #expect((fast.jump ?? 0) > 20)
    #expect(Double(fast.storedBits) < 1.01 * Double(small.storedBits))
  }

  @Test func noOtherClosingIsCheaper() {
    var generator = SeededGenerator(seed: 5)
    for round in 0..<200 {
      let jump = 1 + round % 7
      let total = Int.random(in: 4...60, using: &generator)
      let positions = (0..<total).filter { _ in generator.nextFloat() < 0.3 }
      guard let last = positions.last, last + 1 < total else { continue }
      let words = [UInt32](repeating: 0, count: positions.count)
      let stream = SparseStream.encoded(
        SparseSurvivors(positions: positions, values: .words(words)), total: total,
        limits: SparseLimits(jumps: jump...jump, allowsBitmap: false))
      let least = leastGapBits(positions: positions, total: total, jump: jump)
      #expect(stream.bitCount - 32 * positions.count == least, "K = \(jump), \(positions)")
    }
  }

  /// The fewest bits over every symbol that may close the stream.
  private func leastGapBits(positions: [Int], total: Int, jump: Int) -> Int? {
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
      let code = HuffmanCode(frequencies: counted, limit: 12)
      return code.codedBits(frequencies: counted)
    }.min()
  }

  /// Within 1.1 % of what an ideal coder of independent symbols would take, tables counted.
  @Test(arguments: [0.2, 0.1, 0.05, 0.02] as [Float])
  func sizesAreNearTheEntropyBound(density: Float) throws {
    let total = 512 * 3136
    let survivors = SparseSamples.normal16(total: total, density: density, seed: 11)
    guard case .codes(let codes, _) = survivors.values else { return }
    var frequencies = [Int](repeating: 0, count: 16)
    for code in codes { frequencies[Int(code)] += 1 }
    let bound =
      Entropy.maskBits(survivors: codes.count, total: total)
      + Entropy.bits(frequencies: frequencies)
    let stream = SparseStream.encoded(survivors, total: total)
    let excess = Double(stream.storedBits) / bound - 1
    print("density \(density): K \(stream.jump ?? 0), \(excess * 100) % above the bound")
    #expect(excess > 0)
    #expect(excess < 0.011)
    #expect(try stream.decoded(total: total) == survivors)
  }
}
