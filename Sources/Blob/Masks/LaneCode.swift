import EntropyCoding
import Tensors

/// What all lanes of a layer are coded by.
struct LaneCode {
  let mask: MaskKind
  let columns: Int
  /// K; 0 where nothing jumps.
  var jump = 0
  /// Of all rows, or of each class of rows; none without gaps.
  var gaps: [HuffmanCode] = []
  /// For each row of the layer whether it is of the second class; none where there is one.
  var isSecond: [Bool] = []
  /// Of codes or of joint symbols; none for raw values.
  var values: [HuffmanCode] = []
  /// Whether values are the bytes of their levels.
  var hasPlainBytes = false
  /// What codes stand for; nil for raw values.
  var table: StoredNumbers? { didSet { neighbours = table.map(Neighbours.init) } }
  private var neighbours: Neighbours?

  init(mask: MaskKind, columns: Int) { (self.mask, self.columns) = (mask, columns) }

  /// Of a layer that is written so.
  init(_ candidate: MaskCandidate, of weights: BlobWeights) throws(EntropyCodingError) {
    self.init(mask: candidate.kind, columns: weights.columns)
    (jump, isSecond) = (candidate.jump, candidate.isSecond)
    hasPlainBytes = candidate.hasPlainBytes
    for lengths in candidate.gapLengths { gaps.append(try HuffmanCode(lengths: lengths)) }
    for lengths in candidate.valueLengths { values.append(try HuffmanCode(lengths: lengths)) }
    if case .table(let table, _) = weights.values {
      self.table = table
      neighbours = Neighbours(table)
    }
  }

  /// Levels of the table; 1 without.
  var levels: Int { table?.values.count ?? 1 }

  /// The alphabet of a gap symbol.
  func gapCode(ofRow row: @autoclosure () -> Int) -> HuffmanCode {
    gaps.count == 1 ? gaps[0] : gaps[isSecond[row()] ? 1 : 0]
  }

  /// The alphabet of a value.
  ///
  /// - Parameter before: the code of the survivor at the position before; nil where there is none.
  func valueCode(after before: @autoclosure () -> UInt8?) -> HuffmanCode {
    values.count == 1 ? values[0] : values[neighbours?.alphabet(after: before()) ?? 0]
  }

  /// Whether values can take no bits.
  var hasFreeValues: Bool { values.contains { $0.longest == 0 } }
}

/// A lane as it is written.
struct LaneWriter {
  let code: LaneCode
  /// The symbol that ends the lane, if zeros stand behind its last survivor.
  let closing: Int?
  private let values: BlobWeights.Values
  /// Of the layer's survivors.
  private let places: [Int]
  private let lane: LaneSurvivors
  var bits = BitWriter()

  init(_ code: LaneCode, _ weights: BlobWeights, _ lane: LaneSurvivors, closing: Int?) {
    (self.code, self.lane, self.closing) = (code, lane, closing)
    (values, places) = (weights.values, weights.positions)
  }

  var survivors: Range<Int> { lane.survivors }

  /// Of the layer.
  var positions: Range<Int> { lane.positions }
  func position(of survivor: Int) -> Int { places[survivor] }
  var survivorsByColumn: [[Int]] { lane.byColumn(places, columns: code.columns) }
  var indexedBlocks: IndexedBlocks { IndexedBlocks(lane, places, columns: code.columns) }

  /// The number of a survivor's level.
  func level(of survivor: Int) -> Int {
    if case .table(_, let codes) = values { Int(codes.values[survivor]) } else { 0 }
  }

  mutating func value(of survivor: Int) {
    switch values {
    case .table(let table, let matrix) where code.hasPlainBytes:
      let level = table.values[Int(matrix.values[survivor])]
      bits.append(UInt32(UInt8(bitPattern: Int8(level))), count: 8)
    case .table(_, let matrix):
      let codes = matrix.values
      let before = survivor - 1
      let alphabet = code.valueCode(
        after: before >= lane.survivors.lowerBound
          && position(of: before) + 1 == position(of: survivor) ? codes[before] : nil)
      alphabet.encode(Int(codes[survivor]), into: &bits)
    case .raw(let raw): bits.append(raw.values[survivor].bitPattern, count: 32)
    }
  }

