// One stream holds both where the survivors of a sparse matrix are and what they are, interleaved,
// so that a decoder can multiply as it reads: the matrix is taken row by row as one sequence of
// `total` positions, rows running on with no terminators, and reading starts at position 0.
//
// Gaps. The alphabet has K + 1 symbols. A plain gap g in 0 ..< K skips g positions; the survivor
// there follows with its value, and position g + 1 is next. Symbol K is a jump: it skips K
// positions and no value follows. The stream ends with the symbol that carries the position to
// `total` or past it: so after the last survivor there are jumps and perhaps a plain gap whose
// place lies past the end (no value follows it), or nothing at all if the last position survives.
//
// Bitmap. One bit a position; a 1 is followed at once by the survivor's value.
//
// Values. Each is a symbol of a second alphabet, or 32 raw bits.
//
// Both alphabets are canonical Huffman codes. Where nothing survives, both are empty (a gap
// alphabet with K = 1 of two lengths 0) and there are no bits.

/// Positions and values of the survivors in a sparse matrix, coded as one stream of bits.
public struct SparseStream: Equatable, Sendable {
  /// How the stream says which positions survive.
  public enum Mask: Hashable, Sendable {
    /// Huffman-coded gaps; K + 1 code lengths, the last of them the jump's. K is in 1...255.
    case gaps(lengths: [UInt8])
    /// One bit a position.
    case bitmap
  }

  /// How the stream says what value a survivor has.
  public enum ValueCode: Hashable, Sendable {
    /// Huffman-coded; one code length for each of 0...256 possible values.
    case codes(lengths: [UInt8])
    /// 32 bits each, the lowest first.
    case words
  }

  public let mask: Mask
  public let valueCode: ValueCode

  /// The stream, least significant bit of each byte first; unused high bits of the last byte are 0.
  public let bytes: [UInt8]

  /// How many bits of `bytes` are used; `bytes.count` is this over 8, rounded up.
  public let bitCount: Int

  /// A stream as it was found; nothing is checked before it is decoded.
  public init(mask: Mask, valueCode: ValueCode, bytes: [UInt8], bitCount: Int) {
    self.mask = mask
    self.valueCode = valueCode
    self.bytes = bytes
    self.bitCount = bitCount
  }

  /// K, which a jump skips; nil for a bitmap.
  public var jump: Int? {
    if case .gaps(let lengths) = mask { lengths.count - 1 } else { nil }
  }

  /// The gap alphabet's K + 1 code lengths; empty for a bitmap.
  public var gapLengths: [UInt8] {
    if case .gaps(let lengths) = mask { lengths } else { [] }
  }

  /// The value alphabet's code lengths; empty where values are raw words.
  public var codeLengths: [UInt8] {
    if case .codes(let lengths) = valueCode { lengths } else { [] }
  }

  /// Bytes of the descriptions of the two lists of code lengths.
  public var tableBytes: Int { Self.tableBytes(gapLengths) + Self.tableBytes(codeLengths) }

  static func tableBytes(_ lengths: [UInt8]) -> Int {
    (HuffmanCode.descriptionBits(lengths) + 7) / 8
  }

  /// Numbers of symbols that a gap alphabet may have: a jump and 1 to 255 plain gaps.
  static let gapAlphabet = 2...256

  /// Numbers of symbols that a value alphabet may have.
  static let valueAlphabet = 0...256
}

/// What the survivors of a sparse matrix are, in the order of their positions.
public enum SparseValues: Equatable, Sendable {
  /// Small numbers, each in 0 ..< `levels`; `levels` is at most 256.
  case codes([UInt8], levels: Int)
  /// 32 bits each, for instance the bit pattern of a float32.
  case words([UInt32])

  /// How many survivors there are.
  public var count: Int {
    switch self {
    case .codes(let codes, _): codes.count
    case .words(let words): words.count
    }
  }
}

/// Survivors of a sparse matrix: positions in the row-major sequence, ascending, and their values.
public struct SparseSurvivors: Equatable, Sendable {
  public let positions: [Int]
  public let values: SparseValues

  /// - Precondition: as many values as positions.
  public init(positions: [Int], values: SparseValues) {
    precondition(positions.count == values.count)
    self.positions = positions
    self.values = values
  }
}
