import EntropyCoding
import Tensors

// Behind a ReLU most inputs of a dense layer are zero, and what they are multiplied by need not be decoded: so
// a layer may be written input by input, each column by itself, with its length before it. It takes more
// bytes than rows do and is there for speed alone, so its words are those that the fastest decoder takes
// two of from one load: codes of one length, gaps of 8 bits at most. Formats/Blob.md, "Weights", "Lanes".

/// For each column its bytes, and in them gaps down the rows and codes.
enum ColumnsMask: MaskCoder {
  static let valueKinds = 1...1
  static let gapAlphabets = 1

  static func isAllowed(by options: CodingOptions) -> Bool { options.takesColumns }

  /// A few K, for those near the best differ little.
  static func candidates(of layer: LayerCoding, beside _: [MaskCandidate]) -> [MaskCandidate] {
    guard layer.mayHaveColumns, layer.weights.rows <= BlobFormat.columnRows,
      let codeBits = layer.flatCodeBits, !layer.positions.isEmpty
    else { return [] }
    let limit = min(layer.options.gapLimit, gapLimit(codeBits: codeBits))
    let lanes = LaneColumns.all(of: layer)
    let jumps = Self.jumps.filter(layer.options.jumps.contains)
    return layer.described(jumps.map { lanes.counts(jump: $0) }, limit: limit) { counts, lengths in
      candidate(of: layer, lanes, counts, lengths)
    }
  }

  private static let jumps = [1, 2, 3, 4, 6, 8, 10, 12] + SharedGaps.jumps

  /// Bits of the longest gap beside codes of so many.
  static func gapLimit(codeBits: Int) -> Int {
    min(BlobFormat.columnWord, BlobFormat.columnPair - codeBits)
  }

  static func candidate(
    of layer: LayerCoding, _ lanes: [LaneColumns], _ counts: GapCounts, _ lengths: [UInt8]
  ) -> MaskCandidate {
    let (values, weights) = (layer.gapValues.lengths, layer.weights)
    let codeBits = layer.flatCodeBits ?? 0
    let bits = lanes.map { 8 * $0.bytes(jump: counts.jump, lengths, codeBits: codeBits) }
    let alphabets = values.reduce(codeLengthBytes(lengths)) { $0 + codeLengthBytes($1) }
    return MaskCandidate(
      kind: .columns, jump: counts.jump, gapLengths: [lengths], valueLengths: values, laneBits: bits,
      bytes: varintBytes(counts.jump) + alphabets + layer.laneBytes(bits)
        + counts.charge(jumps: layer.options.jumpCharge, long: 0, lengths),
      pad: bits.allSatisfy { $0 == 0 } ? 0
        : Pad.bytes(gapLengths: [lengths], valueLengths: values, columns: weights.rows))
  }

  static func write(_ lane: inout LaneWriter) {
    let (gaps, values) = (lane.code.gaps[0], lane.code.values[0])
    let (columns, jump) = (lane.code.columns, lane.code.jump)
    let closings = ColumnGaps.closings(gaps.lengths)
    for column in lane.survivorsByColumn {
      var bits = BitWriter()
      var walk = ColumnGaps(rows: lane.positions.count / columns, jump: jump)
      for survivor in column {
        let row = (lane.position(of: survivor) - lane.positions.lowerBound) / columns
        walk.to(row) { gaps.encode($0, into: &bits) }
        values.encode(lane.level(of: survivor), into: &bits)
      }
      if !column.isEmpty {
        gaps.encode(closings[walk.end { gaps.encode($0, into: &bits) }], into: &bits)
      }
      lane.bits.appendColumn(bits.bytes)
    }
  }

  static func read(_ lane: inout LaneReader) throws(EntropyCodingError) {
    guard lane.total > 0 else { return }
    let (gaps, values) = (lane.code.gaps[0], lane.code.values[0])
    let columns = lane.code.columns
    let rows = lane.total / columns
    var found: [(position: Int, level: Int)] = []
    for column in 0..<columns {
      let end = try lane.bits.columnEnd()
      guard end > lane.bits.position else { continue }
      var row = 0
      while true {
        let gap = try gaps.decode(from: &lane.bits)
        row += gap
        if row >= rows { break }
        if gap == lane.code.jump { continue }
        found.append((row * columns + column, try values.decode(from: &lane.bits)))
        row += 1
      }
      let left = end - lane.bits.position
      guard left >= 0 else { throw .endOfBits(at: end) }
      guard left < 8 else { throw .bitsLeftOver(left) }
      guard try lane.bits.read(left) == 0 else { throw .fillBitSet }
    }
    for survivor in found.sorted(by: { $0.position < $1.position }) {
      lane.survivor(at: survivor.position, level: survivor.level)
    }
  }

  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int {
    min(positions, bits)
  }
}

/// The symbols down a column. Formats/Blob.md, "Lanes".
struct ColumnGaps {
  private let rows: Int
  private let jump: Int
  private var next = 0

  init(rows: Int, jump: Int) { (self.rows, self.jump) = (rows, jump) }

  /// Calls `symbol` with the jumps and the gap before a survivor.
  mutating func to(_ row: Int, _ symbol: (Int) -> Void) {
    for _ in 0..<(row - next) / jump { symbol(jump) }
    symbol((row - next) % jump)
    next = row + 1
  }

