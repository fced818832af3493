/// SOFTMAX of bytes to ``ByteEncoding/probability``. Rows are not normalized again: they need not add to
/// 256.
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
    precondition((1...4095).contains(row.count))
    let largest = Int32(row.max() ?? 0)
    let exponentials = row.map { byte -> Int32? in
      let distance = Int32(byte) - largest
      guard distance >= least else { return nil }
      return FixedPoint.exponential(multiplier.applied(to: distance), integerBits: 5)
    }
    // With 19 bits behind the point.
    let sum = exponentials.reduce(Int32(0)) { $0 + FixedPoint.divided($1 ?? 0, byPower: 12) }
    let zeros = sum.leadingZeroBitCount
    let reciprocal = FixedPoint.reciprocal(onePlus: Int32((Int64(sum) << zeros) - (1 << 31)))
    return exponentials.map { exponential in
      guard let exponential else { return -128 }
      let share = FixedPoint.highProduct(reciprocal, exponential)
      return ByteEncoding.probability.byte(FixedPoint.divided(share, byPower: 35 - zeros))
    }
  }
}
