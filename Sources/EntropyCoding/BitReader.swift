/// Reads a range of bits out of bytes, the least significant bit of each byte first.
///
/// No read passes the end of the range, whatever it asks for.
public struct BitReader: Sendable {
  private let bytes: [UInt8]

  /// The next bit to be read, counted from the first bit of the bytes.
  public private(set) var position: Int

  /// One past the last bit that may be read.
  public let end: Int

  /// A reader of `bits`, counted from the lowest bit of the first byte.
  ///
  /// - Precondition: `bits` lies within the bytes.
  public init(_ bytes: [UInt8], bits: Range<Int>) {
    precondition(bits.lowerBound >= 0 && bits.upperBound <= bytes.count * 8)
    self.bytes = bytes
    position = bits.lowerBound
    end = bits.upperBound
  }

  /// Bits not read yet.
  public var remaining: Int { end - position }

  /// The next `count` bits, the first of them lowest.
  ///
  /// - Precondition: `count` is in 0...32.
  /// - Throws: ``EntropyCodingError/endOfBits(at:)`` when fewer remain; nothing is read then.
  public mutating func read(_ count: Int) throws(EntropyCodingError) -> UInt32 {
    precondition(count >= 0 && count <= 32)
    let window = peek()
    try skip(count)
    return UInt32(truncatingIfNeeded: window & (1 << UInt64(count) - 1))
  }

  /// At least 32 of the bits that come next, the first of them lowest.
  ///
  /// Past the end of the range they are whatever follows in the bytes, past the bytes zero: a
  /// caller takes what it can use and then skips it, which is where the end is checked.
  func peek() -> UInt64 {
    let first = position >> 3
    let shift = UInt64(position & 7)
    if first + 8 <= bytes.count {
      return bytes.withUnsafeBytes { raw in
        UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: first, as: UInt64.self)) >> shift
      }
    }
    var window: UInt64 = 0
    for (place, byte) in bytes[min(first, bytes.count)...].enumerated() {
      window |= UInt64(byte) << UInt64(8 * place)
    }
    return window >> shift
  }

  /// Passes over `count` bits.
  ///
  /// - Throws: ``EntropyCodingError/endOfBits(at:)`` when fewer remain; nothing is skipped then.
  mutating func skip(_ count: Int) throws(EntropyCodingError) {
    guard count <= end - position else { throw .endOfBits(at: end) }
    position += count
  }
}
