// Scales of a layer's weights by which its rows are finished as the blob finishes them.
//
// A row is known by its thresholds, so that the factors which finish it alike are an interval (`ExactRow`). A file
// has no factor but three scales of float32: x w / y in double. Of a row whose sums are large the interval is narrower
// than the numbers of float32 lie apart, and then only some ratios y / x have a w for it: those around the one that
// the blob came from and, by chance, others. Where many rows are so, hardly any other is left. They are found
// from the hardest row: each w that float32 has gives an interval of ratios, which the other rows cut down.

import Blob
import FixedPoint
import Tensors

struct RowScales {
  /// Rows of one factor.
  private struct Alike {
    let rows: [Int]
    let real: Double
    /// What factors finish all of them alike: mantissas by exponent.
    let mantissas: [Int: ClosedRange<Int>]
    /// The same as real numbers.
    let factors: ClosedRange<Double>
    /// How many numbers of float32 lie in it, on the average.
    var room: Double { (factors.upperBound - factors.lowerBound) / factors.lowerBound * 0x1p24 / 1.4 }
  }

  let integers: [Int32]
  private let biases: [Int]
  private var alike: [Alike] = []
  /// Of each row the sum of its weights.
  private let sums: [Int]

  /// - Parameters:
  ///   - clamp: between which bytes results are kept.
  ///   - zero: the result's zero point.
  ///   - ranges: of each row what its sum of weights x bytes can be; nil: of all bytes.
  /// - Complexity: O(weights + rows x outputs).
  init(_ weights: BlobWeights, clamp: ClosedRange<Int>, zero: Int, ranges: [ClosedRange<Int>]? = nil) {
    let exact = weights.exact ?? BlobExactScaling([])
    integers = weights.survivors.dense().map { Int32($0) }
    let columns = weights.columns
    let parts = (0..<weights.rows).map { [integers] row in integers[row * columns..<(row + 1) * columns] }
    sums = parts.map { $0.reduce(0) { $0 + Int($1) } }
    biases = exact.rows.map(\.bias)
    let rows = exact.rows.indices.map { row in
      let finish = exact.finish(row)
      let ends = ranges?[row] ?? parts[row].sumsOfBytes
      return ExactRow(multiplier: finish.rescale.factor, bias: finish.bias, sums: ends)
    }
    let output = ExactOutput(zeroPoint: zero, clamp: clamp)
    let factors = Dictionary(grouping: rows.indices) { rows[$0].multiplier }
    for (factor, members) in factors.sorted(by: { $0.value[0] < $1.value[0] }) {
      let own = factor.whole.exponent
      var mantissas: [Int: ClosedRange<Int>] = [:]
      for exponent in own - 1...own + 1 where exponent >= -31 {
        mantissas[exponent] = Self.mantissas(
          members.map { rows[$0] }, output, exponent: exponent, own: factor, once: exact.roundsOnce)
      }
      let real = exact.rows[members[0]].rescale.real
      let unit = Double(sign: .plus, exponent: factor.exponent - 31, significand: 1)
      let near = mantissas[own] ?? Int(factor.mantissa)...Int(factor.mantissa)
      let reals = (Double(near.lowerBound) - 0.5) * unit...(Double(near.upperBound) + 0.5) * unit
      alike.append(Alike(rows: members, real: real, mantissas: mantissas, factors: reals))
    }
    alike.sort { $0.room < $1.room }
  }

  /// Mantissas of an exponent with which all these rows are finished alike.
  private static func mantissas(
    _ rows: [ExactRow], _ output: ExactOutput, exponent: Int, own: FixedMultiplier, once: Bool
  ) -> ClosedRange<Int>? {
    var all: ClosedRange<Int>?
    for row in rows {
      // Where sums that no input has would not fit their bits, only the very factor is known to serve.
      let hasRoom = row.largestExponent.map { max(exponent, own.exponent) <= $0 } ?? false
      let found = hasRoom
        ? FixedMultiplier.mantissas(exponent: exponent, once: once, bias: row.bias, meeting: row.demands(output))
        : exponent == own.whole.exponent ? Int(own.mantissa)...Int(own.mantissa) : nil
      guard let found, all?.overlaps(found) ?? true else { return nil }
      all = all?.clamped(to: found) ?? found
    }
    return all
  }

