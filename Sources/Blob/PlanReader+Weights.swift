import EntropyCoding

// Every lane is decoded as the plan is read, so a lane that does not end at its last bit is found
// here. Formats/Blob.md, "Weights", "Code tables" and "Lanes".

extension PlanReader {
  /// The weights of a layer whose geometry is checked.
  mutating func weights(rows: Int, columns: Int) throws(BlobFault) -> BlobWeights {
    try BlobWeights.checkSize(rows: rows, columns: columns)
    let coding = try alphabets()
    var weights = BlobWeights(
      rows: rows, columns: columns, positions: [], values: .raw([]),
      rowScales: try numbers("the row scales", count: rows, as: .rowScales, mayBeAbsent: true),
      biases: try numbers("the biases", count: rows, as: .biases, mayBeAbsent: true), lanes: [])
    note(.vectorPlaces)
    let lanes = try laneEntries(rows: rows)
    note(.lanePlaces)
    weights.lanes = lanes.map { BlobLane(rows: $0.rows, bank: $0.bank) }
    try decode(lanes, coding, into: &weights)
    try notePads(lanes, coding, columns: columns)
    return weights
  }

  /// Kind of mask and values, alphabets and table.
  private mutating func alphabets() throws(BlobFault) -> LaneCoding {
    let (kind, valueKind) = (try plan.u8(), try plan.u8())
    guard let mask = MaskKind(rawValue: UInt8(kind)) else {
      throw .range("the mask", kind, allowed: 0...2)
    }
    try Rule.count("the kind of values", valueKind, 0...1)
    var coding = LaneCoding(mask: mask)
    if mask == .gaps {
      let jump = try counted("K", BlobFormat.jump)
      coding.gapLengths = try plan.nibbles(jump + 1, "the gap alphabet")
      coding.gapCode = try HuffmanCode.checked(coding.gapLengths)
    }
    note(.gapAlphabet)
    if valueKind == 1 {
      let levels = try counted("the number of levels", BlobFormat.levels)
      let lengths = try plan.nibbles(levels, "the code alphabet")
      (coding.valueLengths, coding.valueCode) = (lengths, try HuffmanCode.checked(lengths))
      note(.codeAlphabet)
      coding.table = try numbers("the table", count: levels, as: .table)
    }
    return coding
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
        Array(bytes[start + lane.offset..<start + lane.end]), bits: lane.bits, total: total)
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
        step: step ?? 0, mask: coding.mask, gapLengths: coding.gapLengths,
        valueLengths: coding.valueLengths, lanes: lanes))
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
  var gapLengths: [UInt8] = []
  var gapCode: HuffmanCode?
  /// Nil for raw values.
  var valueLengths: [UInt8]?
  var valueCode: HuffmanCode?
  var table: BlobNumbers?

  init(mask: MaskKind) { self.mask = mask }

  /// Most symbols that a lane can have: one a bit, but where alphabets of one symbol take no bits.
  func mostSymbols(positions: Int, bits: Int) -> Int {
    let free = valueLengths != nil && valueCode?.longest == 0
    switch mask {
    case .none where free: return positions
    case .none, .bitmap: return min(positions, bits)
    case .gaps:
      guard let code = gapCode, let symbol = code.allOnesSymbol else { return 0 }
      let jump = gapLengths.count - 1
      guard code.longest == 0 && (free || symbol == jump) else { return min(positions, bits) }
      return positions / (symbol == jump ? jump : symbol + 1)
    }
  }

  /// What a lane of `total` positions holds.
  func survivors(
    _ lane: [UInt8], bits: Int, total: Int
  ) throws(BlobFault) -> SparseSurvivors {
    do {
      switch mask {
      case .none: return try everyPosition(lane, bits: bits, total: total)
      case .gaps: return try stream(.gaps(lengths: gapLengths), lane, bits).decoded(total: total)
      case .bitmap: return try stream(.bitmap, lane, bits).decoded(total: total)
      }
    } catch {
      throw .coding(error)
    }
  }

  private func stream(_ mask: SparseStream.Mask, _ lane: [UInt8], _ bits: Int) -> SparseStream {
    SparseStream(
      mask: mask, valueCode: valueLengths.map { .codes(lengths: $0) } ?? .words, bytes: lane,
      bitCount: bits)
  }

  private func everyPosition(
    _ lane: [UInt8], bits: Int, total: Int
  ) throws(EntropyCodingError) -> SparseSurvivors {
    var reader = BitReader(lane, bits: 0..<bits)
    var codes: [UInt8] = []
    var words: [UInt32] = []
    for _ in 0..<total {
      if let valueCode {
        codes.append(UInt8(truncatingIfNeeded: try valueCode.decode(from: &reader)))
      } else {
        words.append(try reader.read(32))
      }
    }
    guard reader.remaining == 0 else { throw .bitsLeftOver(reader.remaining) }
    if bits % 8 > 0, let last = lane.last, last >> UInt8(bits % 8) != 0 { throw .fillBitSet }
    return SparseSurvivors(
      positions: Array(0..<total),
      values: valueLengths.map { .codes(codes, levels: $0.count) } ?? .words(words))
  }
}
