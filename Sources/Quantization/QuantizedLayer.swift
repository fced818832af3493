/// A layer's weights as positions, codes and a table: exactly what a reader of the file gets back.
///
/// Weights are a row-major matrix of `rows` filters. Positions that are not listed are pruned and
/// stand for 0; a survivor stands for scale x table[code], with its row's scale if there are any.
public struct QuantizedLayer: Equatable, Sendable, Codable {
  public let rows: Int
  public let columns: Int

  /// At most 256 finite values, each a number of ``tablePrecision``. Any of them may be 0.
  public let table: [Float]

  /// float16, float32, or int8 with a ``tableScale``. An int16 table has a scale too and says
  /// float32, which holds its entries exactly.
  public let tablePrecision: StoredPrecision

  /// What every entry of an int8 or int16 table is an integer times of; nil for floating point.
  public let tableScale: Float?

  /// For each survivor, in row-major order, an index into the table.
  public let codes: [UInt8]

  /// For each survivor its place in the flattened matrix; ascending.
  public let positions: [Int]

  /// A factor for each row, or nil where scales do not pay.
  public let rowScales: [Float]?

  /// In int8 scales are multiples of ``StoredPrecision/scaleUnit``; of no meaning without scales.
  public let scalePrecision: StoredPrecision

  /// Sum over the survivors of importance times squared error, as it was when codes were chosen.
  public let weightedSquaredError: Double

  /// A layer of given parts.
  ///
  /// - Precondition: codes and positions are as many and as described above, there is a scale for
  ///   each row if there are scales, and all numbers are finite.
  public init(
    rows: Int, columns: Int, table: [Float], tablePrecision: StoredPrecision, codes: [UInt8],
    positions: [Int], rowScales: [Float]?, scalePrecision: StoredPrecision,
    weightedSquaredError: Double, tableScale: Float? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.table = table
    self.tablePrecision = tablePrecision
    self.codes = codes
    self.positions = positions
    self.rowScales = rowScales
    self.scalePrecision = scalePrecision
    self.weightedSquaredError = weightedSquaredError
    self.tableScale = tableScale
    precondition(fault == nil, fault ?? "")
  }

  /// What keeps the parts from being a layer, or nil.
  var fault: String? {
    let (total, overflow) = rows.multipliedReportingOverflow(by: columns)
    if rows < 0 || columns < 0 || overflow { return "the matrix has no size" }
    if codes.count != positions.count { return "codes and positions are not as many" }
    if !zip(positions, positions.dropFirst()).allSatisfy(<) { return "positions do not ascend" }
    if positions.first ?? 0 < 0 || positions.last ?? -1 >= total {
      return "a position lies outside the matrix"
    }
    if table.count > 256 || codes.contains(where: { $0 >= table.count }) {
      return "a code lies outside the table"
    }
    if let rowScales, rowScales.count != rows { return "scales and rows are not as many" }
    if !(table + (rowScales ?? [])).allSatisfy({ $0.isFinite }) { return "a number is not finite" }
    if let tableScale, !tableScale.isFinite || tableIntegers == nil {
      return "a table entry is no multiple of the table's scale"
    }
    return nil
  }

  /// The table's entries over its scale: -127...127 for int8, -32,767...32,767 for int16; nil for
  /// floating point.
  public var tableIntegers: [Int]? {
    guard let tableScale else { return nil }
    let limit = integerPrecision.limit ?? 0
    var integers: [Int] = []
    for entry in table {
      let steps = tableScale > 0 ? (entry / tableScale).rounded() : 0
      guard abs(steps) <= limit, tableScale * steps == entry else { return nil }
      integers.append(Int(steps))
    }
    return integers
  }

  private var integerPrecision: TablePrecision {
    if tableScale == nil { return .automatic }
    return tablePrecision == .int8 ? .int8 : .int16
  }

  /// Entropy of the codes in bits a survivor; 0 without survivors.
  public var codeEntropy: Double {
    var counts = [Double](repeating: 0, count: 256)
    for code in codes { counts[Int(code)] += 1 }
    return entropyBits(counts)
  }

