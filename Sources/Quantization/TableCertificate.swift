#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

import Tensors

// How good a layer's table is, beside others of as many levels for the same survivors: divided by
// the same scales where the layer has scales, errors weighted alike. The others are not rounded to
// what a file stores, which favours them.

/// Errors and entropies of a layer's table and of its rivals.
public struct TableCertificate: Equatable, Sendable, Codable {
  public enum Table: String, Codable, CaseIterable, Sendable {
    /// The layer's own, as stored.
    case chosen
    /// Exact k-means: no table of as many levels has less error.
    case kMeans
    /// Multiples of a scale that fits the largest or the smallest weight, form (a).
    case uniformSymmetric
    /// From the least to the greatest weight, form (b).
    case uniformRange
    /// Form (a) at the scale of least error.
    case uniformClipped
    /// Lloyd's iteration from the levels of form (b).
    case lloydFromUniform
    /// Lloyd's iteration from levels at equal steps of the cumulative count.
    case lloydFromQuantiles
    /// The paper's equation (5).
    case paperEquation5 = "paper-eq5"
  }

  public struct Entry: Equatable, Sendable, Codable {
    /// Which table: the one that was chosen; the k-means table of least error; even levels, symmetric, over the range, or
    /// clipped for the least error; Lloyd's iteration from even levels or from quantiles; or equation 5 of the paper on
    /// directed evolution.
    public let table: Table
    /// How many levels it has.
    public let levels: Int
    /// Sum over the survivors of importance x squared error.
    public let weightedSquaredError: Double
    /// Entropy of the codes, bits a survivor.
    public let entropy: Double
  }

  /// Weights that are not zero.
  public let survivors: Int
  /// Levels that the tables may have.
  public let levels: Int
  /// Sum over the survivors of importance x squared deviation from the weighted mean (of what is
  /// left after scales); errors over this are relative.
  public let weightedDeviation: Double
  /// One of each ``Table``, in that order; none for a layer without survivors.
  public let entries: [Entry]
  /// Weighted squared error of the best table of so many levels by high-resolution theory (Panter
  /// and Dite 1951): W (integral of p^(1/3))^3 / (12 k^2), p by a histogram. A limit for many
  /// levels and many weights: for few levels the best table may lie below it, by a tenth for 16
  /// levels of normal weights.
  public let panterDite: Double

  public subscript(table: Table) -> Entry? { entries.first { $0.table == table } }
}

extension LayerQuantizer {
  /// Quantizes and says how good the table is.
  ///
  /// - Parameters: as of ``quantized(weights:rows:columns:importance:)``.
  /// - Complexity: that of quantizing, k-means, a sort and some thousand evaluations of O(levels
  ///   log n) each; about 100 bytes a survivor.
  public func certificate(
    weights: [Float], rows: Int, columns: Int, importance: Importance = .equal
  ) throws(QuantizationError) -> TableCertificate {
    let fitted = try fitted(weights: weights, rows: rows, columns: columns, importance: importance)
    return try certificate(of: fitted, weights: weights, importance: importance)
  }

  /// The same of a layer that was quantized from these weights, by this quantizer or trained since.
  ///
  /// - Precondition: the layer has as many rows and columns, and its positions are those of the
  ///   weights that are not zero.
  public func certificate(
    of layer: QuantizedLayer, weights: [Float], importance: Importance = .equal
  ) throws(QuantizationError) -> TableCertificate {
    try certificate(
      of: FittedLayer(layer: layer, kMeans: nil), weights: weights, importance: importance)
  }

  /// The same of a layer that this quantizer made; k-means is not run again where it ran.
  ///
  /// - Precondition: as above, and these are the weights and the importance that it was made of.
  public func certificate(
    of fitted: FittedLayer, weights: [Float], importance: Importance = .equal
  ) throws(QuantizationError) -> TableCertificate {
    let layer = fitted.layer
    if let index = weights.firstIndex(where: { !$0.isFinite }) { throw .notFinite(index: index) }
    let (rows, columns) = (layer.codes.rows, layer.codes.columns)
    try importance.check(rows: rows, columns: columns)
    let survivors = SparseMatrix(weights, rows: rows, columns: columns)
    precondition(survivors.positions == layer.codes.positions)
    let importance = importance.of(survivors)
    let scales = layer.rowScales.areAbsent ? nil : layer.rowScales.values
    let chosen = TableCertificate.Entry(
      table: .chosen, levels: layer.table.values.count,
      weightedSquaredError: survivors.squaredError(importance, in: layer),
      entropy: layer.codeEntropy)
    let values = survivors.values(over: scales)
    let counts = survivors.importance(importance, times: scales)
    if values.isEmpty {
      return TableCertificate(
        survivors: 0, levels: levels, weightedDeviation: 0, entries: [], panterDite: 0)
    }
    let rivals = try Rivals(values, counts, levels: levels, kMeans: fitted.kMeans)
    // Importance times scales is relative to the greatest squared.
    let unit = pow(Double(scales?.map(abs).max() ?? 1), 2)
    return TableCertificate(
      survivors: values.count, levels: levels, weightedDeviation: unit * rivals.sums.deviation,
      entries: [chosen] + rivals.entries(unit: unit), panterDite: unit * rivals.panterDite())
  }
}

