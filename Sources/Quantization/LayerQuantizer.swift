#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

// One table serves a whole layer. Where its filters differ in size, as they do once an exporter has
// folded batch normalization into them, a table suits none of them well: so each filter is divided
// by the root mean square of its survivors, the table is built on what is left, and the factors are
// stored, a byte each unless they differ too much. That is kept only where it pays: 6.02 dB less
// error are worth a bit a survivor, and the factors must cost fewer bytes than that.
//
// Everything is rounded to the precision it is stored in before codes are chosen, and the errors
// compared are those of the numbers that a reader will compute.

/// How much the squared error of a weight counts.
public enum Importance: Equatable, Sendable {
  /// All weights alike.
  case equal
  /// One number for each column, for instance the mean square of the input it is multiplied with.
  case columns([Float])
  /// One number for each weight, row-major.
  case weights([Float])
}

/// Turns a layer's weights into a table and codes.
public struct LayerQuantizer: Equatable, Sendable {
  /// Most entries in the table, 1...256.
  public var levels: Int
  public var method: TableMethod
  public var rounding: Rounding
  /// Whether filters may be scaled, each by a factor of its own.
  public var allowsRowScales: Bool

  public init(
    levels: Int = 16, method: TableMethod = .kMeans, rounding: Rounding = .nearest,
    allowsRowScales: Bool = true
  ) {
    precondition((1...256).contains(levels))
    self.levels = levels
    self.method = method
    self.rounding = rounding
    self.allowsRowScales = allowsRowScales
  }

  /// The layer's table, codes and, where they pay, scales.
  ///
  /// - Parameters:
  ///   - weights: row-major, `rows` x `columns`; a row is a filter. Zeros are pruned positions.
  ///   - importance: finite numbers of 0 or more.
  /// - Returns: a layer whose table holds only entries that are used, ascending; fewer than
  ///   ``levels`` where fewer say the same.
  /// - Throws: ``QuantizationError`` for a weight or an importance that is no such number; the
  ///   index counts weights (or columns) from 0.
  /// - Complexity: that of ``TableMethod/levels(for:weights:count:)``, twice with row scales.
  public func quantized(
    weights: [Float], rows: Int, columns: Int, importance: Importance = .equal
  ) throws(QuantizationError) -> QuantizedLayer {
    precondition(rows >= 0 && columns >= 0 && weights.count == rows * columns)
    if let index = weights.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
    try importance.check(rows: rows, columns: columns)
    let survivors = Survivors(weights, rows: rows, columns: columns, importance: importance)
    let plain = try fit(survivors, scales: nil)
    guard allowsRowScales, let scales = survivors.rowScales() else { return plain }
    let scaled = try fit(survivors, scales: scales)
    return pays(scaled, against: plain) ? scaled : plain
  }

  /// Whether the bits that scales save are worth more than the bytes they cost.
  private func pays(_ scaled: QuantizedLayer, against plain: QuantizedLayer) -> Bool {
    guard scaled.weightedSquaredError < plain.weightedSquaredError else { return false }
    let bitsSaved = log2(plain.weightedSquaredError / scaled.weightedSquaredError) / 2
    let bytesSaved = bitsSaved * Double(plain.codes.count) / 8
    return bytesSaved > Double(scaled.tableBytes - plain.tableBytes)
  }

  private func fit(
    _ survivors: Survivors, scales: [Float]?
  ) throws(QuantizationError) -> QuantizedLayer {
    let precision = scales.map { Self.precision(of: $0) } ?? .float16
    let scales = scales.map { precision.rounded($0) }
    let values = survivors.values(over: scales)
    let exact = try method.levels(
      for: values, weights: survivors.importance(times: scales), count: levels)
    let tablePrecision = StoredPrecision.forTable(exact)
    var table = tablePrecision.rounded(exact)
    var codes = rounding.codes(for: values, levels: table)
    dropUnused(&table, &codes)
    return QuantizedLayer(
      rows: survivors.rows, columns: survivors.columns, table: table,
      tablePrecision: tablePrecision, codes: codes, positions: survivors.positions,
      rowScales: scales, scalePrecision: precision,
      weightedSquaredError: survivors.squaredError(table: table, codes: codes, scales: scales))
  }

  /// int8 where no scale is rounded by more than a sixteenth of itself.
  private static func precision(of scales: [Float]) -> StoredPrecision {
    scales.allSatisfy { $0 >= 8 * StoredPrecision.scaleUnit } ? .int8 : .forNumbers(scales)
  }

  private func dropUnused(_ table: inout [Float], _ codes: inout [UInt8]) {
    var used = [Bool](repeating: false, count: 256)
    for code in codes { used[Int(code)] = true }
    var renamed = [UInt8](repeating: 0, count: 256)
    var kept: [Float] = []
    for (code, level) in table.enumerated() where used[code] {
      renamed[code] = UInt8(kept.count)
      kept.append(level)
    }
    table = kept
    for index in codes.indices { codes[index] = renamed[Int(codes[index])] }
  }
}

extension Importance {
  fileprivate func check(rows: Int, columns: Int) throws(QuantizationError) {
    let numbers: [Float]
    switch self {
    case .equal: return
    case .columns(let columnNumbers):
      precondition(columnNumbers.count == columns)
      numbers = columnNumbers
    case .weights(let weightNumbers):
      precondition(weightNumbers.count == rows * columns)
      numbers = weightNumbers
    }
    if let index = numbers.firstIndex(where: { !($0.isFinite && $0 >= 0) }) {
      throw .importance(index: index)
    }
  }
}