  /// Biases of sums of weights x (bytes - zero point).
  func biases(zeroPoint: Int) -> [Int32] {
    zip(biases, sums).map { Int32(clamping: $0 + zeroPoint * $1) }
  }

  /// What is added to sums of weights x (bytes - zero point) to make them those of bytes.
  func offsets(zeroPoint: Int) -> [Int] { sums.map { zeroPoint * $0 } }

  /// The scale of each row that is nearest to the blob's factor, whether it serves or not.
  func nearest(from x: ByteEncoding, to y: ByteEncoding) -> [Float] {
    spread { max(Float($0.real * Double(y.scale) / Double(x.scale)), .leastNormalMagnitude) } ?? []
  }

  /// One a row; nil where float32 has none for one of them.
  func scales(from x: ByteEncoding, to y: ByteEncoding) -> [Float]? {
    spread { group in
      let nearest = Float(group.real * Double(y.scale) / Double(x.scale))
      guard nearest.isNormal else { return nil }
      // Factors are an interval around the blob's own: beyond one that fails all do.
      return [nearest, nearest.nextUp, nearest.nextDown].first { scale in
        let multiplier = FixedMultiplier(from: x.scale, times: scale, to: y)
        return group.mantissas[multiplier.whole.exponent]?.contains(Int(multiplier.mantissa)) ?? false
      }
    }
  }

  private func spread(_ scale: (Alike) -> Float?) -> [Float]? {
    var found = [Float](repeating: 0, count: biases.count)
    for group in alike {
      guard let scale = scale(group) else { return nil }
      for row in group.rows { found[row] = scale }
    }
    return found
  }
}

// MARK: - Ratios

extension RowScales {
  /// Whether hardly any ratio of scales serves, so that it is better looked for than tried.
  var isHard: Bool { alike.reduce(0) { $0 + (min($1.room, 1) + 1e-9).exponentOfTwo } < -12 }

  /// Intervals that hold all ratios y / x from 1 to 2 which may serve; powers of two times them serve as well.
  ///
  /// - Parameter limit: there are no more.
  /// - Complexity: O(2^23) and, of each number that serves the hardest row, a few more rows.
  func ratios(limit: Int) -> [ClosedRange<Double>] {
    guard let hardest = alike.first else { return [1...2] }
    var found: [ClosedRange<Double>] = []
    var scale = Float(hardest.factors.lowerBound).nextDown
    let last = Float(2 * hardest.factors.upperBound).nextUp
    while scale <= last, found.count < limit {
      let ends = Double(scale) / hardest.factors.upperBound...Double(scale) / hardest.factors.lowerBound
      if let ratios = narrowed(ends) { found.append(ratios) }
      scale = scale.nextUp
    }
    return found
  }

  /// What is left of an interval of ratios by the other rows; nil: nothing.
  private func narrowed(_ ratios: ClosedRange<Double>) -> ClosedRange<Double>? {
    var (low, high) = (ratios.lowerBound, ratios.upperBound)
    for group in alike.dropFirst() {
      let (least, most) = (group.factors.lowerBound * low, group.factors.upperBound * high)
      var scale = Float(least)
      if Double(scale) < least { scale = scale.nextUp }
      if Double(scale) > most { return nil }
      // Of several that it may be none is known.
      if Double(scale.nextUp) <= most { continue }
      low = max(low, Double(scale) / group.factors.upperBound)
      high = min(high, Double(scale) / group.factors.lowerBound)
      if low > high { return nil }
    }
    return low...high
  }
}

extension Double {
  /// The logarithm to the base 2, roughly.
  fileprivate var exponentOfTwo: Double { Double(exponent) + significand - 1 }
}

extension ArraySlice<Int32> {
  /// Between what sums of these times bytes lie.
  fileprivate var sumsOfBytes: ClosedRange<Int> {
    var (low, high) = (0, 0)
    for weight in self {
      low += Int(weight) * (weight > 0 ? -128 : 127)
      high += Int(weight) * (weight > 0 ? 127 : -128)
    }
    return low...high
  }
}
