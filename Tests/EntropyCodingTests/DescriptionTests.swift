import EntropyCoding
import Tensors
import Testing

@Suite struct DescriptionTests {
  private func described(_ lengths: [UInt8]) throws -> [UInt8] {
    var writer = BitWriter()
    HuffmanCode.describe(lengths, into: &writer)
    #expect(writer.bitCount == HuffmanCode.descriptionBits(lengths))
    var reader = BitReader(writer.bytes, bits: 0..<writer.bitCount)
    let read = try HuffmanCode.describedLengths(count: lengths.count, from: &reader)
    #expect(reader.remaining == 0)
    return read
  }

  @Test func lengthsAreDescribedAsSpecified() {
    // 4 bits of 2; one less; the number 3; no word; one more; the same.
    var writer = BitWriter()
    HuffmanCode.describe([2, 1, 3, 0, 4, 4], into: &writer)
    #expect(writer.bitCount == 22)
    #expect(writer.bytes == [0xB2, 0x9F, 0x0B])
    #expect(HuffmanCode.descriptionBits([0, 0, 5, 5, 5]) == 4 + 4 + 4 + 1 + 1)
  }

  @Test func everyListComesBack() throws {
    var generator = SeededGenerator(seed: 1)
    for count in [0, 1, 2, 17, 256] {
      for most in 0...12 {
        let lengths = (0..<count).map { _ in UInt8.random(in: 0...UInt8(most), using: &generator) }
        #expect(try described(lengths) == lengths)
      }
    }
  }

  @Test(arguments: [
    ("1011", 1, EntropyCodingError.lengthOutside(symbol: 0, length: 13)),
    ("0011 10", 2, .lengthOutside(symbol: 1, length: 13)),
    ("1000 110", 2, .lengthOutside(symbol: 1, length: 0)),
    ("1000 1111 0000", 2, .lengthOutside(symbol: 1, length: 0)),
    ("1000 1111 0111", 2, .lengthOutside(symbol: 1, length: 14)),
    ("1000 111", 2, .endOfBits(at: 7)), ("100", 1, .endOfBits(at: 3)),
    ("1000 1111 01", 2, .endOfBits(at: 10)),
  ])
  func whatIsNoDescriptionIsRefused(text: String, count: Int, error: EntropyCodingError) {
    var writer = BitWriter()
    for bit in text where bit != " " { writer.append(bit == "1" ? 1 : 0, count: 1) }
    var reader = BitReader(writer.bytes, bits: 0..<writer.bitCount)
    #expect(throws: error) { try HuffmanCode.describedLengths(count: count, from: &reader) }
  }

  /// Never more in all than the shortest words, and valid.
  @Test func plainLengthsNeverCostMore() throws {
    var generator = SeededGenerator(seed: 2)
    var saved = 0
    for count in [1, 2, 3, 16, 40, 120] {
      for scale in [1, 5, 50, 1000] as [Float] {
        for tail in [0, 1] {
          let frequencies = (0..<count).map { symbol in
            Int(scale * generator.nextFloat() * 20 / Float(symbol + 1))
          }
          let plain = HuffmanCode.plainLengths(frequencies: frequencies, limit: 12, tail: tail)
          let shortest = HuffmanCode.lengths(frequencies: frequencies, limit: 12)
          let code = try HuffmanCode(lengths: plain)
          let bits = code.codedBits(frequencies: frequencies) + HuffmanCode.descriptionBits(plain)
          let others =
            try HuffmanCode(lengths: shortest).codedBits(frequencies: frequencies)
            + HuffmanCode.descriptionBits(shortest)
          #expect(bits <= others)
          #expect(plain.allSatisfy { $0 <= 12 })
          saved += others - bits
        }
      }
    }
    #expect(saved > 100)
  }
}
