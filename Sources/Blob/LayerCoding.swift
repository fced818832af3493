import EntropyCoding

// A layer's survivors can be written with no mask, a bitmap, or gaps under any K in 1...255, and
// each way is sized exactly before one is taken. The gaps and jumps of every K follow from the
// histogram of distances between survivors, so that K costs no second pass over the positions;
// values cost the same whatever the mask. All lanes of a layer share their alphabets, so histograms
// are counted per lane and added up. What ends a lane is counted too: any symbol will do that
// reaches the end, and the one that is most frequent already is taken. Formats/Blob.md, "Weights",
// "Lanes" and "Banks".

/// One way to write the mask of a layer.
struct MaskCandidate {
  let kind: MaskKind
  /// Code lengths of gap symbols 0...K; empty without gaps.
  let gapLengths: [UInt8]
  /// For each lane the symbol that ends it, if it has zeros after its last survivor.
  let closings: [Int?]
  /// Bits of each lane, values included.
  let laneBits: [Int]
  /// Bytes that depend on the choice: mask fields, lane sizes, lanes; and the charge for jumps.
  let bytes: Int
  /// Pad that the layer's banks need; 0 if no lane has bits.
  let pad: Int

  var jump: Int { gapLengths.count - 1 }
}

/// A layer's weights, ready to be sized and written.
struct LayerCoding {
  let weights: BlobWeights
  /// The alphabet of codes; nil for raw weights.
  let valueLengths: [UInt8]?
  private let options: CodingOptions
  private let lanes: [LaneSurvivors]
  private let laneValueBits: [Int]

  /// - Precondition: the weights passed `BlobWeights.check`.
  init(_ weights: BlobWeights, options: CodingOptions) {
    self.weights = weights
    self.options = options
    lanes = LaneSurvivors.all(of: weights)
    guard case .table(let table, let codes) = weights.values else {
      valueLengths = nil
      laneValueBits = lanes.map { 32 * $0.survivors.count }
      return
    }
    let lengths = Self.valueLengths(codes, levels: table.values.count, limit: options.codeLimit)
    valueLengths = lengths
    let used = lengths.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    laneValueBits = lanes.map { lane in
      used < 2 ? 0 : codes[lane.survivors].reduce(0) { $0 + Int(lengths[Int($1)]) }
    }
  }

  private static func valueLengths(_ codes: [UInt8], levels: Int, limit: Int) -> [UInt8] {
    var frequencies = [Int](repeating: 0, count: levels)
    for code in codes { frequencies[Int(code)] += 1 }
    let used = frequencies.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    var limit = limit
    while used > 1 << limit { limit += 1 }
    return HuffmanCode.lengths(frequencies: frequencies, limit: limit)
  }

  // MARK: Sizing

  /// The ways that the options allow, without those that another beats in bytes and in pad; by
  /// ascending pad.
  func candidates() throws(BlobFault) -> [MaskCandidate] {
    var all: [MaskCandidate] = []
    switch options.mask {
    case .smallest: all = [withoutMask(), bitmap()].compactMap(\.self) + allGaps()
    case .always(.none): all = [withoutMask()].compactMap(\.self)
    case .always(.bitmap): all = [bitmap()]
    case .always(.gaps): all = allGaps()
    }
    var kept: [MaskCandidate] = []
    let order = all.indices.sorted {
      (all[$0].pad, all[$0].bytes, $0) < (all[$1].pad, all[$1].bytes, $1)
    }
    for index in order where all[index].bytes < kept.last?.bytes ?? .max { kept.append(all[index]) }
    guard !kept.isEmpty else {
      if case .always(let kind) = options.mask { throw .maskImpossible(kind) }
      throw .maskImpossible(.gaps)
    }
    return kept
  }

  private func withoutMask() -> MaskCandidate? {
    guard weights.positions.count == weights.rows * weights.columns else { return nil }
    return candidate(.none, maskBits: lanes.map { _ in 0 })
  }

  private func bitmap() -> MaskCandidate {
    candidate(.bitmap, maskBits: lanes.map(\.positions.count))
  }

  private func allGaps() -> [MaskCandidate] {
    if weights.positions.isEmpty {
      return [candidate(.gaps, maskBits: lanes.map { _ in 0 }, gapLengths: [0, 0])]
    }
    let histograms = lanes.map { GapHistogram($0, positions: weights.positions) }
    return options.jumps.compactMap { gaps(jump: $0, histograms) }
  }

