/// How often each symbol of a lane occurs; the last symbol jumps.
struct LaneCounts {
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

  /// Of lanes that no symbol ends.
  init(jump: Int, total: [Int]) { (self.jump, self.total, closings, lanes) = (jump, total, [], []) }

  /// - Parameter counts: of each lane.
  init(jump: Int, _ counts: [LaneCounts]) {
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
