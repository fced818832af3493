import Tensors

/// A layer's filters as they are stored, and what belongs to them: from quantization to the file and
/// back.
public struct BlobWeights: Equatable, Sendable {
  public enum Values: Equatable, Sendable, Codable {
    /// 1...256 levels, and for each survivor the number of its level.
    case table(StoredNumbers, codes: SparseMatrix<UInt8>)
    /// The survivors themselves, finite.
    case raw(SparseMatrix<Float>)

    /// Integers by the table of those that occur, ascending; of 0 where none does.
    ///
    /// - Parameter run: whether all between the least and the largest are levels.
    package static func plain(_ integers: SparseMatrix<Int8>, run: Bool = false) -> Values {
      var levels = integers.values.isEmpty ? [0] : Set(integers.values).sorted()
      if run, let least = levels.first, let most = levels.last { levels = Array(least...most) }
      let codes = Dictionary(uniqueKeysWithValues: levels.enumerated().map { ($1, UInt8($0)) })
      return .table(
        StoredNumbers(levels.map(Float.init), precision: .int8(scale: 1)),
        codes: integers.with(integers.values.map { codes[$0] ?? 0 }))
    }
  }

  public var values: Values
  /// One a row, or absent, which is 1.
  public var rowScales: StoredNumbers
  /// One a row, or absent, which is 0.
  public var biases: StoredNumbers
  /// Of an integer step, instead of row scales and biases; the table is then int8 or int16.
  public var scaling: BlobScaling?
  /// The same of an exact step; the table is then int8.
  public var exact: BlobExactScaling?
  /// In the order of rows; their rows sum to `rows`.
  public var lanes: [BlobLane]

  /// - Parameter lanes: one lane in bank 0 where it is nil.
  public init(
    _ values: Values, rowScales: StoredNumbers = .absent, biases: StoredNumbers = .absent,
    scaling: BlobScaling? = nil, exact: BlobExactScaling? = nil, lanes: [BlobLane]? = nil
  ) {
    self.values = values
    self.rowScales = rowScales
    self.biases = biases
    (self.scaling, self.exact) = (scaling, exact)
    self.lanes = []
    self.lanes = lanes ?? [BlobLane(rows: rows)]
  }

  public var rows: Int {
    switch values {
    case .table(_, let codes): codes.rows
    case .raw(let matrix): matrix.rows
    }
  }

  public var columns: Int {
    switch values {
    case .table(_, let codes): codes.columns
    case .raw(let matrix): matrix.columns
    }
  }

  /// Where survivors are: row x columns + column, ascending.
  public var positions: [Int] {
    switch values {
    case .table(_, let codes): codes.positions
    case .raw(let matrix): matrix.positions
    }
  }

  /// Levels of the table; nil where weights are raw.
  public var levels: Int? {
    if case .table(let table, _) = values { table.values.count } else { nil }
  }

  /// As a blob has it: a table there has at least one level, and nobody would look it up where no
  /// weight survives.
  package var withoutEmptyTable: BlobWeights {
    guard positions.isEmpty else { return self }
    var bare = self
    bare.values = .raw(SparseMatrix(rows: rows, columns: columns, positions: [], values: []))
    bare.rowScales = .absent
    return bare
  }

  /// What the survivors are, without row scales.
  ///
  /// - Precondition: the weights passed ``BlobModel/check()``.
  public var levelled: SparseMatrix<Float> {
    switch values {
    case .table(let table, let codes): codes.with(codes.values.map { table.values[Int($0)] })
    case .raw(let matrix): matrix
    }
  }

  /// What the survivors stand for.
  public var survivors: SparseMatrix<Float> {
    let matrix = levelled
    if rowScales.areAbsent { return matrix }
    return matrix.with(
      zip(matrix.positions, matrix.values).map { rowScales.values[$0 / columns] * $1 })
  }
}

extension BlobWeights: Codable {
  private enum CodingKeys: CodingKey { case values, rowScales, biases }

  /// Weights and biases: integers and lanes come when a blob is written.
  public func encode(to encoder: any Encoder) throws {
    var parts = encoder.container(keyedBy: CodingKeys.self)
    try parts.encode(values, forKey: .values)
    try parts.encode(rowScales, forKey: .rowScales)
    try parts.encode(biases, forKey: .biases)
  }

  public init(from decoder: any Decoder) throws {
    let parts = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try parts.decode(Values.self, forKey: .values),
      rowScales: try parts.decode(StoredNumbers.self, forKey: .rowScales),
      biases: try parts.decode(StoredNumbers.self, forKey: .biases))
    let whole = withoutEmptyTable
    do { try whole.check(rows: rows, columns: columns) } catch { try decoder.check(error.words) }
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
