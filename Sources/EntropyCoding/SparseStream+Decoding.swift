// Positions only grow and bits are only consumed, so decoding ends after at most `total` symbols
// whatever the bytes are; a stream that ends well has used exactly the bits it claims.

extension SparseStream {
  /// The survivors that this stream stands for.
  ///
  /// Nothing in the stream is trusted; `total` is: a stream of a few bytes may rightly say that all
  /// positions survive, so the caller bounds it before memory for so many is taken.
  ///
  /// - Parameter total: positions in the matrix, rows times columns; 0 or more.
  /// - Throws: ``EntropyCodingError`` when the code lengths are no code, when the bits end early or
  ///   are left over, or when bits that must be zero are not.
  /// - Complexity: O(total) in the worst case, commonly O(survivors).
  public func decoded(total: Int) throws(EntropyCodingError) -> SparseSurvivors {
    precondition(total >= 0)
    try checkBytes()
    let gaps = try gapCode()
    var values = ValueReader(code: try symbolCode())
    var reader = BitReader(bytes, bits: 0..<bitCount)
    var positions: [Int] = []
    if let gaps {
      try Self.readGaps(gaps, total: total, from: &reader, positions: &positions, values: &values)
    } else {
      try Self.readBitmap(total: total, from: &reader, positions: &positions, values: &values)
    }
    guard reader.remaining == 0 else { throw .bitsLeftOver(reader.remaining) }
    return SparseSurvivors(positions: positions, values: values.values)
  }

  /// The code of the gap alphabet; nil for a bitmap.
  func gapCode() throws(EntropyCodingError) -> HuffmanCode? {
    guard case .gaps(let lengths) = mask else { return nil }
    return try Self.code(lengths, allowed: Self.gapAlphabet)
  }

  /// The code of the value alphabet; nil for raw words.
  func symbolCode() throws(EntropyCodingError) -> HuffmanCode? {
    guard case .codes(let lengths) = valueCode else { return nil }
    return try Self.code(lengths, allowed: Self.valueAlphabet)
  }

  private static func code(
    _ lengths: [UInt8], allowed: ClosedRange<Int>
  ) throws(EntropyCodingError) -> HuffmanCode {
    guard allowed.contains(lengths.count) else {
      throw .alphabetSize(lengths.count, allowed: allowed)
    }
    return try HuffmanCode(lengths: lengths)
  }

  private func checkBytes() throws(EntropyCodingError) {
    guard bitCount >= 0 && bitCount <= bytes.count * 8 && bytes.count * 8 - bitCount < 8 else {
      throw .byteCount(bytes.count, bits: bitCount)
    }
    if bitCount % 8 > 0, let last = bytes.last, last >> UInt8(bitCount % 8) != 0 {
      throw .fillBitSet
    }
  }

  private static func readGaps(
    _ gaps: HuffmanCode, total: Int, from reader: inout BitReader, positions: inout [Int],
    values: inout ValueReader
  ) throws(EntropyCodingError) {
    if gaps.allOnesSymbol == nil { return }
    let jump = gaps.lengths.count - 1
    var position = 0
    while position < total {
      let symbol = try gaps.decode(from: &reader)
      position += symbol
      if symbol == jump || position >= total { continue }
      try values.read(from: &reader)
      positions.append(position)
      position += 1
    }
  }

  private static func readBitmap(
    total: Int, from reader: inout BitReader, positions: inout [Int], values: inout ValueReader
  ) throws(EntropyCodingError) {
    for position in 0..<total where try reader.read(1) == 1 {
      try values.read(from: &reader)
      positions.append(position)
    }
  }
}

/// Values as they are read, one after another.
private struct ValueReader {
  let code: HuffmanCode?
  private var codes: [UInt8] = []
  private var words: [UInt32] = []

  /// A reader of symbols of `code`, or of raw words where it is nil.
  init(code: HuffmanCode?) { self.code = code }

  mutating func read(from reader: inout BitReader) throws(EntropyCodingError) {
    if let code {
      codes.append(UInt8(truncatingIfNeeded: try code.decode(from: &reader)))
    } else {
      words.append(try reader.read(32))
    }
  }

  var values: SparseValues {
    if let code { .codes(codes, levels: code.lengths.count) } else { .words(words) }
  }
}
