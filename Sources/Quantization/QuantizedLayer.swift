/// A layer's weights as positions, codes and a table: exactly what a reader of the file gets back.
///
/// Weights are a row-major matrix of `rows` filters. Positions that are not listed are pruned and
/// stand for 0; a survivor stands for scale x table[code], with its row's scale if there are any.
public struct QuantizedLayer: Equatable, Sendable, Codable {
  public let rows: Int
  public let columns: Int

  /// At most 256 finite values, each a number of ``tablePrecision``. Any of them may be 0.
  public let table: [Float]

  /// float16 or float32.
  public let tablePrecision: StoredPrecision

  /// For each survivor, in row-major order, an index into the table.
  public let codes: [UInt8]

  /// For each survivor its place in the flattened matrix; ascending.
  public let positions: [Int]

  /// A factor for each row, or nil where scales do not pay.
  public let rowScales: [Float]?

  /// float16 or float32; of no meaning without scales.
  public let scalePrecision: StoredPrecision

  /// Sum over the survivors of importance times squared error, as it was when codes were chosen.
  public let weightedSquaredError: Double

  /// Bytes of the table and of the scales.
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

  /// The same codes with another table, and other scales if given; both rounded as they are
  /// stored. For use after training.
  ///
  /// - Precondition: as many entries, and scales, as there are now; all finite.
  public func replacing(table: [Float], rowScales: [Float]? = nil) -> QuantizedLayer {
    precondition(table.count == self.table.count && table.allSatisfy { $0.isFinite })
    precondition(rowScales.map { $0.count == self.rowScales?.count } ?? true)
    precondition(rowScales?.allSatisfy { $0.isFinite } ?? true)
    let tablePrecision = StoredPrecision.forTable(table)
    let scalePrecision = rowScales.map { StoredPrecision.forScales($0) } ?? self.scalePrecision
    return QuantizedLayer(
      rows: rows, columns: columns, table: tablePrecision.rounded(table),
      tablePrecision: tablePrecision, codes: codes, positions: positions,
      rowScales: rowScales.map { scalePrecision.rounded($0) } ?? self.rowScales,
      scalePrecision: scalePrecision, weightedSquaredError: weightedSquaredError)
  }
}
