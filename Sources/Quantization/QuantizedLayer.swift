import Tensors

/// A layer's weights as positions, codes and a table: exactly what a reader of the file gets back.
///
/// Positions without a code are pruned and stand for 0; a survivor stands for scale x table[code],
/// with its row's scale if there are any.
public struct QuantizedLayer: Equatable, Sendable, Codable {
  /// For each survivor an index into the table; a row is a filter.
  public var codes: SparseMatrix<UInt8>

  /// At most 256 entries, any of which may be 0; never absent.
  public var table: StoredNumbers

  /// A factor for each row, or absent where scales do not pay.
  public var rowScales: StoredNumbers

  /// A layer of given parts.
  ///
  /// - Precondition: codes are in the table, and there is a scale for each row if there are scales;
  ///   looked at as the matrix is.
  public init(
    codes: SparseMatrix<UInt8>, table: StoredNumbers, rowScales: StoredNumbers = .absent
  ) {
    (self.codes, self.table, self.rowScales) = (codes, table, rowScales)
    if SparseChecks.areOn { precondition(fault == nil, fault ?? "") }
  }

  /// A layer as it was encoded; checked, since it may come from a file.
  public init(from decoder: any Decoder) throws {
    let parts = try decoder.container(keyedBy: CodingKeys.self)
    codes = try parts.decode(SparseMatrix<UInt8>.self, forKey: .codes)
    table = try parts.decode(StoredNumbers.self, forKey: .table)
    rowScales = try parts.decode(StoredNumbers.self, forKey: .rowScales)
    try decoder.check(fault)
  }

  /// What keeps the parts from being a layer, or nil.
  private var fault: String? {
    if let fault = codes.fault { return fault }
    let levels = table.values.count
    if levels > 256 || codes.values.contains(where: { $0 >= levels }) {
      return "a code lies outside the table"
    }
    if table.areAbsent { return "the table is missing" }
    if !rowScales.areAbsent && rowScales.values.count != codes.rows {
      return "scales and rows are not as many"
    }
    return nil
  }

  /// Entropy of the codes in bits a survivor; 0 without survivors.
  public var codeEntropy: Double {
    var counts = [Double](repeating: 0, count: 256)
    for code in codes.values { counts[Int(code)] += 1 }
    return entropyBits(counts)
  }

  /// Bytes of the table and of the scales. (An int16 table counts as if it were float32.)
  public var tableBytes: Int {
    if case .int16 = table.precision { return 4 * table.values.count + rowScales.byteCount }
    return table.byteCount + rowScales.byteCount
  }

  /// What the survivors stand for.
  public var weights: SparseMatrix<Float> {
    codes.with(zip(codes.positions, codes.values).map { scale(of: $0) * table.values[Int($1)] })
  }

  /// The scale of a position's row.
  package func scale(of position: Int) -> Float {
    rowScales.areAbsent ? 1 : rowScales.values[position / codes.columns]
  }

  /// The same with a table of another precision, rounded to it.
  public func storing(tableAs precision: TablePrecision) -> QuantizedLayer {
    var layer = self
    layer.table = .table(table.values, width: precision.width)
    return layer
  }

  /// The same with no entry in the table that no survivor has.
  public func withoutUnusedEntries() -> QuantizedLayer {
    var used = [Bool](repeating: false, count: table.values.count)
    for code in codes.values { used[Int(code)] = true }
    let kept = used.indices.filter { used[$0] }
    var renamed = [UInt8](repeating: 0, count: used.count)
    for (new, old) in kept.enumerated() { renamed[old] = UInt8(new) }
    return QuantizedLayer(
      codes: codes.with(codes.values.map { renamed[Int($0)] }),
      table: StoredNumbers(kept.map { table.values[$0] }, precision: table.precision),
      rowScales: rowScales)
  }

  /// The same with another table, and other codes and scales if given; table and scales rounded as
  /// they are stored. For use after training.
  ///
  /// - Precondition: as many entries, codes and scales as there are now; all finite.
  public func replacing(table: [Float], codes: [UInt8]? = nil, rowScales: [Float]? = nil)
    -> QuantizedLayer
  {
    precondition(table.count == self.table.values.count && table.allSatisfy { $0.isFinite })
    precondition(rowScales.map { $0.count == self.rowScales.values.count } ?? true)
    precondition(rowScales?.allSatisfy { $0.isFinite } ?? true)
    return QuantizedLayer(
      codes: codes.map { self.codes.with($0) } ?? self.codes,
      table: .table(table, width: self.table.precision.width),
      rowScales: rowScales.map { scales in
        let fit = scales.allSatisfy { (0.5...127.49).contains($0 / StoredNumbers.scaleUnit) }
        return .scales(scales, inBytes: self.rowScales.precision.width != nil && fit)
      } ?? self.rowScales)
  }

  /// Some rows and columns; nil: all. Levels stay where no survivor goes.
  package func picking(rows: [Int]?, columns: [Int]?) -> QuantizedLayer {
    var picked = self
    picked.codes = codes.picking(rows: rows, columns: columns)
    if let rows, !rowScales.areAbsent {
      picked.rowScales = StoredNumbers(rows.map { rowScales.values[$0] }, precision: rowScales.precision)
    }
    return picked.codes.count < codes.count ? picked.withoutUnusedEntries() : picked
  }

  /// Some of the survivors, by ascending index. Levels stay where none goes.
  package func keeping(_ survivors: [Int]) -> QuantizedLayer {
    var kept = self
    kept.codes = codes.keeping(survivors)
    return kept.codes.count < codes.count ? kept.withoutUnusedEntries() : kept
  }
}