  /// Calls `body` with the row and symbol of each jump, and with those of each gap and its survivor;
  /// gives the row of the symbol that ends the lane, nil where nothing is left.
  mutating func walk(_ body: (inout LaneWriter, _ row: Int, _ symbol: Int, Int?) -> Void) -> Int? {
    let jump = code.jump
    var gaps = GapWalk(lane, columns: code.columns, jump: jump)
    for survivor in lane.survivors {
      gaps.walk(to: position(of: survivor)) { row, symbol in
        body(&self, row, symbol, symbol == jump ? nil : survivor)
      }
    }
    return gaps.finish(at: lane.positions.upperBound) { body(&self, $0, $1, nil) }?.row
  }
}

/// A lane as it is read; positions count from its first.
struct LaneReader {
  let code: LaneCode
  /// Positions of the lane.
  let total: Int
  /// Of the layer.
  private let firstRow: Int
  private let bytes: [UInt8]
  var bits: BitReader
  private(set) var positions: [Int] = []
  private(set) var codes: [UInt8] = []
  private(set) var raw: [Float] = []

  /// - Precondition: the bytes hold so many bits, and no more bytes than these take.
  init(_ code: LaneCode, _ bytes: [UInt8], bits: Int, rows: Int, firstRow: Int) {
    (self.code, self.bytes, self.firstRow) = (code, bytes, firstRow)
    total = rows * code.columns
    self.bits = BitReader(bytes, bits: 0..<bits)
  }

  /// The whole lane, which must end with its last bit.
  mutating func read() throws(EntropyCodingError) {
    try code.mask.coder.read(&self)
    guard bits.remaining == 0 else { throw .bitsLeftOver(bits.remaining) }
    if bits.end % 8 > 0, let last = bytes.last, last >> UInt8(bits.end % 8) != 0 {
      throw .fillBitSet
    }
  }

  /// The row of the layer in which a position lies, or the lane's last.
  func row(of position: Int) -> Int { firstRow + min(position, total - 1) / code.columns }

  /// A survivor whose value comes next.
  mutating func survivor(at position: Int) throws(EntropyCodingError) {
    if code.hasPlainBytes {
      codes.append(UInt8(truncatingIfNeeded: try bits.read(8)))
    } else if code.values.isEmpty {
      raw.append(Float(bitPattern: try bits.read(32)))
    } else {
      let alphabet = code.valueCode(
        after: positions.last.map { $0 + 1 == position } ?? false ? codes.last : nil)
      codes.append(UInt8(truncatingIfNeeded: try alphabet.decode(from: &bits)))
    }
    positions.append(position)
  }

  mutating func survivor(at position: Int, level: Int) {
    positions.append(position)
    codes.append(UInt8(truncatingIfNeeded: level))
  }
}

/// Where the symbols of gaps begin. Formats/Blob.md, "Lanes".
struct GapWalk {
  private let columns: Int
  private let jump: Int
  private var next: Int
  private var row: Int

  init(_ lane: LaneSurvivors, columns: Int, jump: Int) {
    (self.columns, self.jump) = (columns, jump)
    next = lane.positions.lowerBound
    row = next / max(columns, 1)
  }

  /// Calls `symbol` with the row and the symbol of each jump, and of the gap, up to a survivor.
  mutating func walk(to position: Int, _ symbol: (Int, Int) -> Void) {
    skip(position - next, symbol)
    symbol(row, position - next)
    next = position + 1
    row = position / columns
  }

  /// Calls `symbol` with the jumps up to the last symbol of a lane; gives that one's row and the
  /// least that it can be; nil where nothing is left.
  mutating func finish(at end: Int, _ symbol: (Int, Int) -> Void) -> (row: Int, least: Int)? {
    guard end > next else { return nil }
    skip(end - next - 1, symbol)
    return (row, end - next)
  }

  private mutating func skip(_ zeros: Int, _ symbol: (Int, Int) -> Void) {
    for _ in 0..<zeros / jump {
      symbol(row, jump)
      next += jump
      row = next / columns
    }
  }
}
