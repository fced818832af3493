// A canonical prefix code is known by the lengths of its words alone. Words are numbered by
// (length, symbol) as in DEFLATE (RFC 1951, 3.2.2), and a word's most significant bit goes first
// into a stream that fills bytes from their least significant bit: so words are kept bit-reversed,
// and the decoder looks up as many bits as the longest word has in a table of every pattern.

/// A canonical Huffman code with words of at most 15 bits.
///
/// Two degenerate alphabets are defined. One without symbols (all lengths 0) codes nothing. One
/// with a single symbol gives it length 1 in the list of lengths, but codes it in no bits at all.
public struct HuffmanCode: Equatable, Sendable {
  /// The most bits a code word can have.
  public static let longestLength = 15

  /// For each symbol the length of its word; 0 for a symbol that never occurs.
  public let lengths: [UInt8]

  /// Bits in the longest word as it is coded: 0 for the two degenerate alphabets.
  public let longest: Int

  /// The symbol whose word is all ones, or the only symbol there is; nil for the empty alphabet.
  public let allOnesSymbol: Int?

  /// Code words, bit-reversed, by symbol.
  private let words: [UInt16]

  /// `symbol << 4 | coded length` for each pattern of `longest` bits; empty without symbols.
  private let table: [UInt32]

  /// The code that these lengths stand for.
  ///
  /// - Precondition: at most 65,536 symbols.
  /// - Throws: ``EntropyCodingError`` unless the lengths are at most 15 and fill the code space
  ///   exactly (Kraft sum 1) or describe one of the degenerate alphabets.
  public init(lengths: [UInt8]) throws(EntropyCodingError) {
    precondition(lengths.count <= 1 << 16)
    try HuffmanCode.check(lengths)
    self.init(checkedLengths: lengths)
  }

  /// The code that takes the fewest bits for these symbol counts, no word longer than `limit`.
  ///
  /// - SeeAlso: ``lengths(frequencies:limit:)``, whose preconditions hold here.
  public init(frequencies: [Int], limit: Int) {
    self.init(checkedLengths: Self.lengths(frequencies: frequencies, limit: limit))
  }

  init(checkedLengths lengths: [UInt8]) {
    self.lengths = lengths
    let used = lengths.indices.filter { lengths[$0] > 0 }
    longest = used.count < 2 ? 0 : Int(lengths.max() ?? 0)
    allOnesSymbol = used.max { (lengths[$0], $0) < (lengths[$1], $1) }
    words = used.count < 2 ? [UInt16](repeating: 0, count: lengths.count) : Self.words(lengths)
    table = Self.table(used: used, lengths: lengths, words: words, longest: longest)
  }

  /// Bits that `symbol` takes in a stream.
  public func codedLength(of symbol: Int) -> Int { longest == 0 ? 0 : Int(lengths[symbol]) }

  /// Bits that a text with these symbol counts takes.
  ///
  /// - Precondition: one count a symbol; no count but 0 for a symbol without a word.
  public func codedBits(frequencies: [Int]) -> Int {
    Self.codedBits(frequencies: frequencies, lengths: lengths)
  }

  /// Appends the word of `symbol`.
  ///
  /// - Precondition: the symbol has a word.
  public func encode(_ symbol: Int, into writer: inout BitWriter) {
    precondition(lengths[symbol] > 0, "symbol \(symbol) has no code word")
    writer.append(UInt32(words[symbol]), count: codedLength(of: symbol))
  }

  /// Reads one symbol.
  ///
  /// - Throws: ``EntropyCodingError/endOfBits(at:)`` or ``EntropyCodingError/emptyAlphabet(at:)``.
  public func decode(from reader: inout BitReader) throws(EntropyCodingError) -> Int {
    guard !table.isEmpty else { throw .emptyAlphabet(at: reader.position) }
    let entry = table[Int(truncatingIfNeeded: reader.peek() & (1 << UInt64(longest) - 1))]
    try reader.skip(Int(entry & 15))
    return Int(entry >> 4)
  }

  static func codedBits(frequencies: [Int], lengths: [UInt8]) -> Int {
    precondition(frequencies.count == lengths.count)
    var bits = 0
    var used = 0
    for (frequency, length) in zip(frequencies, lengths) {
      precondition(length > 0 || frequency == 0, "a symbol without a word occurs")
      bits += frequency * Int(length)
      used += length > 0 ? 1 : 0
    }
    return used < 2 ? 0 : bits
  }

  private static func check(_ lengths: [UInt8]) throws(EntropyCodingError) {
    var used = 0
    var kraft = 0
    for (symbol, length) in lengths.enumerated() where length > 0 {
      guard length <= longestLength else {
        throw .lengthTooLong(symbol: symbol, length: Int(length))
      }
      used += 1
      kraft += 1 << (longestLength - Int(length))
    }
    if used == 0 { return }
    if used == 1, let symbol = lengths.firstIndex(where: { $0 > 0 }) {
      guard lengths[symbol] == 1 else {
        throw .loneSymbolLength(symbol: symbol, length: Int(lengths[symbol]))
      }
      return
    }
    if kraft > 1 << longestLength { throw .oversubscribed }
    if kraft < 1 << longestLength { throw .incomplete }
  }

  /// Words numbered by (length, symbol), each bit-reversed.
  private static func words(_ lengths: [UInt8]) -> [UInt16] {
    var next = [Int](repeating: 0, count: longestLength + 2)
    for length in lengths where length > 0 { next[Int(length) + 1] += 1 }
    for length in 1...longestLength + 1 { next[length] = (next[length] + next[length - 1]) << 1 }
    return lengths.map { length in
      guard length > 0 else { return 0 }
      defer { next[Int(length)] += 1 }
      let padded = UInt16(truncatingIfNeeded: next[Int(length)] << (16 - Int(length)))
      return padded.bitReversed
    }
  }

  private static func table(
    used: [Int], lengths: [UInt8], words: [UInt16], longest: Int
  ) -> [UInt32] {
    if used.isEmpty { return [] }
    var table = [UInt32](repeating: 0, count: 1 << longest)
    for symbol in used {
      let length = longest == 0 ? 0 : Int(lengths[symbol])
      for pattern in stride(from: Int(words[symbol]), to: table.count, by: 1 << length) {
        table[pattern] = UInt32(symbol) << 4 | UInt32(length)
      }
    }
    return table
  }
}

extension UInt16 {
  /// The same bits in the opposite order.
  fileprivate var bitReversed: UInt16 {
    var bits = self
    bits = (bits & 0x5555) << 1 | (bits >> 1) & 0x5555
    bits = (bits & 0x3333) << 2 | (bits >> 2) & 0x3333
    bits = (bits & 0x0F0F) << 4 | (bits >> 4) & 0x0F0F
    return bits.byteSwapped
  }
}
