import EntropyCoding

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// Rows of a layer are unlike: some filters keep many weights, others few, and one alphabet of gaps
// suits neither. So rows may be of two classes, each with an alphabet of its own. A gap symbol is
// of the class of the row that its survivor's predecessor lies in, if it comes right behind that
// one's value, and else of the row in which the zeros that it counts begin: what a decoder has at
// hand.
//
// Which row is of which class is found as clusters are: each row goes to the alphabet in which its
// symbols take fewer bits, and each alphabet then follows its rows, until nothing moves; from a few
// splits by density, of which the best is kept. Formats/Blob.md, "Weights" and "Lanes".

/// Gaps by one of two alphabets, each row of one class.
enum RowClassesMask: GapsCoder {
  static let valueKinds = 1...2
  static let gapAlphabets = 2
  static func isAllowed(by options: CodingOptions) -> Bool { options.allowsRowClasses }

  /// For K about as large as the best of one alphabet; they are tried where gaps are near the
  /// smallest, since they save some percent at most.
  static func candidates(of layer: LayerCoding, beside others: [MaskCandidate]) -> [MaskCandidate] {
    let others = others.isEmpty ? GapsMask.candidates(of: layer, beside: []) : others
    let weights = layer.weights
    guard case .table = weights.values, weights.rows > 1, !weights.positions.isEmpty,
      let gaps = others.filter({ $0.kind == .gaps }).min(by: { $0.bytes < $1.bytes }),
      let smallest = others.map(\.bytes).min(), gaps.bytes <= smallest + smallest / 32
    else { return [] }
    func candidate(_ share: Double, starts: [Double]) -> MaskCandidate? {
      RowClasses(
        jump: max(1, Int(Double(gaps.jump) * share)), starts: starts, lanes: layer.lanes,
        weights: weights, limit: layer.options.gapLimit
      ).map { Self.candidate(of: layer, $0) }
    }
    // On most layers one look tells that rows are alike.
    guard let first = candidate(0.7, starts: [0.5]) else { return [] }
    if first.bytes > gaps.bytes + gaps.bytes / 256 { return [first] }
    return [1, 0.85, 0.75, 0.6, 0.5, 0.4, 0.3].compactMap {
      candidate($0, starts: [0.3, 0.45, 0.6, 0.7, 0.85])
    }
  }

  private static func candidate(of layer: LayerCoding, _ classes: RowClasses) -> MaskCandidate {
    let (values, options) = (layer.gapValues, layer.options)
    let bits = zip(classes.laneBits, values.laneBits).map { $0 + $1 }
    let charge = Int(
      (options.jumpCharge * Double(classes.jumps) + options.longCharge * Double(classes.longWords))
        / 8)
    return MaskCandidate(
      kind: .gapsByRow, jump: classes.jump, gapLengths: classes.lengths,
      isSecond: classes.isSecond, valueLengths: values.lengths, closings: classes.closings,
      laneBits: bits,
      bytes: values.lengths.reduce(layer.laneBytes(bits) + classes.tableBytes + charge) {
        $0 + codeLengthBytes($1)
      },
      pad: Pad.bytes(
        gapLengths: classes.lengths, valueLengths: values.lengths, columns: layer.weights.columns))
  }

  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int {
    code.gaps.contains { $0.longest == 0 } ? positions : min(positions, bits)
  }
}

/// Gaps of one K under two alphabets by rows.
private struct RowClasses {
  let jump: Int
  /// For each row whether it is of the second class.
  let isSecond: [Bool]
  /// Code lengths of gap symbols 0...K for each class; both have a symbol.
  let lengths: [[UInt8]]
  /// For each lane the symbol that ends it; nil where nothing is left.
  let closings: [Int?]
  let laneBits: [Int]
  /// Symbols that are jumps, and symbols that have words of more than 8 bits.
  let jumps: Int
  let longWords: Int

  /// Bytes of what is said once: K, alphabets and the classes of rows.
  var tableBytes: Int {
    lengths.reduce(varintBytes(jump) + (isSecond.count + 7) / 8) { $0 + codeLengthBytes($1) }
  }

  var bytes: Int { laneBits.reduce(8 * tableBytes + 7, +) / 8 }

  /// The best split for this K; nil where one class has no symbol, or words would have to be longer
  /// than `limit`.
  ///
  /// - Parameter starts: shares of the rows, the sparsest, that are of the first class to begin
  ///   with.
  /// - Complexity: O(survivors) a start and round, of which there are at most 12.
  init?(
    jump: Int, starts: [Double], lanes: [LaneSurvivors], weights: BlobWeights, limit: Int
  ) {
    let symbols = RowSymbols(jump: jump, lanes: lanes, weights: weights)
    let density = symbols.survivors
    let ranked = density.indices.sorted { (density[$0], $0) < (density[$1], $1) }
    var best: RowClasses?
    for share in starts {
      var isSecond = [Bool](repeating: false, count: weights.rows)
      for row in ranked.dropFirst(Int(share * Double(ranked.count))) { isSecond[row] = true }
      symbols.settle(&isSecond)
      guard let found = RowClasses(symbols, isSecond, limit: limit) else { continue }
      if found.bytes < best?.bytes ?? .max { best = found }
    }
    guard let best else { return nil }
    self = best
  }

