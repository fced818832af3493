// A fast reader of gaps checks its position once a row and no bit count at all. Behind the last
// lane of a bank stand bytes FF: once such a reader has strayed there, every gap is the all-ones
// word, which carries it on by A positions, so that it is through with its row after ceil(columns /
// A) pairs of gap and code. Of these the first may begin within the pad's first pair, where what
// straddled its beginning ends, and the last load of 4 bytes may start at the last pair's first
// bit. Raw values and the other masks are read with a look before every load, for which the 4 bytes
// are there. Formats/Blob.md, "Banks".

enum Pad {
  static let byte: UInt8 = 0xFF

  /// Pad bytes behind lanes of which every load is checked.
  static let least = 4

  /// Pad bytes that a lane with bits asks of its bank.
  ///
  /// - Parameters:
  ///   - gapLengths: codes with at least one symbol; none without gaps.
  ///   - valueLengths: one alphabet or several; none for raw f32.
  static func bytes(
    gapLengths: [[UInt8]], valueLengths: [[UInt8]], columns: Int
  ) -> Int {
    guard let longest = valueLengths.map(longestWord).max() else { return least }
    let bits = gapLengths.compactMap { lengths -> Int? in
      guard let symbol = allOnesSymbol(lengths) else { return nil }
      let advance = max(1, symbol == lengths.count - 1 ? symbol : symbol + 1)
      return (columns + advance - 1) / advance * (longestWord(lengths) + longest)
    }
    return bits.max().map { ($0 + 7) / 8 + least } ?? least
  }

  /// Bits of the longest word; 0 for an alphabet of one symbol or none.
  static func longestWord(_ lengths: [UInt8]) -> Int {
    let used = lengths.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    return used < 2 ? 0 : Int(lengths.max() ?? 0)
  }

  /// The last symbol among those with the longest words.
  private static func allOnesSymbol(_ lengths: [UInt8]) -> Int? {
    guard let longest = lengths.max(), longest > 0 else { return nil }
    return lengths.lastIndex(of: longest)
  }
}