/// The tables to compare with.
private struct Rivals {
  let sums: SortedSums
  private let levels: Int
  private let tables: [(TableCertificate.Table, [Double])]

  init(
    _ values: [Float], _ weights: [Float]?, levels: Int, kMeans: [Float]?
  ) throws(QuantizationError) {
    let sums = SortedSums(values, weights: weights)
    self.sums = sums
    self.levels = levels
    func table(_ method: TableMethod) throws(QuantizationError) -> [Double] {
      try method.levels(for: values, weights: weights, count: levels).map { Double($0) }
    }
    let optimal = if let kMeans { kMeans.map { Double($0) } } else { try table(.kMeans) }
    let uniform = try table(.uniformRange)
    let quantiles = try table(.paperEquation5)
    tables = [
      (.kMeans, optimal), (.uniformSymmetric, try table(.uniformSymmetric)),
      (.uniformRange, uniform), (.uniformClipped, sums.bestClipped(levels)),
      (.lloydFromUniform, sums.lloyd(uniform)), (.lloydFromQuantiles, sums.lloyd(quantiles)),
      (.paperEquation5, quantiles),
    ]
  }

  func entries(unit: Double) -> [TableCertificate.Entry] {
    tables.map { table, levels in
      let ends = sums.cells(levels)
      return TableCertificate.Entry(
        table: table, levels: levels.count, weightedSquaredError: unit * sums.error(of: levels),
        entropy: entropyBits(zip(ends, ends.dropFirst()).map { sums.number($0, $1) }))
    }
  }

  func panterDite() -> Double {
    let least = Double(sums.values[0])
    let greatest = Double(sums.values[sums.count - 1])
    if least == greatest { return 0 }
    let bins = min(max(Int(2 * cbrt(sums.total)), 8), 4096)
    let width = (greatest - least) / Double(bins)
    let bounds = (1..<bins).map { sums.first(above: least + width * Double($0)) }
    let edges = [0] + bounds + [sums.count]
    let total = sums.weights[sums.count]
    let integral = zip(edges, edges.dropFirst()).reduce(0.0) { sum, edge in
      let share = (sums.weights[edge.1] - sums.weights[edge.0]) / total
      return sum + width * cbrt(share / width)
    }
    return total * integral * integral * integral / (12 * Double(levels) * Double(levels))
  }
}

extension SortedSums {
  /// Weighted squared error where each value goes to the level nearest to it.
  fileprivate func error(of levels: [Double]) -> Double {
    let ends = cells(levels)
    return levels.indices.reduce(0) { $0 + error(ends[$1], ends[$1 + 1], about: levels[$1]) }
  }

  /// Each level moves to the mean of the values nearest to it, until none moves or 1,000 times.
  fileprivate func lloyd(_ start: [Double]) -> [Double] {
    var levels = start
    for _ in 0..<1000 {
      let ends = cells(levels)
      let moved = levels.indices.map {
        ends[$0] < ends[$0 + 1] ? mean(ends[$0], ends[$0 + 1]) : levels[$0]
      }
      if moved == levels { break }
      levels = moved
    }
    return levels
  }

  /// The multiples of the scale of least error: of 192 scales from the one that clips nothing down
  /// to a 256th, then by golden section beside the best.
  fileprivate func bestClipped(_ levels: Int) -> [Double] {
    if levels == 1 { return [mean(0, count)] }
    let steps = (-(levels / 2)...(levels - 1) / 2).map { Double($0) }
    let greatest = max(abs(Double(values[0])), abs(Double(values[count - 1])))
    let full = greatest / max(1, steps[levels - 1])
    func table(_ power: Double) -> [Double] { steps.map { $0 * full * exp2(-power) } }
    func error(_ power: Double) -> Double { self.error(of: table(power)) }
    var low = 0.0
    var least = Double.infinity
    for step in 0..<192 {
      let power = Double(step) / 24
      let cost = error(power)
      if cost < least { (low, least) = (power, cost) }
    }
    let best = low
    low = max(0, best - 1.0 / 24)
    var high = best + 1.0 / 24
    let golden = 0.618_033_988_749_894_9
    for _ in 0..<40 {
      let (left, right) = (high - golden * (high - low), low + golden * (high - low))
      if error(left) <= error(right) { high = right } else { low = left }
    }
    let refined = (low + high) / 2
    return table(error(refined) <= least ? refined : best)
  }
}
