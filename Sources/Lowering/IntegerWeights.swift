// A layer's table, row scales and biases as integers. Formats/Blob.md, "Integer weights": the sum
// of level x element times a ratio is what the sum of weights x numbers is in units of the output;
// the ratio, unit of the input x unit of the levels x scale of the row / unit of the output, takes
// in all that is floating point, batch normalization among it. It is stored as m 2^e. Only where
// that would not be large enough is the sum shifted left by l, for which it must have room.

import Blob
import Foundation
import Quantization
import Tensors

/// A ratio of two units as what `rescale` takes, for 64ths: 64 ratio = m 2^(l + e) / 2^32.
package enum Rescaling {
  /// log2 of 2^32 / 64.
  private static let point = 26.0 + 12.0

  /// The largest ratio that a sum of this magnitude can be rescaled by.
  static func largestRatio(sum: Int) -> Double { 65535 * exp2(Double(15 + room(sum)) - point) }

  /// How far a sum may be shifted left and stay within 31 bits: 0...15.
  private static func room(_ sum: Int) -> Int {
    var shift = 0
    while shift < 15, sum << (shift + 1) < 1 << 31 { shift += 1 }
    return shift
  }

  /// The multipliers of ratios that share shift and exponent, the largest as exact as it can be.
  ///
  /// - Parameters:
  ///   - ratios: each at least 0.
  ///   - sum: the largest magnitude of what is rescaled.
  ///   - most: the largest multiplier, 255 or 65535.
  package static func rescaled(_ ratios: [Double], sum: Int, most: Int = 65535)
    -> (shift: Int, exponent: Int, multipliers: [Int])
  {
    let largest = (ratios.max() ?? 0) * exp2(point)
    var power = 0
    while power < 15 + room(sum), (largest / exp2(Double(power))).rounded() > Double(most) {
      power += 1
    }
    let multipliers = ratios.map { ratio in
      Int(min((ratio * exp2(point - Double(power))).rounded(), Double(most)))
    }
    return (max(0, power - 15), min(power, 15), multipliers)
  }

  /// The same for one ratio.
  static func rescale(_ ratio: Double, sum: Int) -> BlobRescale {
    let (shift, exponent, multipliers) = rescaled([ratio], sum: sum)
    return BlobRescale(shift: shift, exponent: exponent, multiplier: multipliers[0])
  }

  /// A factor of `term`: 2^14 for a ratio of 1.
  static func factor(_ ratio: Double) -> Int {
    Int(min((ratio * 16384).rounded(), Double(1 << 22)))
  }

  /// A signed factor of 16 bits.
  static func signedFactor(_ ratio: Double) -> Int16 {
    Int16(min(max((ratio * 16384).rounded(), -32768), 32767))
  }

  /// The largest ratios that the two kinds of factors hold.
  static let largestFactor = 256.0
  static let largestSignedFactor = 32767.0 / 16384
}

/// How exactly the numbers of one layer are stored.
package struct IntegerPrecision: Equatable, Hashable, Sendable {
  /// Of table entries.
  package var table = IntegerWidth.int8
  /// Of multipliers, which have no sign.
  package var multipliers = IntegerWidth.int16
  package var biases = IntegerWidth.int16

  package init() {}
}

/// A layer's levels as integers, apart from units.
struct IntegerLayer {
  let codes: SparseMatrix<UInt8>
  /// In units of `unit`.
  let levels: [Int]
  let unit: Float
  let width: IntegerWidth
  /// For each row the scale of its levels.
  let rowScales: [Double]
  let biases: [Double]
  /// The largest magnitude of a sum.
  let largestSum: Int

  /// - Parameters:
  ///   - limit: the largest integer of a table of bytes, 1...127.
  ///   - extreme: the largest magnitude of an element that is read.
  init(_ weights: BlobWeights, width: IntegerWidth, limit: Int = 127, extreme: Int) {
    let layer = weights.usableTable ?? weights.bytesByRow
    (codes, self.width) = (layer.codes, width)
    let (scales, table) = (layer.rowScales.values, layer.table.values)
    rowScales = (0..<codes.rows).map { scales.isEmpty ? 1 : Double(scales[$0]) }
    biases = weights.decodedBiases.map { Double($0) }
    var most = width == .int8 ? limit : width.limit
    var integers = Self.integers(table, most: most)
    var sum = Self.largestSum(codes, integers.levels, extreme: extreme)
    while sum >= 1 << 31 {
      most = max(1, min(most - 1, most * (1 << 31 - 1) / sum))
      integers = Self.integers(table, most: most)
      sum = Self.largestSum(codes, integers.levels, extreme: extreme)
    }
    (levels, unit, largestSum) = (integers.levels, integers.unit, sum)
  }

