import EntropyCoding

// The bits of a lane, as a candidate says. Formats/Blob.md, "Lanes".

extension LayerCoding {
  /// The bits of lane `index`.
  func lane(_ index: Int, as candidate: MaskCandidate) throws(EntropyCodingError) -> BitWriter {
    let lane = lanes[index]
    let values = try ValueWriter(weights.values, lengths: candidate.valueLengths)
    var writer = BitWriter()
    switch candidate.kind {
    case .none:
      for survivor in lane.survivors { values.write(survivor, into: &writer) }
    case .bitmap:
      writeBitmap(lane, values, into: &writer)
    case .gaps:
      let code = try HuffmanCode(lengths: candidate.gapLengths)
      if code.allOnesSymbol == nil { break }
      writeGaps(lane, candidate, jumpSymbol: candidate.jump, index) { survivor, symbol in
        code.encode(symbol, into: &writer)
        if let survivor { values.write(survivor, into: &writer) }
      }
    case .joint:
      guard let code = values.code, case .table(let table, let codes) = weights.values
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
