/// Bits appended to bytes, the least significant bit of each byte first, as in DEFLATE.
///
///     var writer = BitWriter()
///     writer.append(0b101, count: 3)
///     writer.append(0b1, count: 1)
///     writer.bytes  // [0b0000_1101]
public struct BitWriter: Sendable {
  private var full: [UInt8] = []
  private var pending: UInt64 = 0
  private var pendingCount = 0

  public init() {}

  /// How many bits were appended.
  public var bitCount: Int { full.count * 8 + pendingCount }

  /// The bits so far; the unused high bits of the last byte are zero.
  public var bytes: [UInt8] {
    pendingCount == 0 ? full : full + [UInt8(truncatingIfNeeded: pending)]
  }

  /// Appends the `count` lowest bits of `bits`, lowest first.
  ///
  /// - Precondition: `count` is in 0...32 and no higher bit of `bits` is set.
  public mutating func append(_ bits: UInt32, count: Int) {
    precondition(count >= 0 && count <= 32 && UInt64(bits) >> UInt64(count) == 0)
    pending |= UInt64(bits) << UInt64(pendingCount)
    pendingCount += count
    while pendingCount >= 8 {
      full.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      pendingCount -= 8
    }
  }
}

extension BitWriter {
  /// Any number of zero bits.
  package mutating func appendZeros(_ count: Int) {
    for _ in 0..<count / 32 { append(0, count: 32) }
    append(0, count: count % 32)
  }
}
