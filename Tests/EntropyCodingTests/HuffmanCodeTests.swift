import EntropyCoding
import Tensors
import Testing

@Suite struct HuffmanCodeTests {
  @Test func aCanonicalCodeIsSentMostSignificantBitFirst() throws {
    // Words: 1 = 0, 0 = 10, 2 = 110, 3 = 111.
    let code = try HuffmanCode(lengths: [2, 1, 3, 3])
    var writer = BitWriter()
    for symbol in 0..<4 { code.encode(symbol, into: &writer) }
    #expect(writer.bitCount == 9)
    #expect(writer.bytes == [0b1101_1001, 0b1])
    #expect(code.allOnesSymbol == 3)
    #expect(code.longest == 3)
    #expect(code.codedBits(frequencies: [1, 1, 1, 1]) == 9)
    var reader = BitReader(writer.bytes, bits: 0..<9)
    for symbol in 0..<4 { #expect(try code.decode(from: &reader) == symbol) }
    #expect(throws: EntropyCodingError.endOfBits(at: 9)) { try code.decode(from: &reader) }
  }

  @Test func anAlphabetWithoutSymbolsCodesNothing() throws {
    for lengths in [[], [0], [0, 0, 0]] as [[UInt8]] {
      let code = try HuffmanCode(lengths: lengths)
      #expect(code.allOnesSymbol == nil)
      #expect(code.longest == 0)
      #expect(code.codedBits(frequencies: lengths.map { _ in 0 }) == 0)
      var reader = BitReader([0xFF], bits: 2..<8)
      #expect(throws: EntropyCodingError.emptyAlphabet(at: 2)) { try code.decode(from: &reader) }
    }
    #expect(HuffmanCode.lengths(frequencies: [0, 0], limit: 3) == [0, 0])
    #expect(HuffmanCode.lengths(frequencies: [], limit: 1) == [])
  }

  @Test func theOnlySymbolTakesNoBits() throws {
    #expect(HuffmanCode.lengths(frequencies: [0, 9, 0], limit: 4) == [0, 1, 0])
    let code = try HuffmanCode(lengths: [0, 1, 0])
    var writer = BitWriter()
    code.encode(1, into: &writer)
    #expect(writer.bitCount == 0)
    #expect(code.codedBits(frequencies: [0, 9, 0]) == 0)
    #expect(code.allOnesSymbol == 1)
    var reader = BitReader([], bits: 0..<0)
    #expect(try code.decode(from: &reader) == 1)
  }

  @Test func listsThatAreNoCodeAreRefused() {
    let refused: [([UInt8], EntropyCodingError)] = [
      ([1, 1, 1], .oversubscribed),
      ([1, 2], .incomplete),
      ([2, 2, 2], .incomplete),
      ([0, 2, 0], .loneSymbolLength(symbol: 1, length: 2)),
      ([1, 16], .lengthTooLong(symbol: 1, length: 16)),
      ([255], .lengthTooLong(symbol: 0, length: 255)),
      ([UInt8](repeating: 1, count: 256), .oversubscribed),
    ]
    for (lengths, error) in refused {
      #expect(throws: error) { try HuffmanCode(lengths: lengths) }
      #expect(error.sentence.hasSuffix("."))
    }
  }

  @Test func theLongestWordsAllowedWork() throws {
    let lengths = (1...15).map { UInt8($0) } + [15]
    let code = try HuffmanCode(lengths: lengths)
    var writer = BitWriter()
    for symbol in lengths.indices { code.encode(symbol, into: &writer) }
    var reader = BitReader(writer.bytes, bits: 0..<writer.bitCount)
    for symbol in lengths.indices { #expect(try code.decode(from: &reader) == symbol) }
    #expect(reader.remaining == 0)
  }

  @Test func noCodeUnderTheLimitIsShorter() {
    var generator = SeededGenerator(seed: 2)
    for count in 2...6 {
      for limit in 3...5 {
        for round in 0..<8 {
          let frequencies = (0..<count).map { _ in
            Int.random(in: 0...(round % 2 == 0 ? 4 : 200), using: &generator)
          }
          let lengths = HuffmanCode.lengths(frequencies: frequencies, limit: limit)
          guard lengths.filter({ $0 > 0 }).count > 1 else { continue }
          let bits = zip(frequencies, lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
          #expect(bits == leastBits(frequencies, limit: limit), "\(frequencies) within \(limit)")
          #expect((try? HuffmanCode(lengths: lengths)) != nil)
        }
      }
    }
  }

  /// The least over every list of lengths that Kraft's inequality allows.
  private func leastBits(_ frequencies: [Int], limit: Int) -> Int {
    let occurring = frequencies.filter { $0 > 0 }
    func search(_ index: Int, room: Int, bits: Int) -> Int {
      if index == occurring.count { return bits }
      return (1...limit).reduce(.max) { least, length in
        let taken = 1 << (limit - length)
        guard taken <= room else { return least }
        return min(
          least, search(index + 1, room: room - taken, bits: bits + occurring[index] * length))
      }
    }
    return search(0, room: 1 << limit, bits: 0)
  }

  @Test func fibonacciCountsAreHeldToTheLimit() throws {
    var counts = [1, 1]
    for _ in 0..<28 { counts.append(counts[counts.count - 1] + counts[counts.count - 2]) }
    for limit in 5...15 {
      let lengths = HuffmanCode.lengths(frequencies: counts, limit: limit)
      #expect(lengths.max() == UInt8(limit))
      #expect(throws: Never.self) { try HuffmanCode(lengths: lengths) }
    }
  }

  @Test func aFullAlphabetAtItsLimitIsFlat() {
    let lengths = HuffmanCode.lengths(frequencies: (0..<16).map { 1 + $0 * $0 }, limit: 4)
    #expect(lengths == [UInt8](repeating: 4, count: 16))
  }

  @Test func equalCountsGiveLaterSymbolsTheLongerWords() {
    #expect(HuffmanCode.lengths(frequencies: [1, 1, 1], limit: 15) == [1, 2, 2])
    #expect(HuffmanCode.lengths(frequencies: [3, 3, 3, 3, 3], limit: 15) == [2, 2, 2, 3, 3])
  }

  @Test(arguments: [1, 2, 3, 17, 256]) func randomTextsComeBack(symbols: Int) throws {
    var generator = SeededGenerator(seed: UInt64(symbols))
    let text = (0..<4000).map { _ in
      min(
        Int.random(in: 0..<symbols, using: &generator),
        Int.random(in: 0..<symbols, using: &generator))
    }
    var frequencies = [Int](repeating: 0, count: symbols)
    for symbol in text { frequencies[symbol] += 1 }
    let code = HuffmanCode(frequencies: frequencies, limit: 12)
    var writer = BitWriter()
    for symbol in text { code.encode(symbol, into: &writer) }
    #expect(writer.bitCount == code.codedBits(frequencies: frequencies))
    #expect(Double(writer.bitCount) >= Entropy.bits(frequencies: frequencies) - 1e-6)
    #expect(Double(writer.bitCount) <= Entropy.bits(frequencies: frequencies) + 4000)
    var reader = BitReader(writer.bytes, bits: 0..<writer.bitCount)
    #expect(try text.allSatisfy { try code.decode(from: &reader) == $0 })
    #expect(reader.remaining == 0)
  }
}
