// How a list of code lengths is written down. Lengths of neighbouring symbols are close: those of
// gaps grow slowly, those of codes rise and fall like the logarithm of a bell. So a length is said
// relative to the last one before it that was not 0, most of them in one bit or two; until there is
// one, a length is 4 bits. Formats/Blob.md, "Code tables".
//
//     0 the same    10 one more    110 one less    1110 no word    1111 and 4 bits: that length
//
// On small layers the description is a good part of what is paid, and the shortest words for the
// counts at hand make a restless list. Words for smoothed counts are a few bits longer and said in
// fewer; both are sized, description and words together, and the best is taken.

extension HuffmanCode {
  /// Lengths that can be described.
  public static let describedLengths: ClosedRange<Int> = 0...12

  /// Bits of the description of these lengths.
  public static func descriptionBits(_ lengths: [UInt8]) -> Int {
    var bits = 0
    var last = 0
    for length in lengths {
      bits += step(from: last, to: Int(length)).bits
      if length > 0 { last = Int(length) }
    }
    return bits
  }

  /// Lengths, 0 too, that differ from the last one before them that is not 0: what takes a reader's time.
  public static func changes(in lengths: [UInt8]) -> Int {
    var last: UInt8 = 0
    return lengths.count { length in
      defer { if length > 0 { last = length } }
      return last > 0 && length != last
    }
  }

  /// Appends the description of these lengths.
  ///
  /// - Precondition: each is in ``describedLengths``.
  public static func describe(_ lengths: [UInt8], into writer: inout BitWriter) {
    var last = 0
    for length in lengths {
      precondition(describedLengths.contains(Int(length)))
      let (bits, count) = step(from: last, to: Int(length))
      writer.append(bits, count: count)
      if length > 0 { last = Int(length) }
    }
  }

  /// The lengths of `count` symbols from their description.
  ///
  /// - Throws: ``EntropyCodingError/endOfBits(at:)`` and
  ///   ``EntropyCodingError/lengthOutside(symbol:length:)``; whether the lengths are those of a
  ///   code is not looked at.
  public static func describedLengths(
    count: Int, from reader: inout BitReader
  ) throws(EntropyCodingError) -> [UInt8] {
    var lengths: [UInt8] = []
    var last = 0
    for symbol in 0..<count {
      var ones = last == 0 ? 4 : 0
      while ones < 4 {
        if try reader.read(1) == 0 { break }
        ones += 1
      }
      let length =
        switch ones {
        case 0: last
        case 1: last + 1
        case 2: last - 1
        case 3: 0
        default: Int(try reader.read(4))
        }
      let lowest = last > 0 && ones != 3 ? 1 : 0
      guard length >= lowest && length <= describedLengths.upperBound else {
        throw .lengthOutside(symbol: symbol, length: length)
      }
      if length > 0 { last = length }
      lengths.append(UInt8(length))
    }
    return lengths
  }

  /// The bits, first one lowest, that say `length` after a last one, which is 0 if there is none.
  private static func step(from last: Int, to length: Int) -> (word: UInt32, bits: Int) {
    if last == 0 { return (UInt32(length), 4) }
    switch length {
    case last: return (0, 1)
    case last + 1: return (1, 2)
    case last - 1 where length > 0: return (3, 3)
    case 0: return (7, 4)
    default: return (15 | UInt32(length) << 4, 8)
    }
  }

  // MARK: Lengths worth describing

  /// Lengths of a code for these counts that are short to describe as well.
  ///
  /// Never more bits, description and text together, than the lengths that make the text shortest.
  ///
  /// - Parameters:
  ///   - frequencies: as for ``lengths(frequencies:limit:)``, whose preconditions hold here.
  ///   - tail: symbols at the end that have nothing to do with their neighbours.
  ///   - reaches: to how many neighbours on either side counts are smoothed.
  /// - Complexity: that of ten calls of ``lengths(frequencies:limit:)``.
  public static func plainLengths(
    frequencies: [Int], limit: Int, tail: Int, reaches: [Int] = [1, 2, 4, 8]
  ) -> [UInt8] {
    var best = lengths(frequencies: frequencies, limit: limit)
    let head = frequencies.count - tail
    guard head > 2, best.count(where: { $0 > 0 }) > 2 else { return best }
    var fewest = totalBits(frequencies, best)
    for counts in smoothed(Array(frequencies[..<head]), reaches) {
      let all = counts + frequencies[head...].map { 16 * $0 }
      guard all.count(where: { $0 > 0 }) <= 1 << limit else { continue }
      let candidate = lengths(frequencies: all, limit: limit)
      let bits = totalBits(frequencies, candidate)
      if bits < fewest { (fewest, best) = (bits, candidate) }
    }
    return best
  }

  private static func totalBits(_ frequencies: [Int], _ lengths: [UInt8]) -> Int {
    codedBits(frequencies: frequencies, lengths: lengths) + descriptionBits(lengths)
  }

  /// Sixteen times the counts, smoothed in several ways: means over neighbours, and the falling
  /// counts next to these; each with words for all symbols, and for those that occur.
  private static func smoothed(_ counts: [Int], _ reaches: [Int]) -> [[Int]] {
    var all: [[Int]] = []
    for reach in reaches where 2 * reach < counts.count {
      all.append(
        counts.indices.map { center in
          let window = max(0, center - reach)...min(counts.count - 1, center + reach)
          return 16 * counts[window].reduce(0, +) / window.count
        })
    }
    all.append(falling(counts))
    return all.flatMap { smooth in
      [
        zip(smooth, counts).map { max($0, 1, $1) },
        zip(smooth, counts).map { $1 > 0 ? max($0, 1) : 0 },
      ]
    }
  }

  /// The nearest counts that never rise, by pooling neighbours that do.
  private static func falling(_ counts: [Int]) -> [Int] {
    var pools: [(sum: Int, count: Int)] = []
    for count in counts {
      var pool = (sum: count, count: 1)
      while let before = pools.last, before.sum * pool.count < pool.sum * before.count {
        pool = (sum: pool.sum + before.sum, count: pool.count + before.count)
        pools.removeLast()
      }
      pools.append(pool)
    }
    return pools.flatMap { Array(repeating: 16 * $0.sum / $0.count, count: $0.count) }
  }
}
