// The integers that coders are compared on: 0 where a weight was pruned, else the signed number of
// its level: -1, -2, ... downward from the greatest negative level, 1, 2, ... upward from the least
// that is not negative. Every coder is given the same integers, and none the levels themselves.

@testable import Blob

/// A layer's matrix of levels.
struct LevelMatrix {
  let rows: Int
  let columns: Int
  /// Of the survivors, ascending, row-major.
  let positions: [Int]
  /// For each survivor the signed number of its level; never 0.
  let indices: [Int]

  /// - Parameters:
  ///   - table: the levels, in any order.
  ///   - codes: for each survivor, which of them it is.
  init(rows: Int, columns: Int, positions: [Int], table: [Float], codes: [UInt8]) {
    let order = table.indices.sorted { table[$0] < table[$1] }
    let negative = table.filter { $0 < 0 }.count
    var index = [Int](repeating: 0, count: table.count)
    for (rank, code) in order.enumerated() {
      index[code] = rank < negative ? rank - negative : rank - negative + 1
    }
    (self.rows, self.columns, self.positions) = (rows, columns, positions)
    indices = codes.map { index[Int($0)] }
  }

  /// nil for weights without a table.
  init?(_ weights: BlobWeights) {
    guard case .table(let table, let codes) = weights.values else { return nil }
    self.init(
      rows: weights.rows, columns: weights.columns, positions: weights.positions,
      table: table.values, codes: codes.values)
  }

  var count: Int { rows * columns }
  var survivors: Int { positions.count }

  /// Levels that occur.
  var levels: Int { Set(indices).count }

  /// For each survivor which of the levels that occur it has, from 0 up.
  var codes: [UInt8] {
    let rank = Dictionary(
      uniqueKeysWithValues: Set(indices).sorted().enumerated().map { ($1, UInt8($0)) })
    return indices.map { rank[$0] ?? 0 }
  }

  /// Bits of a code of fixed length.
  var codeBits: Int { Self.bits(levels) }

  /// Bits that tell `symbols` apart.
  static func bits(_ symbols: Int) -> Int {
    symbols < 2 ? 0 : Int.bitWidth - (symbols - 1).leadingZeroBitCount
  }

  /// A byte for each weight: 0, or 1 + its code.
  var oneByteEach: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for (position, code) in zip(positions, codes) { bytes[position] = code + 1 }
    return bytes
  }

  /// Half a byte for each weight; nil where levels and zero are more than 16.
  var packed: [UInt8]? { levels < 16 ? Self.nibbles(oneByteEach) : nil }

  /// A bit for each weight, then the codes, packed if they fit half a byte.
  var bitmapAndCodes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
    for position in positions { bytes[position / 8] |= 1 << UInt8(position % 8) }
    return bytes + (codeBits <= 4 ? Self.nibbles(codes) : codes)
  }

  private static func nibbles(_ numbers: [UInt8]) -> [UInt8] {
    stride(from: 0, to: numbers.count, by: 2).map {
      numbers[$0] | ($0 + 1 < numbers.count ? numbers[$0 + 1] << 4 : 0)
    }
  }

  /// Rows, columns and the integers, each as a little-endian int32.
  var words: [Int32] {
    var matrix = [Int32](repeating: 0, count: count)
    for (position, index) in zip(positions, indices) { matrix[position] = Int32(index) }
    return [Int32(rows), Int32(columns)] + matrix
  }

  /// For each survivor the zeros before it.
  var gaps: [Int] {
    var next = 0
    return positions.map { position in
      defer { next = position + 1 }
      return position - next
    }
  }
}
