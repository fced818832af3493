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
  fileprivate func counts(jump: Int) -> LaneCounts {
    var counts = LaneCounts(symbols: jump + 1, tail: tail, jump: jump)
    for (gap, count) in gaps {
      let (jumps, rest) = gap.quotientAndRemainder(dividingBy: jump)
      counts.symbols[rest] += count
      counts.symbols[jump] += count * jumps
    }
    return counts
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
  fileprivate func counts(jump: Int) -> LaneCounts {
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

/// How often each symbol of a lane occurs; the last symbol jumps.
private struct LaneCounts {
  var symbols: [Int]
  /// The first symbol that reaches the end from where no more jumps are needed; nil if none does.
  let firstClosing: Int?

  /// - Parameter symbols: how many there are, in `jump` equal parts and the jump.
  init(symbols count: Int, tail: Int, jump: Int) {
    symbols = [Int](repeating: 0, count: count)
    guard tail > 0 else {
      firstClosing = nil
      return
    }
    let jumps = (tail - 1) / jump
    symbols[count - 1] += jumps
    firstClosing = (tail - jumps * jump) * ((count - 1) / jump)
  }
}

/// How often the symbols of gaps, or of gaps and codes, occur in the lanes of a layer for one K,
/// with the symbols that end the lanes.
struct GapCounts {
  let jump: Int
  let total: [Int]
  /// For each lane the symbol that ends it; nil where nothing is left.
  let closings: [Int?]
  private let lanes: [[Int]]

  /// For a layer without survivors.
  init(jump: Int) {
    (self.jump, total, closings, lanes) = (jump, [Int](repeating: 0, count: jump + 1), [], [])
  }

  init(jump: Int, _ histograms: [GapHistogram]) {
    self.init(jump: jump, histograms.map { $0.counts(jump: jump) })
  }

  init(jump: Int, _ histograms: [JointHistogram]) {
    self.init(jump: jump, histograms.map { $0.counts(jump: jump) })
  }

  private init(jump: Int, _ counts: [LaneCounts]) {
    var lanes = counts.map(\.symbols)
    var total = lanes[0]
    for lane in lanes.dropFirst() { for symbol in total.indices { total[symbol] += lane[symbol] } }
    // The most frequent symbol that reaches the end, the least of equals.
    let closings = counts.map { lane in
      lane.firstClosing.map { first in
        (first..<total.count).max { (total[$0], $1) < (total[$1], $0) } ?? first
      }
    }
    for (lane, closing) in closings.enumerated() {
      guard let closing else { continue }
      lanes[lane][closing] += 1
      total[closing] += 1
    }
    (self.jump, self.total, self.closings, self.lanes) = (jump, total, closings, lanes)
  }

  /// Symbols that occur.
  var used: Int { total.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } }

  /// Bits of each lane under these code lengths.
  func laneBits(_ lengths: [UInt8]) -> [Int] {
    let words = lengths.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    return lanes.map { lane in
      words < 2 ? 0 : zip(lane, lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
    }
  }

  /// Whole bytes that jumps, and symbols with words of more than 8 bits, are charged at so many
  /// bits each.
  func charge(jumps: Double, long: Double, _ lengths: [UInt8]) -> Int {
    let slow = zip(total, lengths).reduce(0) { $0 + ($1.1 > 8 ? $1.0 : 0) }
    return Int((jumps * Double(total[total.count - 1]) + long * Double(slow)) / 8)
  }
}
