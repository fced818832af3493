import EntropyCoding

// The bits of a lane, as a candidate says. Formats/Blob.md, "Lanes".

extension LayerCoding {
  /// The bits of lane `index`.
  func lane(_ index: Int, as candidate: MaskCandidate) throws(EntropyCodingError) -> BitWriter {
    let lane = lanes[index]
    let values = try ValueWriter(weights, lane, lengths: candidate.valueLengths)
    var writer = BitWriter()
    switch candidate.kind {
    case .none:
      for survivor in lane.survivors { values.write(survivor, into: &writer) }
    case .bitmap:
      writeBitmap(lane, values, into: &writer)
    case .gaps:
      guard let lengths = candidate.gapLengths.first else { break }
      let code = try HuffmanCode(lengths: lengths)
      if code.allOnesSymbol == nil { break }
      writeGaps(lane, candidate, jumpSymbol: candidate.jump, index) { survivor, symbol in
        code.encode(symbol, into: &writer)
        if let survivor { values.write(survivor, into: &writer) }
      }
    case .gapsByRow:
      guard let classes = candidate.rowClasses else { break }
      try writeGaps(lane, classes, values, closing: candidate.closings[index], into: &writer)
    case .joint:
      guard let code = values.codes.first, case .table(let table, let codes) = weights.values
      else { break }
      let levels = table.values.count
      writeGaps(lane, candidate, jumpSymbol: candidate.jump * levels, index) { survivor, symbol in
        let joint = survivor.map { symbol * levels + Int(codes[$0]) } ?? symbol
        code.encode(joint, into: &writer)
      }
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
    _ lane: LaneSurvivors, _ classes: RowClasses, _ values: ValueWriter, closing: Int?,
    into writer: inout BitWriter
  ) throws(EntropyCodingError) {
    var codes: [HuffmanCode] = []
    for lengths in classes.lengths { codes.append(try HuffmanCode(lengths: lengths)) }
    var gaps = GapWalk(lane, columns: weights.columns, jump: classes.jump)
    for survivor in lane.survivors {
      gaps.walk(to: weights.positions[survivor]) { row, symbol in
        codes[classes.isSecond[row] ? 1 : 0].encode(symbol, into: &writer)
      }
      values.write(survivor, into: &writer)
    }
    let tail = gaps.finish(at: lane.positions.upperBound) { row, symbol in
      codes[classes.isSecond[row] ? 1 : 0].encode(symbol, into: &writer)
    }
    if let tail, let closing {
      codes[classes.isSecond[tail.row] ? 1 : 0].encode(closing, into: &writer)
    }
  }

  /// Calls `write` with each survivor and the gap before it, and with nil and a symbol for each
  /// jump and for what closes the lane.
  private func writeGaps(
    _ lane: LaneSurvivors, _ candidate: MaskCandidate, jumpSymbol: Int, _ index: Int,
    _ write: (Int?, Int) -> Void
  ) {
    let jump = candidate.jump
    var next = lane.positions.lowerBound
    for survivor in lane.survivors {
      let (jumps, gap) = (weights.positions[survivor] - next).quotientAndRemainder(
        dividingBy: jump)
      for _ in 0..<jumps { write(nil, jumpSymbol) }
      write(survivor, gap)
      next = weights.positions[survivor] + 1
    }
    guard let closing = candidate.closings[index] else { return }
    for _ in 0..<(lane.positions.upperBound - next - 1) / jump { write(nil, jumpSymbol) }
    write(nil, closing)
  }
}

/// Survivors' values, as they are put into a lane.
private struct ValueWriter {
  let weights: BlobWeights
  let lane: LaneSurvivors
  var codes: [HuffmanCode] = []
  private var neighbours: Neighbours?

  init(
    _ weights: BlobWeights, _ lane: LaneSurvivors, lengths: [[UInt8]]
  ) throws(EntropyCodingError) {
    (self.weights, self.lane) = (weights, lane)
    for lengths in lengths { codes.append(try HuffmanCode(lengths: lengths)) }
    if codes.count > 1, case .table(let table, _) = weights.values { neighbours = Neighbours(table) }
  }

  func write(_ survivor: Int, into writer: inout BitWriter) {
    switch weights.values {
    case .table(_, let codes):
      let alphabet =
        neighbours?.alphabet(of: survivor, in: lane, weights.positions, codes) ?? 0
      self.codes[alphabet].encode(Int(codes[survivor]), into: &writer)
    case .raw(let raw): writer.append(raw[survivor].bitPattern, count: 32)
    }
  }
}
