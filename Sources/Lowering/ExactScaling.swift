// The shortest multipliers and biases of an exact layer.
//
// A file's multiplier has 31 bits, of which the answers need about 20: all mantissas that keep a row's
// thresholds (`ExactRow`) are an interval, and the one of them with the most zeros behind is as good
// as any. All rows of a layer are stored in one width, as are exponents and biases, so what counts is
// the longest row; where exponents leave a choice the widths of both are chosen together. Then each
// bias is the nearest to 0 that keeps the thresholds too.
//
// A row without weights is a constant: any factor does, and the bias that gives its byte. Where one
// factor serves all rows it is stored once.

import FixedPoint

/// How the rows of a layer are finished, in the fewest bits that answer alike for every sum that can
/// occur.
package struct ExactScaling: Equatable, Sendable {
  package struct Row: Equatable, Sendable {
    package var multiplier: FixedMultiplier
    package var bias: Int
    /// Bits of the mantissa behind its leading one, up to the last that is set: 0...30.
    package var mantissaBits: Int {
      max(31 - multiplier.mantissa.leadingZeroBitCount - multiplier.mantissa.trailingZeroBitCount, 0)
    }
  }

  /// In the order of the layer's rows.
  package private(set) var rows: [Row]
  /// The factor of all rows; nil: each has its own.
  package private(set) var common: FixedMultiplier?
  /// Whether products are rounded once: factors below 1 then have an exponent of 0 and mantissas below 2^30.
  package let roundsOnce: Bool

  /// Bits behind the leading one that hold the mantissa of every row: 0...30.
  package var mantissaBits: Int { rows.map(\.mantissaBits).max() ?? 0 }
  package var leastExponent: Int { rows.map(\.multiplier.whole.exponent).min() ?? 0 }
  /// Bits of an exponent's distance to the least.
  package var exponentBits: Int {
    Int.bitWidth - rows.reduce(0) { max($0, $1.multiplier.whole.exponent - leastExponent) }.leadingZeroBitCount
  }
  /// Bits of a bias in two's complement; 0 where all are 0.
  package var biasBits: Int {
    rows.reduce(0) { bits, row in
      row.bias == 0 ? bits : max(bits, 1 + Int.bitWidth - (row.bias ^ (row.bias >> 63)).leadingZeroBitCount)
    }
  }

  /// The shortest rows that answer as these do.
  ///
  /// - Returns: nil where a row with weights has sums that, doubled and shifted by its exponent, do not
  ///   fit 32 bits.
  /// - Complexity: O(rows x outputs).
  package init?(_ rows: [ExactRow], output: ExactOutput) {
    let once = rows.contains { $0.multiplier.isShort }
    roundsOnce = once
    let wanted = rows.map { Wanted($0, output: output, once: once) }
    guard wanted.allSatisfy({ !$0.choices.isEmpty }) else { return nil }
    if let common = Self.common(wanted) {
      self.rows = common
      self.common = common.first?.multiplier
    } else {
      self.rows = Self.apart(wanted)
    }
  }

  /// Rows of one factor, the shortest there is; nil where none serves all.
  private static func common(_ wanted: [Wanted]) -> [Row]? {
    guard let first = wanted.first(where: \.row.hasWeights) ?? wanted.first else { return nil }
    let factors = first.choices.compactMap { sharedFactor($0, wanted.filter(\.row.hasWeights)) }
    let served = factors.map { factor in wanted.compactMap { $0.finished(by: factor) } }
    return served.filter { $0.count == wanted.count }.min { $0[0].mantissaBits < $1[0].mantissaBits }
  }

  /// The shortest factor of a choice's exponent and mantissas that all rows have among theirs.
  private static func sharedFactor(_ choice: Wanted.Choice, _ wanted: [Wanted]) -> FixedMultiplier? {
    var mantissas = choice.mantissas
    for row in wanted {
      guard let other = row.choices.first(where: { $0.exponent == choice.exponent }),
        other.mantissas.overlaps(mantissas)
      else { return nil }
      mantissas = mantissas.clamped(to: other.mantissas)
    }
    return Wanted.Choice(choice.exponent, mantissas, once: choice.isOnce).factor
  }

  /// Rows of factors of their own. Of all ranges of exponents the one with the fewest bits a row.
  private static func apart(_ wanted: [Wanted]) -> [Row] {
    let exponents = wanted.flatMap { $0.choices.map(\.exponent) }
    var best: (bits: Int, window: Range<Int>)?
    for bits in 0...6 {
      for start in Set(exponents) {
        let window = start..<start + 1 << bits
        let widths = wanted.map { $0.best(window)?.bits }
        guard !widths.contains(nil) else { continue }
        let total = bits + (widths.compactMap { $0 }.max() ?? 0)
        if best.map({ (total, start) < ($0.bits, $0.window.lowerBound) }) ?? true {
          best = (total, window)
        }
      }
    }
    // 64 exponents are all there are.
    let window = best?.window ?? -32..<32
    return wanted.compactMap { row in
      row.best(window).flatMap { row.finished(by: $0.factor) }
    }
  }
}

