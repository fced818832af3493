// Every way to write the mask is sized before any is written. The plain gaps and jumps for a given
// K follow from the histogram of the distances between survivors alone, so that K costs no second
// pass over the positions; the values cost the same whatever the mask. What closes the stream is
// counted too: any symbol will do that reaches the end, and the one that occurs most often already
// costs least (in an optimal code it can be given the shortest word among them, still so after it
// is counted once more).

/// What an encoder may use; the defaults are all that the stream allows.
public struct SparseLimits: Equatable, Sendable {
  /// Most bits in a gap's code word, 1...15.
  public var gapLength: Int
  /// Most bits in a value's code word, 1...15; at least 8 if all 256 values occur.
  public var codeLength: Int
  /// The values of K that are tried, within 1...255.
  public var jumps: ClosedRange<Int>
  /// Bits that a jump is charged beyond those it takes when values of K are compared: 0 for the
  /// smallest stream, a few hundredths for one with few jumps, which decodes faster.
  public var jumpCharge: Double
  /// Whether a plain bitmap may be chosen.
  public var allowsBitmap: Bool

  public init(
    gapLength: Int = 12, codeLength: Int = 12, jumps: ClosedRange<Int> = 1...255,
    jumpCharge: Double = 0, allowsBitmap: Bool = true
  ) {
    precondition(jumps.lowerBound >= 1 && jumps.upperBound <= 255)
    self.gapLength = gapLength
    self.codeLength = codeLength
    self.jumps = jumps
    self.jumpCharge = jumpCharge
    self.allowsBitmap = allowsBitmap
  }
}

extension SparseStream {
  /// The smallest stream for these survivors, its lists of code lengths counted with it.
  ///
  ///     let stream = SparseStream.encoded(survivors, total: rows * columns)
  ///
  /// Of equally small ones, charges for jumps included, the bitmap is taken first, then the least
  /// K.
  ///
  /// - Precondition: positions ascend strictly within 0 ..< `total`; codes are below their number
  ///   of levels; the symbols that occur fit the limits (of the values of K, those that do not are
  ///   passed over, but one must fit: K = 1 always does).
  /// - Complexity: O(n + total) time and memory for n survivors, and about 10 ms for all K.
  public static func encoded(
    _ survivors: SparseSurvivors, total: Int, limits: SparseLimits = SparseLimits()
  ) -> SparseStream {
    let positions = survivors.positions
    precondition(zip(positions, positions.dropFirst()).allSatisfy(<), "positions must ascend")
    precondition((positions.first ?? 0) >= 0 && (positions.last ?? -1) < total)
    let values = ValueWriter(survivors.values, limit: limits.codeLength)
    guard let last = positions.last else {
      return SparseStream(
        mask: .gaps(lengths: [0, 0]), valueCode: values.valueCode, bytes: [], bitCount: 0)
    }
    let gaps = GapCandidate.best(
      histogram: GapCandidate.histogram(positions), tail: total - 1 - last, limits: limits)
    var writer = BitWriter()
    let mask: Mask
    if let gaps, !limits.allowsBitmap || gaps.cost < Double(total) {
      mask = .gaps(lengths: gaps.lengths)
      gaps.write(positions: positions, values: values, into: &writer)
    } else {
      precondition(limits.allowsBitmap, "no K within the limits")
      mask = .bitmap
      writeBitmap(positions: positions, total: total, values: values, into: &writer)
    }
    return SparseStream(
      mask: mask, valueCode: values.valueCode, bytes: writer.bytes, bitCount: writer.bitCount)
  }

  private static func writeBitmap(
    positions: [Int], total: Int, values: ValueWriter, into writer: inout BitWriter
  ) {
    var position = 0
    for (index, survivor) in positions.enumerated() {
      writer.appendZeros(survivor - position)
      writer.append(1, count: 1)
      values.write(index, into: &writer)
      position = survivor + 1
    }
    writer.appendZeros(total - position)
  }
}

/// The values of a stream with the code they are written in.
private struct ValueWriter {
  let values: SparseValues
  let code: HuffmanCode?

