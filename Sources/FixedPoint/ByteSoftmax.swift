/// SOFTMAX of bytes to ``ByteEncoding/probability``, and its logarithms. Rows are not normalized again: they
/// need not add to 256.
package struct ByteSoftmax: Hashable, Sendable {
  /// From distances to the largest byte to numbers with 26 bits behind the point.
  package let multiplier: FixedMultiplier
  /// The most negative distance that counts; what lies below it has the probability 0.
  package let least: Int32

  /// - Returns: nil where beta x scale is 0 or less than 2^-26, which the reference refuses.
  package init?(scale: Float, beta: Float = 1) {
    let real = min(Double(beta) * Double(scale) * 0x1p26, 0x1p31 - 1)
    guard real >= 1 else { return nil }
    self.init(FixedMultiplier(real))
  }

  /// - Parameter multiplier: of an exponent of 0...31.
  package init(_ multiplier: FixedMultiplier) {
    self.multiplier = multiplier
    least = -Int32((31 << 26) >> multiplier.exponent)
  }

  /// The probabilities of a row of 1 ... 4,095 bytes.
  package func probabilities(_ row: [Int8]) -> [Int8] {
    let (exponentials, sum) = exponentials(of: distances(row.map { Int32($0) }))
    let zeros = sum.leadingZeroBitCount
    let reciprocal = FixedPoint.reciprocal(onePlus: Int32((Int64(sum) << zeros) - (1 << 31)))
    return exponentials.map { exponential in
      guard let exponential else { return -128 }
      let share = FixedPoint.highProduct(reciprocal, exponential)
      return ByteEncoding.probability.byte(FixedPoint.divided(share, byPower: 35 - zeros))
    }
  }

  /// The logarithms of the probabilities of a row of 1 ... 4,095 bytes of either sign, in 2^-`bits`: -255...0.
  ///
  /// With 4 bits, above a zero point of 127, they are LOG_SOFTMAX to ``ByteEncoding/logProbability``.
  ///
  /// - Parameter bits: 3 or 4.
  package func logarithms(_ row: [Int32], bits: Int) -> [Int32] {
    let distances = distances(row)
    let sum = FixedPoint.logarithm(exponentials(of: distances).sum)
    return distances.map { distance in
      guard let distance, distance > sum - 255 << (26 - bits) else { return -255 }
      return FixedPoint.divided(distance - sum, byPower: 26 - bits)
    }
  }

  /// How far below the largest, with 26 bits behind the point; nil: too far to count.
  private func distances(_ row: [Int32]) -> [Int32?] {
    precondition((1...4095).contains(row.count))
    let largest = row.max() ?? 0
    return row.map { $0 - largest >= least ? multiplier.applied(to: $0 - largest) : nil }
  }

  /// Exponentials, and their sum with 19 bits behind the point.
  private func exponentials(of distances: [Int32?]) -> (all: [Int32?], sum: Int32) {
    let all = distances.map { $0.map { FixedPoint.exponential($0, integerBits: 5) } }
    return (all, all.reduce(0) { $0 + FixedPoint.divided($1 ?? 0, byPower: 12) })
  }
}
