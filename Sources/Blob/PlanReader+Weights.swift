import EntropyCoding

// Every lane is decoded as the plan is read, so a lane that does not end at its last bit is found
// here. Formats/Blob.md, "Weights", "Code tables" and "Lanes".

extension PlanReader {
  /// The weights of a layer whose geometry is checked.
  ///
  /// - Parameter isInteger: whether they are integer weights.
  mutating func weights(
    rows: Int, columns: Int, isInteger: Bool = false
  ) throws(BlobFault) -> BlobWeights {
    try BlobWeights.checkSize(rows: rows, columns: columns)
    let coding = try alphabets(rows: rows, columns: columns, isInteger: isInteger)
    var weights = BlobWeights(
      rows: rows, columns: columns, positions: [], values: .raw([]), lanes: [])
    if isInteger {
      var scaling = BlobScaling(shift: 0, exponent: 0, multipliers: [], biases: nil)
      try scaling.code(&self, rows: rows)
      weights.scaling = scaling
    } else {
      weights.rowScales = try numbers(
        "the row scales", count: rows, as: .rowScales, mayBeAbsent: true)
      weights.biases = try numbers("the biases", count: rows, as: .biases, mayBeAbsent: true)
    }
    note(.vectorPlaces)
    let lanes = try laneEntries(rows: rows)
    note(.lanePlaces)
    weights.lanes = lanes.map { BlobLane(rows: $0.rows, bank: $0.bank) }
    try decode(lanes, coding, into: &weights)
    try notePads(lanes, coding, columns: columns)
    return weights
  }

  /// Kind of mask and values, alphabets and table.
  private mutating func alphabets(
    rows: Int, columns: Int, isInteger: Bool
  ) throws(BlobFault) -> LaneCoding {
    let (kind, valueKind) = (try plan.u8(), try plan.u8())
    guard let mask = MaskKind(rawValue: UInt8(kind)) else {
      throw .range("the mask", kind, allowed: 0...4)
    }
    let kinds = mask.valueKinds
    try Rule.count(
      "the kind of values", valueKind,
      isInteger ? max(1, kinds.lowerBound)...kinds.upperBound : kinds)
    var coding = LaneCoding(mask: mask, columns: columns)
    if mask.hasGaps || mask == .joint { coding.jump = try counted("K", BlobFormat.jump) }
    for _ in 0..<(mask == .gapsByRow ? 2 : mask == .gaps ? 1 : 0) {
      let lengths = try codeLengths(coding.jump + 1, "the gap alphabet")
      if mask == .gapsByRow, lengths.allSatisfy({ $0 == 0 }) { throw .emptyAlphabet }
      coding.gapLengths.append(lengths)
      coding.gapCodes.append(try HuffmanCode.checked(lengths))
    }
    if mask == .gapsByRow { coding.isSecond = try rowClasses(rows) }
    note(.gapAlphabet)
    if valueKind > 0 {
      let levels = try counted("the number of levels", BlobFormat.levels)
      let symbols = mask == .joint ? coding.jump * levels + 1 : levels
      try Rule.count("the number of symbols", symbols, 1...BlobFormat.symbols)
      for _ in 0..<(valueKind == 2 ? 3 : 1) {
        let lengths = try codeLengths(symbols, "the code alphabet")
        if valueKind == 2, lengths.allSatisfy({ $0 == 0 }) { throw .emptyAlphabet }
        coding.valueLengths.append(lengths)
        coding.valueCodes.append(try HuffmanCode.checked(lengths))
      }
      note(.codeAlphabet)
      let table = try numbers("the table", count: levels, as: .table)
      if isInteger { try BlobWeights.checkIntegerTable(table) }
      coding.table = table
      if valueKind == 2 { coding.neighbours = Neighbours(table) }
    }
    return coding
  }

  private mutating func rowClasses(_ rows: Int) throws(BlobFault) -> [Bool] {
    var isSecond: [Bool] = []
    while isSecond.count < rows {
      let byte = try plan.u8()
      for bit in 0..<8 where isSecond.count < rows { isSecond.append(byte >> bit & 1 == 1) }
      if rows == isSecond.count, rows % 8 > 0, byte >> (rows % 8) != 0 {
        throw .spareBits("the classes of rows")
      }
    }
    return isSecond
  }

  private mutating func laneEntries(rows: Int) throws(BlobFault) -> [LaneEntry] {
    var lanes: [LaneEntry] = []
    for _ in 0..<(try counted("the number of lanes", BlobFormat.laneCount)) {
      let bank = try counted("a lane's bank", 0...sections.banks.count - 1)
      let (offset, bits) = (try plan.varint(), try plan.varint())
      let lane = LaneEntry(
        rows: try counted("the rows of a lane", 0...rows), bank: bank, offset: offset, bits: bits)
      guard lane.end <= sections.banks[bank].count else {
        throw .lanePastBank(end: lane.end, limit: sections.banks[bank].count)
      }
      lanes.append(lane)
    }
    let sum = lanes.reduce(0) { $0 + $1.rows }
    guard sum == rows else { throw .laneRows(sum: sum, rows: rows) }
    return lanes
  }