  init(_ values: SparseValues, limit: Int) {
    self.values = values
    guard case .codes(let codes, let levels) = values else {
      code = nil
      return
    }
    precondition(SparseStream.valueAlphabet.contains(levels))
    var frequencies = [Int](repeating: 0, count: levels)
    for code in codes { frequencies[Int(code)] += 1 }
    code = HuffmanCode(frequencies: frequencies, limit: limit)
  }

  var valueCode: SparseStream.ValueCode {
    if let code { .codes(lengths: code.lengths) } else { .words }
  }

  func write(_ index: Int, into writer: inout BitWriter) {
    switch values {
    case .codes(let codes, _): code?.encode(Int(codes[index]), into: &writer)
    case .words(let words): writer.append(words[index], count: 32)
    }
  }
}

/// The gaps of a stream for one K, and what they cost.
private struct GapCandidate {
  let jump: Int
  let lengths: [UInt8]
  /// Zeros after the last survivor.
  let tail: Int
  /// The symbol that reaches the end, if the tail is not empty.
  let closing: Int?
  /// Bits of all gaps and of the list of their lengths, and the charge for the jumps among them.
  let cost: Double

  /// The least costly K, or nil if none fits the limits.
  static func best(
    histogram: [(gap: Int, count: Int)], tail: Int, limits: SparseLimits
  ) -> GapCandidate? {
    var best: GapCandidate?
    for jump in limits.jumps {
      guard
        let candidate = GapCandidate(
          jump: jump, histogram: histogram, tail: tail, limits: limits)
      else { continue }
      if best.map({ candidate.cost < $0.cost }) ?? true { best = candidate }
    }
    return best
  }

  /// (zeros before a survivor, how often), for those that occur.
  static func histogram(_ positions: [Int]) -> [(gap: Int, count: Int)] {
    var next = 0
    var counts: [Int] = []
    for position in positions {
      let gap = position - next
      if gap >= counts.count {
        counts += [Int](repeating: 0, count: max(gap + 1, 2 * counts.count) - counts.count)
      }
      counts[gap] += 1
      next = position + 1
    }
    return counts.enumerated().compactMap { $1 > 0 ? (gap: $0, count: $1) : nil }
  }

  /// Nil when more symbols occur than words within the limit can tell apart.
  init?(jump: Int, histogram: [(gap: Int, count: Int)], tail: Int, limits: SparseLimits) {
    var frequencies = [Int](repeating: 0, count: jump + 1)
    for (gap, count) in histogram {
      let (jumps, rest) = gap.quotientAndRemainder(dividingBy: jump)
      frequencies[rest] += count
      frequencies[jump] += count * jumps
    }
    let closing = Self.countClosing(tail: tail, jump: jump, frequencies: &frequencies)
    guard frequencies.reduce(0, { $0 + ($1 > 0 ? 1 : 0) }) <= 1 << limits.gapLength else {
      return nil
    }
    self.jump = jump
    self.tail = tail
    self.closing = closing
    lengths = HuffmanCode.lengths(frequencies: frequencies, limit: limits.gapLength)
    let bits =
      HuffmanCode.codedBits(frequencies: frequencies, lengths: lengths)
      + 8 * SparseStream.tableBytes(lengths)
    cost = Double(bits) + limits.jumpCharge * Double(frequencies[jump])
  }

  /// Counts the jumps of the tail and the cheapest symbol that ends it; returns that symbol.
  private static func countClosing(tail: Int, jump: Int, frequencies: inout [Int]) -> Int? {
    guard tail > 0 else { return nil }
    let jumps = (tail - 1) / jump
    frequencies[jump] += jumps
    var closing = tail - jumps * jump
    for symbol in closing...jump where frequencies[symbol] > frequencies[closing] {
      closing = symbol
    }
    frequencies[closing] += 1
    return closing
  }

  func write(positions: [Int], values: ValueWriter, into writer: inout BitWriter) {
    let code = HuffmanCode(checkedLengths: lengths)
    var next = 0
    for (index, position) in positions.enumerated() {
      var gap = position - next
      while gap >= jump {
        code.encode(jump, into: &writer)
        gap -= jump
      }
      code.encode(gap, into: &writer)
      values.write(index, into: &writer)
      next = position + 1
    }
    guard let closing else { return }
    for _ in 0..<(tail - 1) / jump { code.encode(jump, into: &writer) }
    code.encode(closing, into: &writer)
  }
}
