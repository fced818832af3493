// A fast decoder checks the position once a row and no bit count at all. So behind the last stream
// of a parameter image stand 0xFF bytes, enough of them: once such a decoder has strayed into the
// pad, every gap it reads is the all-ones word, which carries the position A = g + 1 on for a plain
// gap g, or K for a jump. It is through with a row of `columns` positions after ceil(columns / A)
// gaps, each with a value behind it at most; two more pairs may be in its window, and a last load
// of 4 bytes may start at the last bit of all.

extension SparseStream {
  /// How many 0xFF bytes behind this stream keep an unchecked row decoder within them.
  ///
  /// ceil((ceil(columns / A) + 2) (GL + CL) / 8) + 4 for gaps, with GL and CL the bits of the
  /// longest gap and value words as they are coded (0 for the one word of a lone symbol; 32 for raw
  /// words); ceil(columns (1 + CL) / 8) + 4 for a bitmap; 0 for a stream of no bits.
  ///
  /// - Parameter columns: positions in a row; 0 or more.
  /// - Throws: ``EntropyCodingError`` when the code lengths are no code.
  public func minimumPadBytes(columns: Int) throws(EntropyCodingError) -> Int {
    precondition(columns >= 0)
    if bitCount == 0 { return 0 }
    let valueBits = try symbolCode()?.longest ?? 32
    guard let gaps = try gapCode() else { return (columns * (1 + valueBits) + 7) / 8 + 4 }
    guard let symbol = gaps.allOnesSymbol else { throw .bitsLeftOver(bitCount) }
    let advance = symbol == gaps.lengths.count - 1 ? symbol : symbol + 1
    let pairs = (columns + advance - 1) / advance + 2
    return (pairs * (gaps.longest + valueBits) + 7) / 8 + 4
  }
}
