extension EntropyCodingError {
  /// One sentence for people: the place and the cause.
  public var sentence: String {
    switch self {
    case .endOfBits(let bit):
      "The coded bits end too early, at bit \(bit)."
    case .lengthTooLong(let symbol, let length):
      "Symbol \(symbol) has code length \(length); \(HuffmanCode.longestLength) is the most."
    case .lengthOutside(let symbol, let length):
      "The code length of symbol \(symbol) comes to \(length), which is none that it may have."
    case .oversubscribed:
      "The code lengths ask for more code words than there are."
    case .incomplete:
      "The code lengths leave bit patterns that mean nothing."
    case .loneSymbolLength(let symbol, let length):
      "Symbol \(symbol) is the only one of its alphabet and must have length 1, not \(length)."
    case .emptyAlphabet(let bit):
      "A symbol is needed at bit \(bit), but its alphabet is empty."
    case .bitsLeftOver(let count):
      "The last position is reached with \(count) bits left over."
    case .byteCount(let bit):
      "The number of bytes at bit \(bit) is not in its shortest form, or too large."
    case .column(let at): "The column at bit \(at) is outside its row, or not behind the one before."
    case .level(let at): "The code at bit \(at) has no level."
    case .fillBitSet:
      "An unused bit after the last coded bit is set; it must be zero."
    }
  }
}