  /// Nil where more symbols occur than the longest word can tell apart.
  private func gaps(jump: Int, _ histograms: [GapHistogram]) -> MaskCandidate? {
    var counts = histograms.map { $0.frequencies(jump: jump) }
    var total = [Int](repeating: 0, count: jump + 1)
    for lane in counts { for symbol in 0...jump { total[symbol] += lane[symbol] } }
    var closings: [Int?] = []
    for (lane, histogram) in histograms.enumerated() {
      let closing = histogram.closing(jump: jump, frequencies: total)
      if let closing { counts[lane][closing] += 1 }
      closings.append(closing)
    }
    for case let closing? in closings { total[closing] += 1 }
    let used = total.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    guard used <= 1 << options.gapLimit else { return nil }
    let lengths = HuffmanCode.lengths(frequencies: total, limit: options.gapLimit)
    let bits = counts.map { lane in
      used < 2 ? 0 : zip(lane, lengths).reduce(0) { $0 + $1.0 * Int($1.1) }
    }
    return candidate(
      .gaps, maskBits: bits, gapLengths: lengths, closings: closings,
      charge: Int(options.jumpCharge * Double(total[jump]) / 8))
  }

  private func candidate(
    _ kind: MaskKind, maskBits: [Int], gapLengths: [UInt8] = [], closings: [Int?] = [],
    charge: Int = 0
  ) -> MaskCandidate {
    let laneBits = zip(maskBits, laneValueBits).map { $0 + $1 }
    let table =
      gapLengths.isEmpty
      ? 0 : varintBytes(gapLengths.count - 1) + (gapLengths.count + 1) / 2
    return MaskCandidate(
      kind: kind, gapLengths: gapLengths, closings: closings, laneBits: laneBits,
      bytes: laneBits.reduce(table + charge) { $0 + varintBytes($1) + ($1 + 7) / 8 },
      pad: laneBits.allSatisfy { $0 == 0 }
        ? 0
        : Pad.bytes(
          mask: kind, gapLengths: gapLengths, valueLengths: valueLengths,
          columns: weights.columns))
  }

  // MARK: Writing

  /// The bits of lane `index`.
  func lane(_ index: Int, as candidate: MaskCandidate) throws(EntropyCodingError) -> BitWriter {
    let lane = lanes[index]
    let values = try ValueWriter(weights.values, lengths: valueLengths)
    var writer = BitWriter()
    switch candidate.kind {
    case .none:
      for survivor in lane.survivors { values.write(survivor, into: &writer) }
    case .bitmap:
      writeBitmap(lane, values, into: &writer)
    case .gaps:
      let code = try HuffmanCode(lengths: candidate.gapLengths)
      if code.allOnesSymbol == nil { break }
      writeGaps(lane, values, code, closing: candidate.closings[index], into: &writer)
    }
    return writer
  }

  private func writeBitmap(
    _ lane: LaneSurvivors, _ values: ValueWriter, into writer: inout BitWriter
  ) {
    var next = lane.positions.lowerBound
    for survivor in lane.survivors {
      writer.appendZeros(weights.positions[survivor] - next)
      writer.append(1, count: 1)
      values.write(survivor, into: &writer)
      next = weights.positions[survivor] + 1
    }
    writer.appendZeros(lane.positions.upperBound - next)
  }

  private func writeGaps(
    _ lane: LaneSurvivors, _ values: ValueWriter, _ code: HuffmanCode, closing: Int?,
    into writer: inout BitWriter
  ) {
    let jump = code.lengths.count - 1
    var next = lane.positions.lowerBound
    for survivor in lane.survivors {
      let (jumps, gap) = (weights.positions[survivor] - next).quotientAndRemainder(
        dividingBy: jump)
      for _ in 0..<jumps { code.encode(jump, into: &writer) }
      code.encode(gap, into: &writer)
      values.write(survivor, into: &writer)
      next = weights.positions[survivor] + 1
    }
    guard let closing else { return }
    for _ in 0..<(lane.positions.upperBound - next - 1) / jump { code.encode(jump, into: &writer) }
    code.encode(closing, into: &writer)
  }
}

extension BitWriter {
  fileprivate mutating func appendZeros(_ count: Int) {
    for _ in 0..<count / 32 { append(0, count: 32) }
    append(0, count: count % 32)
  }
}

/// Survivors' values, as they are put into a lane.
private struct ValueWriter {
  let values: BlobWeights.Values
  let code: HuffmanCode?

  init(_ values: BlobWeights.Values, lengths: [UInt8]?) throws(EntropyCodingError) {
    self.values = values
    if let lengths { code = try HuffmanCode(lengths: lengths) } else { code = nil }
  }

  func write(_ survivor: Int, into writer: inout BitWriter) {
    switch values {
    case .table(_, let codes): code?.encode(Int(codes[survivor]), into: &writer)
    case .raw(let raw): writer.append(raw[survivor].bitPattern, count: 32)
    }
  }
}
