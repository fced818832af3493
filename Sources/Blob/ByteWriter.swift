import EntropyCoding

/// Bytes appended, numbers little-endian. Formats/Blob.md, "Conventions".
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func u8(_ value: UInt8) { bytes.append(value) }

  mutating func u16(_ value: Int) { little(UInt32(value), bytes: 2) }

  mutating func u32(_ value: Int) { little(UInt32(value), bytes: 4) }

  mutating func u32(_ value: UInt32) { little(value, bytes: 4) }

  mutating func f32(_ value: Float) { little(value.bitPattern, bytes: 4) }

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// - Precondition: 0 ..< 2^32.
  mutating func varint(_ value: Int) {
    precondition(value >= 0 && value < 1 << 32)
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func varints(_ values: [Int]) { for value in values { varint(value) } }

  /// The description of an alphabet's code lengths, each at most 12, in whole bytes.
  mutating func codeLengths(_ lengths: [UInt8]) {
    var bits = BitWriter()
    HuffmanCode.describe(lengths, into: &bits)
    append(bits.bytes)
  }

  private mutating func little(_ value: UInt32, bytes count: Int) {
    for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))) }
  }
}

/// Bytes of a varint of `value`, 0 ..< 2^32.
func varintBytes(_ value: Int) -> Int {
  var count = 1
  var rest = value >> 7
  while rest > 0 {
    count += 1
    rest >>= 7
  }
  return count
}

/// Bytes of the description of an alphabet's code lengths.
func codeLengthBytes(_ lengths: [UInt8]) -> Int {
  (HuffmanCode.descriptionBits(lengths) + 7) / 8
}
