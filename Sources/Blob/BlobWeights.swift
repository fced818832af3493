/// A layer's filters: a matrix of rows and columns in which zeros are left out.
public struct BlobWeights: Equatable, Sendable {
  public enum Values: Equatable, Sendable {
    /// 1...256 levels, and for each survivor the number of its level.
    case table(BlobNumbers, codes: [UInt8])
    /// The survivors themselves, finite.
    case raw([Float])
  }

  public var rows: Int
  public var columns: Int
  /// Where survivors are: row x columns + column, ascending.
  public var positions: [Int]
  /// What they are, in the order of `positions`.
  public var values: Values
  /// One a row, or absent, which is 1.
  public var rowScales: BlobNumbers
  /// One a row, or absent, which is 0.
  public var biases: BlobNumbers
  /// Of an integer step, instead of scales and biases; the table is then int8 or int16.
  public var scaling: BlobScaling?
  /// In the order of rows; their rows sum to `rows`.
  public var lanes: [BlobLane]

  /// - Parameter lanes: one lane in bank 0 where it is nil.
  public init(
    rows: Int, columns: Int, positions: [Int], values: Values, rowScales: BlobNumbers = .absent,
    biases: BlobNumbers = .absent, scaling: BlobScaling? = nil, lanes: [BlobLane]? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.positions = positions
    self.values = values
    self.rowScales = rowScales
    self.biases = biases
    self.scaling = scaling
    self.lanes = lanes ?? [BlobLane(rows: rows)]
  }

  /// Levels of the table; nil where weights are raw.
  public var levels: Int? {
    if case .table(let table, _) = values { table.values.count } else { nil }
  }

  /// The matrix without row scales, row-major, zeros included. [rows, columns]
  ///
  /// - Precondition: the weights passed ``BlobModel/check()``.
  public func dense() -> [Float] {
    var matrix = [Float](repeating: 0, count: rows * columns)
    switch values {
    case .raw(let survivors):
      for (position, value) in zip(positions, survivors) { matrix[position] = value }
    case .table(let table, let codes):
      for (position, code) in zip(positions, codes) { matrix[position] = table.values[Int(code)] }
    }
    return matrix
  }
}

extension BlobWeights {
  /// Bytes of the smallest coding of mask and codes, apart from what banks share.
  ///
  /// - Parameter jumps: values of K that are tried; few are enough to compare masks.
  /// - Precondition: the weights passed ``BlobModel/check()``.
  package func codedBytes(jumps: ClosedRange<Int>) -> Int {
    let coding = LayerCoding(self, options: CodingOptions(jumps: jumps))
    return ((try? coding.candidates()) ?? []).map(\.bytes).min() ?? 0
  }
}

/// A run of rows that is decodable by itself, and the bank that holds it.
public struct BlobLane: Equatable, Sendable {
  public var rows: Int
  public var bank: Int

  public init(rows: Int, bank: Int = 0) {
    self.rows = rows
    self.bank = bank
  }
}
