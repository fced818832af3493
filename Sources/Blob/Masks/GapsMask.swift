import EntropyCoding

// The zeros before each survivor as a symbol below K, after as many jumps over K zeros as it takes. The
// gaps and jumps of every K in 1...255 follow from the histogram of distances between survivors, so that
// K costs no second pass over the positions. What ends a lane is counted too: any symbol will do that
// reaches the end, and the one that is most frequent already is taken.

/// Gaps by one alphabet for all rows.
enum GapsMask: GapsCoder {
  static let valueKinds = 0...2
  static let gapAlphabets = 1

  /// Every K.
  static func candidates(of layer: LayerCoding, beside _: [MaskCandidate]) -> [MaskCandidate] {
    if layer.positions.isEmpty {
      let none = layer.lanes.map { _ in 0 }
      return [layer.candidate(.gaps, maskBits: none, GapCounts(jump: 1), lengths: [0, 0])]
    }
    let histograms = layer.lanes.map { GapHistogram($0, positions: layer.positions) }
    let counts = layer.options.jumps.map { jump in
      GapCounts(jump: jump, histograms.map { $0.counts(jump: jump) })
    }
    return layer.described(counts, limit: layer.options.gapLimit) { counts, lengths in
      layer.candidate(.gaps, maskBits: counts.laneBits(lengths), counts, lengths: lengths)
    }
  }

  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int {
    guard let gaps = code.gaps.first, let symbol = gaps.allOnesSymbol else { return 0 }
    guard gaps.longest == 0 && (code.hasFreeValues || symbol == code.jump) else {
      return min(positions, bits)
    }
    return positions / (symbol == code.jump ? code.jump : symbol + 1)
  }
}

/// Gap and value, gap and value.
protocol GapsCoder: MaskCoder {}

extension GapsCoder {
  static func write(_ lane: inout LaneWriter) {
    // A layer without survivors has no symbols and no bits.
    guard lane.code.gaps.allSatisfy({ $0.allOnesSymbol != nil }) else { return }
    let last = lane.walk { lane, row, symbol, survivor in
      lane.code.gapCode(ofRow: row).encode(symbol, into: &lane.bits)
      if let survivor { lane.value(of: survivor) }
    }
    if let last, let closing = lane.closing {
      lane.code.gapCode(ofRow: last).encode(closing, into: &lane.bits)
    }
  }

  static func read(_ lane: inout LaneReader) throws(EntropyCodingError) {
    guard lane.code.gaps.first?.allOnesSymbol != nil else { return }
    var position = 0
    while position < lane.total {
      // Behind a value the next symbol is of the survivor's row, behind a jump of the one at hand.
      let alphabet = lane.code.gapCode(
        ofRow: lane.row(of: lane.positions.last == position - 1 ? position - 1 : position))
      let gap = try alphabet.decode(from: &lane.bits)
      position += gap
      if gap == lane.code.jump || position >= lane.total { continue }
      try lane.survivor(at: position)
      position += 1
    }
  }
}

/// How often each number of zeros stands before a survivor of a lane, and how many end it.
struct GapHistogram {
  private let gaps: [(gap: Int, count: Int)]
  private let tail: Int

  init(_ lane: LaneSurvivors, positions: [Int]) {
    var small = [Int](repeating: 0, count: 4096)
    var large: [Int: Int] = [:]
    var next = lane.positions.lowerBound
    for position in positions[lane.survivors] {
      let gap = position - next
      if gap < small.count { small[gap] += 1 } else { large[gap, default: 0] += 1 }
      next = position + 1
    }
    gaps =
      small.enumerated().compactMap { $1 > 0 ? (gap: $0, count: $1) : nil }
      + large.sorted { $0.key < $1.key }.map { (gap: $0.key, count: $0.value) }
    tail = lane.positions.upperBound - next
  }

  /// Symbols 0...K that say all this, but for the one that ends the lane.
  func counts(jump: Int) -> LaneCounts {
    var counts = LaneCounts(symbols: jump + 1, tail: tail, jump: jump)
    for (gap, count) in gaps {
      let (jumps, rest) = gap.quotientAndRemainder(dividingBy: jump)
      counts.symbols[rest] += count
      counts.symbols[jump] += count * jumps
    }
    return counts
  }
}