  private init?(_ symbols: RowSymbols, _ isSecond: [Bool], limit: Int) {
    var totals = symbols.totals(isSecond)
    var closings: [Int?] = []
    for tail in symbols.tails {
      guard let tail else {
        closings.append(nil)
        continue
      }
      let counts = totals[isSecond[tail.row] ? 1 : 0]
      let closing = (tail.least..<counts.count).max { (counts[$0], $1) < (counts[$1], $0) }
      closings.append(closing)
      if let closing { totals[isSecond[tail.row] ? 1 : 0][closing] += 1 }
    }
    for counts in totals {
      let used = counts.count { $0 > 0 }
      if used == 0 || used > 1 << limit { return nil }
    }
    let lengths = totals.map { counts -> [UInt8] in
      let choices = [
        HuffmanCode.lengths(frequencies: counts, limit: limit),
        HuffmanCode.plainLengths(frequencies: counts, limit: limit, tail: 1),
      ]
      func bits(_ lengths: [UInt8]) -> Int {
        zip(counts, lengths).reduce(8 * codeLengthBytes(lengths)) { $0 + $1.0 * Int($1.1) }
      }
      return choices.min { bits($0) < bits($1) } ?? choices[0]
    }
    (self.jump, self.isSecond, self.lengths, self.closings) = (
      symbols.jump, isSecond, lengths, closings
    )
    let words = lengths.map { lengths in
      lengths.count { $0 > 0 } < 2 ? lengths.map { _ in 0 } : lengths.map { Int($0) }
    }
    var laneBits = [Int](repeating: 0, count: symbols.tails.count)
    for event in symbols.events {
      laneBits[event.lane] += words[isSecond[event.row] ? 1 : 0][event.symbol]
    }
    for (lane, tail) in symbols.tails.enumerated() {
      guard let tail, let closing = closings[lane] else { continue }
      laneBits[lane] += words[isSecond[tail.row] ? 1 : 0][closing]
    }
    self.laneBits = laneBits
    jumps = totals[0][symbols.jump] + totals[1][symbols.jump]
    longWords = zip(totals, lengths).reduce(0) { sum, pair in
      zip(pair.0, pair.1).reduce(sum) { $0 + ($1.1 > 8 ? $1.0 : 0) }
    }
  }
}

/// The gap symbols of a layer for one K, each with the row whose class it is of.
private struct RowSymbols {
  struct Event {
    let lane: Int
    let row: Int
    let symbol: Int
  }

  let jump: Int
  private let rows: Int
  private(set) var events: [Event] = []
  /// For each lane the row of the symbol that ends it, and the least symbol that reaches the end.
  private(set) var tails: [(row: Int, least: Int)?] = []
  /// Of each row.
  private(set) var survivors: [Int]

  init(jump: Int, lanes: [LaneSurvivors], weights: BlobWeights) {
    (self.jump, rows) = (jump, weights.rows)
    survivors = [Int](repeating: 0, count: rows)
    let (positions, columns) = (weights.positions, weights.columns)
    events.reserveCapacity(positions.count)
    for (index, lane) in lanes.enumerated() {
      var gaps = GapWalk(lane, columns: columns, jump: jump)
      for survivor in lane.survivors {
        let position = positions[survivor]
        survivors[position / columns] += 1
        gaps.walk(to: position) { events.append(Event(lane: index, row: $0, symbol: $1)) }
      }
      tails.append(
        gaps.finish(at: lane.positions.upperBound) {
          events.append(Event(lane: index, row: $0, symbol: $1))
        })
    }
  }

  func totals(_ isSecond: [Bool]) -> [[Int]] {
    var totals = [[Int]](repeating: [Int](repeating: 0, count: jump + 1), count: 2)
    for event in events { totals[isSecond[event.row] ? 1 : 0][event.symbol] += 1 }
    return totals
  }

  /// Moves rows between the classes until each is where its symbols take fewer bits.
  func settle(_ isSecond: inout [Bool]) {
    for _ in 0..<12 {
      let bits = totals(isSecond).map { counts -> [Double] in
        let sum = Double(counts.reduce(0, +)) + 0.3 * Double(counts.count)
        return counts.map { -log2((Double($0) + 0.3) / sum) }
      }
      var gain = [Double](repeating: 0, count: rows)
      for event in events { gain[event.row] += bits[0][event.symbol] - bits[1][event.symbol] }
      let next = gain.map { $0 > 0 }
      if next == isSecond { return }
      isSecond = next
    }
  }
}
