import EntropyCoding
import Tensors

// Every lane is decoded as the plan is read, so a lane that does not end at its last bit is found
// here. Formats/Blob.md, "Weights", "Code tables" and "Lanes".

extension PlanReader {
  /// The weights of a layer whose geometry is checked.
  ///
  mutating func weights(
    _ kind: WeightsKind, rows: Int, columns: Int
  ) throws(BlobFault) -> BlobWeights {
    try BlobWeights.checkSize(rows: rows, columns: columns)
    let code = try alphabets(kind, rows: rows, columns: columns)
    var weights = BlobWeights(
      .raw(SparseMatrix(rows: rows, columns: columns, positions: [], values: [])), lanes: [])
    switch kind {
    case .integer:
      var scaling = BlobScaling(shift: 0, exponent: 0, multipliers: [], biases: nil)
      try scaling.code(&self, rows: rows)
      weights.scaling = scaling
    case .exact:
      try unpack(rows)
      var exact = BlobExactScaling([])
      try exact.code(&self, rows: rows)
      weights.exact = exact
    case .float:
      weights.rowScales = try numbers(
        "the row scales", count: rows, as: .rowScales, mayBeAbsent: true)
      weights.biases = try numbers("the biases", count: rows, as: .biases, mayBeAbsent: true)
    }
    note(.vectorPlaces)
    let lanes = try laneEntries(rows: rows)
    note(.lanePlaces)
    weights.lanes = lanes.map { BlobLane(rows: $0.rows, bank: $0.bank) }
    try decode(lanes, code, into: &weights)
    try notePads(lanes, code)
    return weights
  }

  /// Kind of mask and values, alphabets and table.
  private mutating func alphabets(
    _ weights: WeightsKind, rows: Int, columns: Int
  ) throws(BlobFault) -> LaneCode {
    let (kind, valueKind) = (try plan.u8(), try plan.u8())
    guard let mask = MaskKind(rawValue: UInt8(kind)) else {
      throw .range("the mask", kind, allowed: 0...MaskKind.allCases.count - 1)
    }
    let isInteger = weights != .float
    if mask == .columns || mask == .indexed {
      guard weights == .integer(mayHaveColumns: true) else {
        throw .misplaced("a mask of \(mask) in a layer that is not dense, of one row of Kinglet's own integers,")
      }
    }
    if mask == .columns {
      try Rule.count("the rows of a layer by columns", rows, 1...BlobFormat.columnRows)
    }
    let coder = mask.coder
    let kinds = coder.valueKinds
    var code = LaneCode(mask: mask, columns: columns)
    if valueKind == MaskCandidate.plainBytes, weights == .exact, mask == .none {
      code.hasPlainBytes = true
      note(.codeAlphabet)
      return code
    }
    try Rule.count(
      "the kind of values", valueKind,
      isInteger ? max(1, kinds.lowerBound)...kinds.upperBound : kinds)
    if coder.hasJumps { code.jump = try counted("K", BlobFormat.jump) }
    for _ in 0..<coder.gapAlphabets {
      code.gaps.append(
        try alphabet(
          "the gap alphabet", symbols: code.jump + 1, mayBeEmpty: coder.gapAlphabets == 1))
    }
    if coder.gapAlphabets == 2 { code.isSecond = try rowClasses(rows) }
    note(.gapAlphabet)
    if valueKind > 0 {
      let levels = try counted("the number of levels", 1...coder.mostLevels)
      let symbols = coder.symbols(levels: levels, jump: code.jump)
      try Rule.count("the number of symbols", symbols, 1...BlobFormat.symbols)
      for _ in 0..<(!coder.hasCodeWords ? 0 : valueKind == 2 ? 3 : 1) {
        code.values.append(
          try alphabet("the code alphabet", symbols: symbols, mayBeEmpty: valueKind == 1))
      }
      note(.codeAlphabet)
      let table = try numbers("the table", count: levels, as: .table, mayRun: weights == .exact)
      if isInteger { try BlobWeights.checkIntegerTable(table, isExact: weights == .exact) }
      code.table = table
    }
    if mask == .columns { try code.checkColumns() }
    return code
  }

  private mutating func alphabet(
    _ field: String, symbols: Int, mayBeEmpty: Bool
  ) throws(BlobFault) -> HuffmanCode {
    let lengths = try codeLengths(symbols, field)
    if !mayBeEmpty, lengths.allSatisfy({ $0 == 0 }) { throw .emptyAlphabet }
    do { return try HuffmanCode(lengths: lengths) } catch { throw .coding(error) }
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
    _ lanes: [LaneEntry], _ code: LaneCode, into weights: inout BlobWeights
  ) throws(BlobFault) {
    let columns = weights.columns
    var positions: [Int] = []
    var codes: [UInt8] = []
    var raw: [Float] = []
    var row = 0
    for lane in lanes {
      let first = row * columns
      let total = lane.rows * columns
      try unpack(code.mask.coder.mostSymbols(code, positions: total, bits: lane.bits))
      let start = sections.banks[lane.bank].lowerBound
      var reader = LaneReader(
        code, Array(bytes[start + lane.offset..<start + lane.end]), bits: lane.bits,
        rows: lane.rows, firstRow: row)
      do { try reader.read() } catch { throw .coding(error) }
      positions += reader.positions.map { first + $0 }
      codes += reader.codes
      raw += reader.raw
      row += lane.rows
    }
    guard raw.allSatisfy(\.isFinite) else { throw .notFinite("a weight") }
    func matrix<Value>(_ values: [Value]) -> SparseMatrix<Value> {
      SparseMatrix(rows: row, columns: columns, positions: positions, values: values)
    }
    if code.hasPlainBytes {
      weights.values = .plain(matrix(codes.map { Int8(bitPattern: $0) }))
    } else {
      weights.values = code.table.map { .table($0, codes: matrix(codes)) } ?? .raw(matrix(raw))
    }
  }

  /// Remembers lanes, and the pad that each bank must have.
  private mutating func notePads(
    _ lanes: [LaneEntry], _ code: LaneCode
  ) throws(BlobFault) {
    let layer = LayerAnatomy(
      step: step ?? 0, mask: code.mask, jump: code.jump > 0 ? code.jump : nil,
      gapLengths: code.gaps.map(\.lengths), isSecond: code.isSecond, valueLengths: code.values.map(\.lengths),
      lanes: lanes)
    let pad = layer.pad(rows: lanes.reduce(0) { $0 + $1.rows }, columns: code.columns)
    for (index, lane) in lanes.enumerated() {
      let start = sections.banks[lane.bank].lowerBound
      anatomy.spans.append(
        BlobSpan(
          part: .lane, step: step, range: start + lane.offset..<start + lane.end, lane: index))
      if lane.bits > 0 { anatomy.pads[lane.bank] = max(anatomy.pads[lane.bank], pad) }
    }
    anatomy.layers.append(layer)
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
