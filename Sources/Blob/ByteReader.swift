import EntropyCoding

/// Fields read one after another from part of a blob; no read passes its end.
/// Formats/Blob.md, "Conventions".
struct ByteReader {
  private let bytes: [UInt8]
  private let end: Int
  /// The next byte to be read, counted from the first byte of the blob.
  private(set) var position: Int

  /// - Precondition: the range lies within the bytes.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - position }

  mutating func u8() throws(BlobFault) -> Int { Int(try little(1)) }

  mutating func u16() throws(BlobFault) -> Int { Int(try little(2)) }

  mutating func u32() throws(BlobFault) -> Int { Int(try little(4)) }

  /// Finite.
  mutating func f32(_ field: String) throws(BlobFault) -> Float {
    let value = Float(bitPattern: try little(4))
    guard value.isFinite else { throw .notFinite(field) }
    return value
  }

  /// Below 2^32, in its shortest form.
  mutating func varint() throws(BlobFault) -> Int {
    var value = 0
    for group in 0..<5 {
      let byte = try u8()
      value |= (byte & 0x7F) << (7 * group)
      if byte < 0x80 {
        if byte == 0 && group > 0 || value >= 1 << 32 { throw .varint }
        return value
      }
    }
    throw .varint
  }

  /// So many bytes as they are.
  mutating func bytes(_ count: Int) throws(BlobFault) -> [UInt8] {
    guard remaining >= count else { throw .planEnds }
    defer { position += count }
    return Array(bytes[position..<position + count])
  }

  /// - Precondition: the count was checked, so that it is no absurd allocation.
  mutating func varints(_ count: Int) throws(BlobFault) -> [Int] {
    var values: [Int] = []
    for _ in 0..<count { values.append(try varint()) }
    return values
  }

  /// The described code lengths of an alphabet of `count` symbols, and the bits up to a whole byte.
  mutating func codeLengths(_ count: Int, _ field: String) throws(BlobFault) -> [UInt8] {
    var bits = BitReader(bytes, bits: 8 * position..<8 * end)
    do throws(EntropyCodingError) {
      let lengths = try HuffmanCode.describedLengths(count: count, from: &bits)
      let spare = (8 - bits.position % 8) % 8
      if try bits.read(spare) != 0 { throw .fillBitSet }
      position = bits.position / 8
      return lengths
    } catch {
      switch error {
      case .endOfBits: throw .planEnds
      case .fillBitSet: throw .spareBits(field)
      default: throw .coding(error)
      }
    }
  }

  private mutating func little(_ count: Int) throws(BlobFault) -> UInt32 {
    guard remaining >= count else { throw .planEnds }
    var value: UInt32 = 0
    for byte in 0..<count { value |= UInt32(bytes[position + byte]) << UInt32(8 * byte) }
    position += count
    return value
  }
}
