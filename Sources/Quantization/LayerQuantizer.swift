#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import Tensors

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

/// A layer as a quantizer made it.
public struct FittedLayer: Equatable, Sendable {
  public let layer: QuantizedLayer
  /// The levels of exact k-means over the layer's scales, not rounded; nil where they were not asked for.
  let kMeans: [Float]?
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
    try fitted(weights: weights, rows: rows, columns: columns, importance: importance).layer
  }

  /// The same, with what a certificate would else have to find again.
  public func fitted(
    weights: [Float], rows: Int, columns: Int, importance: Importance = .equal
  ) throws(QuantizationError) -> FittedLayer {
    precondition(rows >= 0 && columns >= 0 && weights.count == rows * columns)
    if let index = weights.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
    try importance.check(rows: rows, columns: columns)
    let survivors = SparseMatrix(weights, rows: rows, columns: columns)
    let counts = importance.of(survivors)
    let bitCost = lambda > 0 ? lambda * survivors.meanDeviation(counts) : 0
    let plain = try fit(survivors, counts, scales: nil, bitCost: bitCost)
    guard allowsRowScales, let scales = survivors.rowScales() else { return plain }
    let scaled = try fit(survivors, counts, scales: scales, bitCost: bitCost)
    let errors = [scaled, plain].map { survivors.squaredError(counts, in: $0.layer) }
    if lambda > 0 {
      let costs = zip([scaled, plain], errors).map { $1 + bitCost * $0.layer.bits }
      return costs[0] < costs[1] ? scaled : plain
    }
    guard errors[0] < errors[1] else { return plain }
    // Whether the bits that scales save are worth more than the bytes they cost.
    let bytesSaved = log2(errors[1] / errors[0]) / 2 * Double(plain.layer.codes.count) / 8
    return bytesSaved > Double(scaled.layer.tableBytes - plain.layer.tableBytes) ? scaled : plain
  }

  /// What ``lambda`` comes to for a layer: what a bit of one code counts, in units of importance
  /// times squared error.
  ///
  /// - Parameters: as of ``quantized(weights:rows:columns:importance:)``.
  public func bitCost(
    weights: [Float], rows: Int, columns: Int, importance: Importance = .equal
  ) -> Double {
    let survivors = SparseMatrix(weights, rows: rows, columns: columns)
    return lambda > 0 ? lambda * survivors.meanDeviation(importance.of(survivors)) : 0
  }

  private func fit(
    _ survivors: SparseMatrix<Float>, _ importance: [Float]?, scales: [Float]?, bitCost: Double
  ) throws(QuantizationError) -> FittedLayer {
    // int8 where no scale is rounded by more than a sixteenth of itself.
    let rowScales = scales.map { scales in
      StoredNumbers.scales(
        scales, inBytes: scales.allSatisfy { $0 >= 8 * StoredNumbers.scaleUnit })
    }
    let scales = rowScales?.values
    let values = survivors.values(over: scales)
    let weights = survivors.importance(importance, times: scales)
    // Importance times scales is relative to the greatest squared; so is a bit.
    let greatest = Double(scales?.max() ?? 1)
    let rated = try rated(values, weights, bitCost: bitCost / (greatest * greatest))
    let exact =
      if let rated { rated.levels } else {
        try method.levels(for: values, weights: weights, count: levels)
      }
    let stored = StoredNumbers.table(exact, width: tablePrecision.width)
    let counts = rated?.counts ?? [Int](repeating: 1, count: exact.count)
    let merged = EntropyConstrainedTable(
      merging: stored.values, counts: counts, bitCost: rated?.bitCost ?? 0)
    let codes =
      rated != nil && rounding == .nearest
      ? merged.codes(for: values, weights: weights) : rounding.codes(for: values, levels: merged.levels)
    return FittedLayer(
      layer: QuantizedLayer(
        codes: survivors.with(codes),
        table: StoredNumbers(merged.levels, precision: stored.precision),
        rowScales: rowScales ?? .absent
      ).withoutUnusedEntries(),
      kMeans: rated == nil && method == .kMeans ? exact : nil)
  }

  private func rated(
    _ values: [Float], _ weights: [Float]?, bitCost: Double
  ) throws(QuantizationError) -> EntropyConstrainedTable? {
    if lambda == 0 || values.isEmpty { return nil }
    try TableMethod.check(values, weights)
    return .best(
      SortedSums(values, weights: weights), values, weights, count: levels, bitCost: bitCost)
  }

}

extension QuantizedLayer {
  /// Of codes and tables.
  fileprivate var bits: Double { Double(codes.count) * codeEntropy + 8 * Double(tableBytes) }
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