  private mutating func decode(
    _ lanes: [LaneEntry], _ coding: LaneCoding, into weights: inout BlobWeights
  ) throws(BlobFault) {
    var codes: [UInt8] = []
    var raw: [Float] = []
    var row = 0
    for lane in lanes {
      let total = lane.rows * weights.columns
      try unpack(coding.mostSymbols(positions: total, bits: lane.bits))
      let start = sections.banks[lane.bank].lowerBound
      let survivors = try coding.survivors(
        Array(bytes[start + lane.offset..<start + lane.end]), bits: lane.bits, total: total,
        firstRow: row)
      let first = row * weights.columns
      weights.positions += survivors.positions.map { first + $0 }
      switch survivors.values {
      case .codes(let more, _): codes += more
      case .words(let words): for word in words { raw.append(Float(bitPattern: word)) }
      }
      row += lane.rows
    }
    guard raw.allSatisfy(\.isFinite) else { throw .notFinite("a weight") }
    weights.values = coding.table.map { .table($0, codes: codes) } ?? .raw(raw)
  }

  /// Remembers lanes, and the pad that each bank must have.
  private mutating func notePads(
    _ lanes: [LaneEntry], _ coding: LaneCoding, columns: Int
  ) throws(BlobFault) {
    for (index, lane) in lanes.enumerated() {
      let start = sections.banks[lane.bank].lowerBound
      anatomy.spans.append(
        BlobSpan(
          part: .lane, step: step, range: start + lane.offset..<start + lane.end, lane: index))
      guard lane.bits > 0 else { continue }
      let pad = Pad.bytes(
        mask: coding.mask, gapLengths: coding.gapLengths, valueLengths: coding.valueLengths,
        columns: columns)
      anatomy.pads[lane.bank] = max(anatomy.pads[lane.bank], pad)
    }
    anatomy.layers.append(
      LayerAnatomy(
        step: step ?? 0, mask: coding.mask, jump: coding.jump > 0 ? coding.jump : nil,
        gapLengths: coding.gapLengths, valueLengths: coding.valueLengths, lanes: lanes))
  }

  /// That every bank ends in its pad, and every lane before it. Formats/Blob.md, "Banks".
  func checkPads() throws(BlobError) {
    for (index, bank) in sections.banks.enumerated() {
      try at(.bank(index)) { () throws(BlobFault) in
        let limit = bank.count - anatomy.pads[index]
        for lane in anatomy.layers.flatMap(\.lanes) where lane.bank == index && lane.end > limit {
          throw .lanePastBank(end: lane.end, limit: limit)
        }
        for place in max(0, limit)..<bank.count where bytes[bank.lowerBound + place] != Pad.byte {
          throw .padByte(at: place)
        }
      }
    }
  }
}

extension HuffmanCode {
  fileprivate static func checked(_ lengths: [UInt8]) throws(BlobFault) -> HuffmanCode {
    do { return try HuffmanCode(lengths: lengths) } catch { throw .coding(error) }
  }
}

/// How the lanes of a layer are to be decoded.
private struct LaneCoding {
  let mask: MaskKind
  /// K; 0 where nothing jumps.
  var jump = 0
  let columns: Int
  /// Of all rows, or of each class of rows; none without gaps.
  var gapLengths: [[UInt8]] = []
  var gapCodes: [HuffmanCode] = []
  /// For each row of the layer whether it is of the second class; none where there is one.
  var isSecond: [Bool] = []
  /// Of codes or of joint symbols; none for raw values.
  var valueLengths: [[UInt8]] = []
  var valueCodes: [HuffmanCode] = []
  /// Which of three alphabets a code is of; nil where there is one.
  var neighbours: Neighbours?
  var table: BlobNumbers?

  init(mask: MaskKind, columns: Int) { (self.mask, self.columns) = (mask, columns) }

  /// Most symbols that a lane can have: one a bit, but where alphabets of one symbol take no bits.
  func mostSymbols(positions: Int, bits: Int) -> Int {
    let free = valueCodes.contains { $0.longest == 0 }
    switch mask {
    case .none where free: return positions
    case .none, .bitmap: return min(positions, bits)
    case .gaps:
      guard let code = gapCodes.first, let symbol = code.allOnesSymbol else { return 0 }
      guard code.longest == 0 && (free || symbol == jump) else { return min(positions, bits) }
      return positions / (symbol == jump ? jump : symbol + 1)
    case .gapsByRow:
      return gapCodes.contains { $0.longest == 0 } ? positions : min(positions, bits)
    case .joint:
      guard let code = valueCodes.first, let symbol = code.allOnesSymbol else { return 0 }
      guard code.longest == 0 else { return min(positions, bits) }
      return positions / (symbol / levels == jump ? jump : symbol / levels + 1)
    }
  }

