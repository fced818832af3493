import EntropyCoding

/// A value for each position of a layer without zeros.
enum NoMask: MaskCoder {
  static let valueKinds = 0...1

  static func candidates(of layer: LayerCoding, beside _: [MaskCandidate]) -> [MaskCandidate] {
    let weights = layer.weights
    guard weights.positions.count == weights.rows * weights.columns else { return [] }
    let coded = layer.candidate(.none, maskBits: layer.lanes.map { _ in 0 })
    return [coded] + (layer.plainBytes.map { [$0] } ?? [])
  }

  static func write(_ lane: inout LaneWriter) {
    for survivor in lane.survivors { lane.value(of: survivor) }
  }

  static func read(_ lane: inout LaneReader) throws(EntropyCodingError) {
    for position in 0..<lane.total { try lane.survivor(at: position) }
  }

  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int {
    code.hasFreeValues ? positions : min(positions, bits)
  }
}

/// A bit for each position, and a value behind each 1.
enum BitmapMask: MaskCoder {
  static let valueKinds = 0...1

  static func candidates(of layer: LayerCoding, beside _: [MaskCandidate]) -> [MaskCandidate] {
    [layer.candidate(.bitmap, maskBits: layer.lanes.map(\.positions.count))]
  }

  static func write(_ lane: inout LaneWriter) {
    var next = lane.positions.lowerBound
    for survivor in lane.survivors {
      lane.bits.appendZeros(lane.position(of: survivor) - next)
      lane.bits.append(1, count: 1)
      lane.value(of: survivor)
      next = lane.position(of: survivor) + 1
    }
    lane.bits.appendZeros(lane.positions.upperBound - next)
  }

  static func read(_ lane: inout LaneReader) throws(EntropyCodingError) {
    for position in 0..<lane.total where try lane.bits.read(1) == 1 {
      try lane.survivor(at: position)
    }
  }

  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int {
    min(positions, bits)
  }
}