/// A row, and the factors that serve it.
private struct Wanted {
  /// Mantissas of an exponent, and the shortest of them.
  struct Choice {
    let mantissas: ClosedRange<Int>
    let factor: FixedMultiplier
    /// Behind the mantissa's leading one.
    let bits: Int
    /// Of a mantissa of 31 bits.
    let exponent: Int
    let isOnce: Bool

    init(_ exponent: Int, _ mantissas: ClosedRange<Int>, once: Bool) {
      (self.exponent, self.mantissas, isOnce) = (exponent, mantissas, once)
      factor = FixedMultiplier(mantissa: mantissas.roundest, exponent: once ? max(exponent, 0) : exponent)
      bits = 31 - factor.mantissa.leadingZeroBitCount - factor.mantissa.trailingZeroBitCount
    }
  }

  let row: ExactRow
  private var demands: [ExactDemand] = []
  /// None where the row's own factor has no room.
  private(set) var choices: [Choice] = []

  /// - Parameter once: whether products are rounded once.
  init(_ row: ExactRow, output: ExactOutput, once: Bool) {
    self.row = row
    guard let room = row.largestExponent, row.hasWeights else {
      if !row.hasWeights && row.fits(row.multiplier.exponent) { chooseForConstant(output, once: once) }
      return
    }
    guard row.multiplier.exponent <= room else { return }
    demands = row.demands(output)
    // A row that gives one byte is served by all factors that are small enough.
    let own = once ? row.multiplier.whole.exponent : row.multiplier.exponent
    let all = row.outputs(output).count == 1 ? -31...30 : own - 3...own + 3
    choices = all.clamped(to: (once ? -24 : -31)...room).compactMap { exponent in
      FixedMultiplier.mantissas(exponent: exponent, once: once, bias: row.bias, meeting: demands).map {
        Choice(exponent, $0, once: once)
      }
    }
  }

  /// Every byte is a small bias times 1 or a power of 1/2.
  private mutating func chooseForConstant(_ output: ExactOutput, once: Bool) {
    demands = row.demands(output)
    choices = (-20...1).reversed().map { exponent in
      let mantissa = 1 << (once ? 30 + min(exponent, 0) : 30)
      return Choice(exponent, mantissa...mantissa, once: once)
    }
  }

  /// The shortest mantissa of an exponent of these.
  func best(_ exponents: Range<Int>) -> Choice? {
    choices.filter { exponents.contains($0.exponent) }.min { $0.bits < $1.bits }
  }

  /// With the bias that is nearest to 0; nil where the factor does not serve.
  func finished(by factor: FixedMultiplier) -> ExactScaling.Row? {
    guard let biases = factor.biases(meeting: demands) else { return nil }
    let nearest = min(max(0, biases.lowerBound), biases.upperBound)
    for bias in [nearest, row.bias] where biases.contains(bias) {
      let moved = ExactRow(multiplier: factor, bias: bias, sums: row.sums)
      if factor.exponent <= moved.largestExponent ?? -32 {
        return ExactScaling.Row(multiplier: factor, bias: bias)
      }
    }
    return nil
  }
}

extension ClosedRange<Int> {
  /// The number with the most zeros behind, of positive ones of at most 31 bits.
  fileprivate var roundest: Int32 {
    for zeros in (0...30).reversed() {
      let number = ((lowerBound + (1 << zeros) - 1) >> zeros) << zeros
      if number <= upperBound { return Int32(number) }
    }
    return Int32(lowerBound)
  }
}

extension FixedMultiplier {
  /// Whether it has fewer bits than a factor could, so that its product is rounded once.
  var isShort: Bool { mantissa > 0 && mantissa < 1 << 30 }

  /// The same with all bits of a mantissa in use.
  var whole: (mantissa: Int, exponent: Int) {
    let spare = isShort ? mantissa.leadingZeroBitCount - 1 : 0
    return (Int(mantissa) << spare, exponent - spare)
  }
}
