import EntropyCoding
import Tensors
import Testing

@Suite struct BitStreamTests {
  @Test func bitsFillBytesFromTheLowestBit() {
    var writer = BitWriter()
    writer.append(0b101, count: 3)
    writer.append(0, count: 0)
    writer.append(0b1, count: 1)
    #expect(writer.bitCount == 4)
    #expect(writer.bytes == [0b0000_1101])
    writer.append(0xABCD_EF01, count: 32)
    #expect(writer.bitCount == 36)
    #expect(writer.bytes == [0x1D, 0xF0, 0xDE, 0xBC, 0x0A])
  }

  @Test func anEmptyWriterHasNoBytes() {
    #expect(BitWriter().bytes.isEmpty)
    #expect(BitWriter().bitCount == 0)
  }

  @Test func whatIsWrittenIsRead() throws {
    var generator = SeededGenerator(seed: 1)
    var writer = BitWriter()
    var items: [(bits: UInt32, count: Int)] = []
    for _ in 0..<5000 {
      let count = Int.random(in: 0...32, using: &generator)
      let bits = UInt32(truncatingIfNeeded: generator.next() & (1 << UInt64(count) - 1))
      items.append((bits, count))
      writer.append(bits, count: count)
    }
    var reader = BitReader(writer.bytes, bits: 0..<writer.bitCount)
    for item in items { #expect(try reader.read(item.count) == item.bits) }
    #expect(reader.remaining == 0)
  }

  @Test func theReaderStopsAtTheEndOfItsRange() throws {
    var reader = BitReader([0xFF, 0xFF, 0xFF], bits: 3..<12)
    #expect(try reader.read(8) == 0xFF)
    #expect(throws: EntropyCodingError.endOfBits(at: 12)) { try reader.read(2) }
    #expect(reader.position == 11)
    #expect(try reader.read(1) == 1)
    #expect(throws: EntropyCodingError.endOfBits(at: 12)) { try reader.read(1) }
    #expect(try reader.read(0) == 0)
  }

  @Test(arguments: 0...9) func everyLengthOfBytesIsReadWhole(byteCount: Int) throws {
    let bytes = (0..<byteCount).map { UInt8(17 * $0 + 3) }
    var reader = BitReader(bytes, bits: 0..<8 * byteCount)
    for byte in bytes { #expect(try reader.read(8) == UInt32(byte)) }
    #expect(throws: EntropyCodingError.endOfBits(at: 8 * byteCount)) { try reader.read(1) }
  }
}
