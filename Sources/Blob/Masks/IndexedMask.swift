import EntropyCoding
import Tensors

// What a decoder of words takes most of its time for is finding where a word ends. Here nothing has to be found: a
// survivor is a byte, its column, and half a byte, its code, so that a few loads multiply it and no look-up table is
// built. It takes more bytes than gaps of few bits do and is there for speed. Formats/Blob.md, "Weights", "Lanes".

/// For each row, 256 columns at a time: how many survivors, and for each two of them their columns and codes.
enum IndexedMask: MaskCoder {
  static let valueKinds = 1...1
  static let hasCodeWords = false
  static let codeBits = 4
  static let mostLevels = 1 << codeBits

  static func isAllowed(by options: CodingOptions) -> Bool { options.takesIndexed }

  static func candidates(of layer: LayerCoding, beside _: [MaskCandidate]) -> [MaskCandidate] {
    guard layer.mayHaveColumns, !layer.positions.isEmpty, layer.weights.levels ?? .max <= mostLevels else { return [] }
    let columns = layer.weights.columns
    var bits: [Int] = []
    for lane in layer.lanes {
      var bytes = 0
      for block in IndexedBlocks(lane, layer.positions, columns: columns) {
        if block.survivors.count > most { return [] }
        bytes += IndexedBlocks.bytes(block.survivors.count)
      }
      bits.append(8 * bytes)
    }
    return [
      MaskCandidate(
        kind: .indexed, valueLengths: [], laneBits: bits, bytes: layer.laneBytes(bits), pad: Pad.least)
    ]
  }

  /// Survivors of a row among 256 columns.
  private static let most = 255

  static func write(_ lane: inout LaneWriter) {
    for block in lane.indexedBlocks {
      lane.bits.append(UInt32(block.survivors.count), count: 8)
      for first in stride(from: block.survivors.lowerBound, to: block.survivors.upperBound, by: 2) {
        let pair = first..<min(first + 2, block.survivors.upperBound)
        for survivor in pair { lane.bits.append(UInt32(lane.position(of: survivor) - block.first), count: 8) }
        let codes = pair.reversed().reduce(0) { $0 << codeBits | lane.level(of: $1) }
        lane.bits.append(UInt32(codes), count: 2 * codeBits)
      }
    }
  }

  static func read(_ lane: inout LaneReader) throws(EntropyCodingError) {
    let columns = lane.code.columns
    for row in 0..<lane.total / columns {
      for block in stride(from: 0, to: columns, by: IndexedBlocks.columns) {
        let width = min(IndexedBlocks.columns, columns - block)
        try readBlock(&lane, at: row * columns + block, width: width)
      }
    }
  }

  private static func readBlock(
    _ lane: inout LaneReader, at first: Int, width: Int
  ) throws(EntropyCodingError) {
    let count = Int(try lane.bits.read(8))
    var last = -1
    for number in stride(from: 0, to: count, by: 2) {
      var pair: [Int] = []
      for _ in number..<min(number + 2, count) {
        let bit = lane.bits.position
        let column = Int(try lane.bits.read(8))
        guard column < width, column > last else { throw .column(at: bit) }
        pair.append(column)
        last = column
      }
      for column in pair {
        let bit = lane.bits.position
        let level = Int(try lane.bits.read(codeBits))
        guard level < lane.code.levels else { throw .level(at: bit) }
        lane.survivor(at: first + column, level: level)
      }
      if pair.count == 1, try lane.bits.read(codeBits) != 0 { throw .fillBitSet }
    }
  }

  static func mostSymbols(_ code: LaneCode, positions: Int, bits: Int) -> Int { min(positions, bits) }
}

/// The survivors of a lane, row by row and 256 columns at a time.
struct IndexedBlocks: Sequence, IteratorProtocol {
  static let columns = 256

  private let positions: [Int]
  private let width: Int
  private let end: Int
  private var first: Int
  private var survivor: Int

  init(_ lane: LaneSurvivors, _ positions: [Int], columns: Int) {
    (self.positions, width) = (positions, columns)
    (first, end) = (lane.positions.lowerBound, lane.positions.upperBound)
    survivor = lane.survivors.lowerBound
  }

  /// The position of the block's first column, and its survivors.
  mutating func next() -> (first: Int, survivors: Range<Int>)? {
    guard first < end else { return nil }
    let block = first
    first = Swift.min(block + Self.columns, (block / width + 1) * width)
    let start = survivor
    while survivor < positions.count, positions[survivor] < first { survivor += 1 }
    return (block, start..<survivor)
  }

  /// Of a block of so many survivors.
  static func bytes(_ survivors: Int) -> Int { 1 + survivors + (survivors + 1) / 2 }
}