  /// Bytes of the table and of the scales. (An int16 table counts as the float32 it is kept in.)
  public var tableBytes: Int {
    tablePrecision.byteCount(table.count)
      + (rowScales.map { scalePrecision.byteCount($0.count) } ?? 0)
  }

  /// The whole matrix, `rows` x `columns`, row-major, zeros where weights were pruned.
  public func decodedWeights() -> [Float] {
    var weights = [Float](repeating: 0, count: rows * columns)
    for (position, code) in zip(positions, codes) {
      weights[position] = (rowScales?[position / columns] ?? 1) * table[Int(code)]
    }
    return weights
  }

  /// The same with a table of another precision, rounded to it.
  public func storing(tableAs precision: TablePrecision) -> QuantizedLayer {
    let stored = precision.rounded(table)
    return QuantizedLayer(
      rows: rows, columns: columns, table: stored.entries, tablePrecision: stored.precision,
      codes: codes, positions: positions, rowScales: rowScales, scalePrecision: scalePrecision,
      weightedSquaredError: weightedSquaredError, tableScale: stored.scale)
  }

  /// The same with no entry in the table that no survivor has.
  public func withoutUnusedEntries() -> QuantizedLayer {
    var used = [Bool](repeating: false, count: table.count)
    for code in codes { used[Int(code)] = true }
    var renamed = [UInt8](repeating: 0, count: table.count)
    var kept: [Float] = []
    for (code, entry) in table.enumerated() where used[code] {
      renamed[code] = UInt8(kept.count)
      kept.append(entry)
    }
    if kept.count == table.count { return self }
    return QuantizedLayer(
      rows: rows, columns: columns, table: kept, tablePrecision: tablePrecision,
      codes: codes.map { renamed[Int($0)] }, positions: positions, rowScales: rowScales,
      scalePrecision: scalePrecision, weightedSquaredError: weightedSquaredError,
      tableScale: tableScale)
  }

  /// The same with another table, and other codes and scales if given; table and scales rounded as
  /// they are stored. For use after training.
  ///
  /// - Precondition: as many entries, codes and scales as there are now; all finite.
  public func replacing(table: [Float], codes: [UInt8]? = nil, rowScales: [Float]? = nil)
    -> QuantizedLayer
  {
    precondition(table.count == self.table.count && table.allSatisfy { $0.isFinite })
    precondition(rowScales.map { $0.count == self.rowScales?.count } ?? true)
    precondition(rowScales?.allSatisfy { $0.isFinite } ?? true)
    let stored = integerPrecision.rounded(table)
    let scalePrecision =
      rowScales.map { self.scalePrecision.afterChange($0) } ?? self.scalePrecision
    return QuantizedLayer(
      rows: rows, columns: columns, table: stored.entries,
      tablePrecision: stored.precision, codes: codes ?? self.codes, positions: positions,
      rowScales: rowScales.map { scalePrecision.rounded($0) } ?? self.rowScales,
      scalePrecision: scalePrecision, weightedSquaredError: weightedSquaredError,
      tableScale: stored.scale)
  }
}

extension QuantizedLayer {
  /// A layer as it was encoded; checked, since it may come from a file.
  public init(from decoder: any Decoder) throws {
    let parts = try decoder.container(keyedBy: CodingKeys.self)
    rows = try parts.decode(Int.self, forKey: .rows)
    columns = try parts.decode(Int.self, forKey: .columns)
    table = try parts.decode([Float].self, forKey: .table)
    tablePrecision = try parts.decode(StoredPrecision.self, forKey: .tablePrecision)
    codes = try parts.decode([UInt8].self, forKey: .codes)
    positions = try parts.decode([Int].self, forKey: .positions)
    rowScales = try parts.decodeIfPresent([Float].self, forKey: .rowScales)
    scalePrecision = try parts.decode(StoredPrecision.self, forKey: .scalePrecision)
    weightedSquaredError = try parts.decode(Double.self, forKey: .weightedSquaredError)
    tableScale = try parts.decodeIfPresent(Float.self, forKey: .tableScale)
    if let fault {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: fault))
    }
  }
}