  /// The nearest of evenly spaced levels, 0 among them.
  private static func integers(_ values: [Float], most: Int) -> (levels: [Int], unit: Float) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else { return (values.map { _ in 0 }, 1) }
    var unit = max(largest / Float(most), .leastNormalMagnitude)
    if !(unit * Float(most)).isFinite { unit = unit.nextDown }
    let levels = values.map {
      StoredNumbers.integer(nearest: $0, scale: unit, limit: most, rule: .toNearestOrAwayFromZero)
    }
    return (levels, unit)
  }

  private static func largestSum(
    _ codes: SparseMatrix<UInt8>, _ levels: [Int], extreme: Int
  ) -> Int {
    var sums = [Int](repeating: 0, count: codes.rows)
    for (position, code) in zip(codes.positions, codes.values) {
      sums[position / codes.columns] += abs(levels[Int(code)]) * extreme
    }
    return sums.max() ?? 0
  }

  /// For each row units of the output in a sum of 1.
  private func ratios(x: ByteTensor, y: ByteTensor) -> [Double] {
    rowScales.map { Double(unit) * $0 * x.scale / y.scale }
  }

  /// The least scale of the output that sums can be rescaled to.
  func leastScale(x: ByteTensor) -> Double {
    let largest = ratios(x: x, y: ByteTensor(scale: 1, isSigned: true)).max() ?? 0
    return largest / Rescaling.largestRatio(sum: largestSum)
  }

  /// The layer as a blob holds it.
  func weights(_ precision: IntegerPrecision, x: ByteTensor, y: ByteTensor) -> BlobWeights {
    var (shift, exponent, multipliers) = Rescaling.rescaled(
      ratios(x: x, y: y), sum: largestSum, most: 2 * precision.multipliers.limit + 1)
    if Set(multipliers).count == 1 {
      (shift, exponent, multipliers) = Rescaling.rescaled(
        [ratios(x: x, y: y).max() ?? 0], sum: largestSum)
    }
    let table = StoredNumbers(
      levels.map { unit * Float($0) }, precision: .integers(width, scale: unit))
    return BlobWeights(
      .table(table, codes: codes),
      scaling: BlobScaling(
        shift: shift, exponent: exponent, multipliers: multipliers,
        biases: BlobBiases(biases.map { 64 * $0 / y.scale }, width: precision.biases)))
  }
}

extension BlobBiases {
  /// The nearest numbers of a width with the least shift; nil where all are 0.
  package init?(_ values: [Double], width: IntegerWidth) {
    // Beyond the largest of these no sum brings an output back into its range.
    let most = Double(width.limit)
    var shift = 0
    while values.contains(where: { abs(($0 / exp2(Double(shift))).rounded()) > most }), shift < 13 {
      shift += 1
    }
    let numbers = values.map { value in
      Int32(max(-most, min(most, (value / exp2(Double(shift))).rounded())))
    }
    if numbers.allSatisfy({ $0 == 0 }) { return nil }
    self.init(numbers, shift: shift)
  }
}

extension BlobWeights {
  /// Multipliers are not negative, and so no row scale may be.
  fileprivate var usableTable: QuantizedLayer? {
    quantized.flatMap { $0.rowScales.values.allSatisfy { $0 >= 0 } ? $0 : nil }
  }

  /// The weights as integers of -127...127 times a scale for each row.
  fileprivate var bytesByRow: QuantizedLayer {
    let survivors = survivors
    var scales = [Float](repeating: 0, count: rows)
    for (position, value) in zip(survivors.positions, survivors.values) {
      let row = position / columns
      scales[row] = max(scales[row], abs(value) / 127)
    }
    let integers = zip(survivors.positions, survivors.values).map { position, value in
      StoredNumbers.integer(
        nearest: value, scale: scales[position / columns], rule: .toNearestOrAwayFromZero)
    }
    let codes = survivors.with(integers.map { UInt8($0 + 127) })
    return QuantizedLayer(
      codes: codes.keeping(integers.indices.filter { integers[$0] != 0 }),
      table: StoredNumbers((-127...127).map { Float($0) }), rowScales: StoredNumbers(scales))
  }
}
