import EntropyCoding

// In a layer where most positions survive, a gap of so many zeros is likelier before one level than before
// another, and most symbols are a gap of none: one symbol then says a gap and the code behind it.

/// Symbols that say a gap and a code together.
enum JointMask: MaskCoder {
  static let valueKinds = 1...1
  static let hasJumps = true
  static func symbols(levels: Int, jump: Int) -> Int { jump * levels + 1 }
  static func isAllowed(by options: CodingOptions) -> Bool { options.allowsJoint }

  /// Every K whose symbols an alphabet has room for.
  static func candidates(of layer: LayerCoding, beside _: [MaskCandidate]) -> [MaskCandidate] {
    guard case .table(let table, let codes) = layer.weights.values, codes.count > 0 else {
      return []
    }
    let levels = table.values.count
    let histograms = layer.lanes.map {
      JointHistogram($0, positions: layer.positions, codes: codes.values, levels: levels)
    }
    let counts = stride(from: 1, through: (BlobFormat.symbols - 1) / levels, by: 1).map { jump in
      GapCounts(jump: jump, histograms.map { $0.counts(jump: jump) })
    }
    let charge = layer.options.jointCharge
    return layer.described(counts, limit: BlobFormat.codeLength) { counts, lengths in
      let bits = counts.laneBits(lengths)
      return MaskCandidate(
        kind: .joint, jump: counts.jump, valueLengths: [lengths], closings: counts.closings,
        laneBits: bits,
        bytes: varintBytes(counts.jump) + codeLengthBytes(lengths) + layer.laneBytes(bits)
          + counts.charge(jumps: charge, long: charge, lengths),
        pad: bits.allSatisfy { $0 == 0 } ? 0 : Pad.least)
    }
  }

  static func write(_ lane: inout LaneWriter) {
    guard let symbols = lane.code.values.first else { return }
    let levels = lane.code.levels
    let last = lane.walk { lane, _, symbol, survivor in
      let level = survivor.map { lane.level(of: $0) } ?? 0
      symbols.encode(symbol * levels + level, into: &lane.bits)
    }
    if last != nil, let closing = lane.closing { symbols.encode(closing, into: &lane.bits) }
  }

  static func read(_ lane: inout LaneReader) throws(EntropyCodingError) {
    guard let symbols = lane.code.values.first, symbols.allOnesSymbol != nil else { return }
    var position = 0
    while position < lane.total {
      let symbol = try symbols.decode(from: &lane.bits)
      let (gap, level) = symbol.quotientAndRemainder(dividingBy: lane.code.levels)
      position += gap
      if gap == lane.code.jump || position >= lane.total { continue }
      lane.survivor(at: position, level: level)
      position += 1
    }
  }

  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int {
    guard let symbols = code.values.first, let symbol = symbols.allOnesSymbol else { return 0 }
    guard symbols.longest == 0 else { return min(positions, bits) }
    let gap = symbol / code.levels
    return positions / (gap == code.jump ? code.jump : gap + 1)
  }
}

/// How often each number of zeros stands before a survivor of each code, and how many end the lane.
struct JointHistogram {
  private let levels: Int
  /// By gap x levels + code, for gaps below `reach`.
  private var small: [Int]
  private var large: [(gap: Int, code: Int)] = []
  private let tail: Int
  private static let reach = 256

  init(_ lane: LaneSurvivors, positions: [Int], codes: [UInt8], levels: Int) {
    self.levels = levels
    small = [Int](repeating: 0, count: Self.reach * levels)
    var next = lane.positions.lowerBound
    for survivor in lane.survivors {
      let (gap, code) = (positions[survivor] - next, Int(codes[survivor]))
      if gap < Self.reach { small[gap * levels + code] += 1 } else { large.append((gap, code)) }
      next = positions[survivor] + 1
    }
    tail = lane.positions.upperBound - next
  }

  /// Symbols gap x levels + code, and K x levels for a jump, that say all this.
  func counts(jump: Int) -> LaneCounts {
    var counts = LaneCounts(symbols: jump * levels + 1, tail: tail, jump: jump)
    for gap in 0..<Self.reach {
      let (jumps, rest) = gap.quotientAndRemainder(dividingBy: jump)
      for code in 0..<levels {
        let count = small[gap * levels + code]
        counts.symbols[rest * levels + code] += count
        counts.symbols[jump * levels] += count * jumps
      }
    }
    for (gap, code) in large {
      counts.symbols[gap % jump * levels + code] += 1
      counts.symbols[jump * levels] += gap / jump
    }
    return counts
  }
}
