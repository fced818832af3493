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
//
// With a lambda the table and the codes are those of least error + lambda x bits, and scales are
// kept where they lessen that sum, every byte of them and of the table counted.

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
  /// What a bit of one code counts against the mean squared deviation of a weight; 0 for least
  /// error alone. Above 0 the levels are those of ``EntropyConstrainedTable``, as many as pay,
  /// whatever the method; rounding to nearest then means the code of least error + lambda x bits.
  public var lambda: Double
  public var tablePrecision: TablePrecision

  /// - Precondition: `levels` is in 1...256, `lambda` 0 or more and finite.
  public init(
    levels: Int = 16, method: TableMethod = .kMeans, rounding: Rounding = .nearest,
    allowsRowScales: Bool = true, lambda: Double = 0, tablePrecision: TablePrecision = .automatic
  ) {
    precondition((1...256).contains(levels) && lambda >= 0 && lambda.isFinite)
    self.levels = levels
    self.method = method
    self.rounding = rounding
    self.allowsRowScales = allowsRowScales
    self.lambda = lambda
    self.tablePrecision = tablePrecision
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
    let bitCost = lambda > 0 ? lambda * survivors.meanDeviation() : 0
    let plain = try fit(survivors, scales: nil, bitCost: bitCost)
    guard allowsRowScales, let scales = survivors.rowScales() else { return plain }
    let scaled = try fit(survivors, scales: scales, bitCost: bitCost)
    if lambda > 0 {
      return scaled.cost(ofBit: bitCost) < plain.cost(ofBit: bitCost) ? scaled : plain
    }
    return pays(scaled, against: plain) ? scaled : plain
  }

  /// What ``lambda`` comes to for a layer: what a bit of one code counts, in units of importance
  /// times squared error.
  ///
  /// - Parameters: as of ``quantized(weights:rows:columns:importance:)``.
  public func bitCost(
    weights: [Float], rows: Int, columns: Int, importance: Importance = .equal
  ) -> Double {
    let survivors = Survivors(weights, rows: rows, columns: columns, importance: importance)
    return lambda > 0 ? lambda * survivors.meanDeviation() : 0
  }

  /// Whether the bits that scales save are worth more than the bytes they cost.
  private func pays(_ scaled: QuantizedLayer, against plain: QuantizedLayer) -> Bool {
    guard scaled.weightedSquaredError < plain.weightedSquaredError else { return false }
    let bitsSaved = log2(plain.weightedSquaredError / scaled.weightedSquaredError) / 2
    let bytesSaved = bitsSaved * Double(plain.codes.count) / 8
    return bytesSaved > Double(scaled.tableBytes - plain.tableBytes)
  }

  private func fit(
    _ survivors: Survivors, scales: [Float]?, bitCost: Double
  ) throws(QuantizationError) -> QuantizedLayer {
    let precision = scales.map { Self.precision(of: $0) } ?? .float16
    let scales = scales.map { precision.rounded($0) }
    let values = survivors.values(over: scales)
    let weights = survivors.importance(times: scales)
    // Importance times scales is relative to the greatest squared; so is a bit.
    let greatest = Double(scales?.max() ?? 1)
    let rated = try rated(values, weights, bitCost: bitCost / (greatest * greatest))
    let exact =
      if let rated { rated.levels } else {
        try method.levels(for: values, weights: weights, count: levels)
      }
    let stored = tablePrecision.rounded(exact)
    let counts = rated?.counts ?? [Int](repeating: 1, count: exact.count)
    let merged = EntropyConstrainedTable(
      merging: stored.entries, counts: counts, bitCost: rated?.bitCost ?? 0)
    var table = merged.levels
    var codes =
      rated != nil && rounding == .nearest
      ? merged.codes(for: values, weights: weights) : rounding.codes(for: values, levels: table)
    dropUnused(&table, &codes)
    return QuantizedLayer(
      rows: survivors.rows, columns: survivors.columns, table: table,
      tablePrecision: stored.precision, codes: codes, positions: survivors.positions,
      rowScales: scales, scalePrecision: precision,
      weightedSquaredError: survivors.squaredError(table: table, codes: codes, scales: scales),
      tableScale: stored.scale)
  }

  private func rated(
    _ values: [Float], _ weights: [Float]?, bitCost: Double
  ) throws(QuantizationError) -> EntropyConstrainedTable? {
    if lambda == 0 || values.isEmpty { return nil }
    try TableMethod.check(values, weights)
    return .best(
      SortedSums(values, weights: weights), values, weights, count: levels, bitCost: bitCost)
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

extension QuantizedLayer {
  /// Error, and all bits of codes and tables at what one costs.
  fileprivate func cost(ofBit bitCost: Double) -> Double {
    let bits = Double(codes.count) * codeEntropy + 8 * Double(tableBytes)
    return weightedSquaredError + bitCost * bits
  }
}

extension Importance {
  func check(rows: Int, columns: Int) throws(QuantizationError) {
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