  /// What a lane of `total` positions holds.
  func survivors(
    _ lane: [UInt8], bits: Int, total: Int, firstRow: Int
  ) throws(BlobFault) -> SparseSurvivors {
    do {
      switch mask {
      case .none: return try everyPosition(lane, bits: bits, total: total)
      case .gaps where neighbours == nil:
        return try stream(.gaps(lengths: gapLengths.first ?? []), lane, bits).decoded(total: total)
      case .gaps, .gapsByRow:
        return try gaps(lane, bits: bits, total: total, firstRow: firstRow)
      case .bitmap: return try stream(.bitmap, lane, bits).decoded(total: total)
      case .joint: return try joint(lane, bits: bits, total: total)
      }
    } catch {
      throw .coding(error)
    }
  }

  private func stream(_ mask: SparseStream.Mask, _ lane: [UInt8], _ bits: Int) -> SparseStream {
    SparseStream(
      mask: mask, valueCode: valueLengths.first.map { .codes(lengths: $0) } ?? .words, bytes: lane,
      bitCount: bits)
  }

  private func everyPosition(
    _ lane: [UInt8], bits: Int, total: Int
  ) throws(EntropyCodingError) -> SparseSurvivors {
    var reader = BitReader(lane, bits: 0..<bits)
    var codes: [UInt8] = []
    var words: [UInt32] = []
    for _ in 0..<total {
      if let code = valueCodes.first {
        codes.append(UInt8(truncatingIfNeeded: try code.decode(from: &reader)))
      } else {
        words.append(try reader.read(32))
      }
    }
    try Self.checkEnd(of: lane, bits: bits, remaining: reader.remaining)
    return SparseSurvivors(
      positions: Array(0..<total),
      values: valueCodes.isEmpty ? .words(words) : .codes(codes, levels: levels))
  }

  /// Gaps whose alphabets depend on rows, and codes whose alphabets depend on what lies beside
  /// them.
  private func gaps(
    _ lane: [UInt8], bits: Int, total: Int, firstRow: Int
  ) throws(EntropyCodingError) -> SparseSurvivors {
    var reader = BitReader(lane, bits: 0..<bits)
    var (codes, positions): ([UInt8], [Int]) = ([], [])
    var position = 0
    var row = firstRow
    while gapCodes.first?.allOnesSymbol != nil, position < total {
      let code = gapCodes[!isSecond.isEmpty && isSecond[row] ? 1 : 0]
      let gap = try code.decode(from: &reader)
      position += gap
      // Behind a value the next symbol is of the survivor's row, behind a jump of the one at hand.
      row = firstRow + min(position, total - 1) / columns
      if gap == jump || position >= total { continue }
      let isBeside = positions.last.map { $0 + 1 == position } ?? false
      let alphabet = neighbours?.alphabet(after: isBeside ? codes.last : nil) ?? 0
      codes.append(UInt8(truncatingIfNeeded: try valueCodes[alphabet].decode(from: &reader)))
      positions.append(position)
      position += 1
    }
    try Self.checkEnd(of: lane, bits: bits, remaining: reader.remaining)
    return SparseSurvivors(positions: positions, values: .codes(codes, levels: levels))
  }

  private func joint(
    _ lane: [UInt8], bits: Int, total: Int
  ) throws(EntropyCodingError) -> SparseSurvivors {
    var reader = BitReader(lane, bits: 0..<bits)
    var (codes, positions): ([UInt8], [Int]) = ([], [])
    var position = 0
    while let symbols = valueCodes.first, symbols.allOnesSymbol != nil, position < total {
      let (gap, code) = try symbols.decode(from: &reader).quotientAndRemainder(dividingBy: levels)
      position += gap
      if gap == jump || position >= total { continue }
      positions.append(position)
      codes.append(UInt8(truncatingIfNeeded: code))
      position += 1
    }
    try Self.checkEnd(of: lane, bits: bits, remaining: reader.remaining)
    return SparseSurvivors(positions: positions, values: .codes(codes, levels: levels))
  }

  /// Levels of the table; 1 without.
  private var levels: Int { table.map(\.values.count) ?? 1 }

  private static func checkEnd(
    of lane: [UInt8], bits: Int, remaining: Int
  ) throws(EntropyCodingError) {
    guard remaining == 0 else { throw .bitsLeftOver(remaining) }
    if bits % 8 > 0, let last = lane.last, last >> UInt8(bits % 8) != 0 { throw .fillBitSet }
  }
}