  /// Calls `symbol` with the jumps behind the last survivor; gives the least symbol that ends the column.
  mutating func end(_ symbol: (Int) -> Void) -> Int {
    let jumps = max(0, rows - next - 1) / jump
    for _ in 0..<jumps { symbol(jump) }
    return rows - next - jumps * jump
  }

  /// By the least symbol that ends a column, the one with the shortest word that does; for those that none does, 0.
  static func closings(_ lengths: [UInt8]) -> [Int] {
    var closings = [Int](repeating: 0, count: lengths.count)
    var best: Int?
    for symbol in lengths.indices.reversed() where lengths[symbol] > 0 || best != nil {
      if lengths[symbol] > 0, best.map({ lengths[symbol] <= lengths[$0] }) ?? true { best = symbol }
      closings[symbol] = best ?? 0
    }
    return closings
  }
}

/// The survivors of a lane, column by column.
struct LaneColumns {
  private let rows: Int
  /// The row of each survivor in the lane, from a column's first down.
  private let columns: [[Int]]

  static func all(of layer: LayerCoding) -> [LaneColumns] {
    guard case .table(_, let codes) = layer.weights.values else { return [] }
    return layer.lanes.map { LaneColumns($0, of: codes) }
  }

  init(_ lane: LaneSurvivors, of codes: SparseMatrix<UInt8>) {
    let (count, first, positions) = (codes.columns, lane.positions.lowerBound, codes.positions)
    rows = lane.positions.count / count
    columns = lane.byColumn(positions, columns: count).map { $0.map { (positions[$0] - first) / count } }
  }

  /// How often each symbol occurs before closings, and of closings the least that each can be.
  fileprivate func add(to total: inout [Int], closings: inout [Int]) {
    let jump = total.count - 1
    for column in columns where !column.isEmpty {
      var walk = ColumnGaps(rows: rows, jump: jump)
      for row in column { walk.to(row) { total[$0] += 1 } }
      closings[walk.end { total[$0] += 1 }] += 1
    }
  }

  /// Of the lane, lengths of columns among them.
  func bytes(jump: Int, _ lengths: [UInt8], codeBits: Int) -> Int {
    guard rows > 0 else { return 0 }
    let closings = ColumnGaps.closings(lengths)
    return columns.reduce(0) { sum, column in
      if column.isEmpty { return sum + 1 }
      var bits = column.count * codeBits
      var walk = ColumnGaps(rows: rows, jump: jump)
      for row in column { walk.to(row) { bits += Int(lengths[$0]) } }
      bits += Int(lengths[closings[walk.end { bits += Int(lengths[$0]) }]])
      return sum + varintBytes((bits + 7) / 8) + (bits + 7) / 8
    }
  }
}

extension [LaneColumns] {
  /// Symbols of K as they occur; two at least, so that a survivor takes bits.
  func counts(jump: Int) -> GapCounts {
    var total = [Int](repeating: 0, count: jump + 1)
    var closings = total
    for lane in self { lane.add(to: &total, closings: &closings) }
    // The most frequent symbol that reaches the end, the least of equals.
    for (least, count) in closings.enumerated().reversed() where count > 0 {
      let closing = (least...jump).max { (total[$0], $1) < (total[$1], $0) } ?? jump
      total[closing] += count
    }
    if total.count(where: { $0 > 0 }) < 2 { total[total[0] > 0 ? jump : 0] += 1 }
    return GapCounts(jump: jump, total: total)
  }
}

extension LaneCode {
  /// Whether words are those that columns may have. Formats/Blob.md, "Weights".
  func checkColumns() throws(BlobFault) {
    let (gap, code) = (gaps[0], values[0])
    let isFlat = code.longest > 0 && code.lengths.count(where: { Int($0) == code.longest }) == 1 << code.longest
    guard isFlat, gap.longest > 0, code.longest <= BlobFormat.columnWord,
      gap.longest <= ColumnsMask.gapLimit(codeBits: code.longest)
    else { throw .columnWords(gap: gap.longest, code: code.longest) }
  }
}

extension LaneSurvivors {
  /// For each column of the layer its survivors of the lane, from the first row down.
  func byColumn(_ places: [Int], columns: Int) -> [[Int]] {
    guard !positions.isEmpty else { return [] }
    var all = [[Int]](repeating: [], count: columns)
    for survivor in survivors { all[places[survivor] % columns].append(survivor) }
    return all
  }
}

extension BitWriter {
  /// The bytes of a column behind their number.
  fileprivate mutating func appendColumn(_ bytes: [UInt8]) {
    var rest = bytes.count
    while rest >= 128 {
      append(UInt32(rest & 127 | 128), count: 8)
      rest >>= 7
    }
    append(UInt32(rest), count: 8)
    for byte in bytes { append(UInt32(byte), count: 8) }
  }
}

extension BitReader {
  /// Reads the number of a column's bytes: gives where they end, in bits.
  fileprivate mutating func columnEnd() throws(EntropyCodingError) -> Int {
    let start = position
    var count = 0
    for shift in [0, 7, 14] {
      let byte = Int(try read(8))
      count |= (byte & 127) << shift
      if byte >= 128 { continue }
      if byte == 0 && shift > 0 { break }
      return position + 8 * count
    }
    throw .byteCount(at: start)
  }
}
