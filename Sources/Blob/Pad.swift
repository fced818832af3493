// A fast reader of gaps checks its position once a row and no bit count at all. Behind the last
// lane of a bank stand bytes FF: once such a reader has strayed there, every gap is the all-ones
// word, which carries it on by A positions, so that it is through with its row after ceil(columns /
// A) of them. One more pair may straddle the pad's beginning, one more be read ahead, and the last
// load of 4 bytes may start at the last bit. Formats/Blob.md, "Banks".

enum Pad {
  static let byte: UInt8 = 0xFF

  /// Pad bytes that a lane with bits asks of its bank.
  ///
  /// - Parameters:
  ///   - gapLengths: a code with at least one symbol, or empty without gaps.
  ///   - valueLengths: nil for raw f32.
  static func bytes(
    mask: MaskKind, gapLengths: [UInt8], valueLengths: [UInt8]?, columns: Int
  ) -> Int {
    guard mask == .gaps, let symbol = allOnesSymbol(gapLengths) else { return 4 }
    let advance = max(1, symbol == gapLengths.count - 1 ? symbol : symbol + 1)
    let pairs = (columns + advance - 1) / advance + 2
    let pairBits = longestWord(gapLengths) + (valueLengths.map(longestWord) ?? 32)
    return (pairs * pairBits + 7) / 8 + 4
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
