/// What can be wrong with coded bits or with the code lengths that describe them.
///
/// Bits are counted from the start of the bytes that were handed in.
public enum EntropyCodingError: Error, Equatable, Sendable {
  /// The bits end at bit `at`, within a symbol or before the last position was reached.
  case endOfBits(at: Int)
  /// Symbol `symbol` claims a code word longer than ``HuffmanCode/longestLength``.
  case lengthTooLong(symbol: Int, length: Int)
  /// A described length of symbol `symbol` is outside ``HuffmanCode/describedLengths``, or is 0
  /// where that is said in another way.
  case lengthOutside(symbol: Int, length: Int)
  /// More code words than the lengths leave room for.
  case oversubscribed
  /// Some bit patterns would be no code word.
  case incomplete
  /// The only symbol of an alphabet must have length 1.
  case loneSymbolLength(symbol: Int, length: Int)
  /// A symbol was to be read at bit `at` from an alphabet that has none.
  case emptyAlphabet(at: Int)
  /// The last position was reached with this many bits to go.
  case bitsLeftOver(Int)
  /// A number of bytes that stands at bit `at` is not in its shortest form, or larger than any can be.
  case byteCount(at: Int)
  /// A column that stands at bit `at` is outside its row, or not behind the one before it.
  case column(at: Int)
  /// A code that stands at bit `at` has no level.
  case level(at: Int)
  /// An unused bit of the last byte is set.
  case fillBitSet
}
