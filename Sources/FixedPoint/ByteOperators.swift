// Two bytes to one, by the rules of ADD, SUB, MUL and PRELU.

/// ADD and SUB: both sides are brought to one fine scale, added and brought to the output's.
package struct ByteSum: Hashable, Sendable {
  package let left: FixedMultiplier
  package let right: FixedMultiplier
  package let output: FixedMultiplier
  private let zeroPoints: [Int32]
  private let y: ByteEncoding
  private let subtracts: Bool

  /// - Returns: nil where the output's scale is so fine that the factor to it is 1 or more, which the
  ///   reference refuses: 2^19 steps or more of it are one of an input's.
  package init?(_ a: ByteEncoding, _ b: ByteEncoding, to y: ByteEncoding, subtracts: Bool = false) {
    let common = 2 * Double(max(a.scale, b.scale))
    left = FixedMultiplier(Double(a.scale) / common)
    right = FixedMultiplier(Double(b.scale) / common)
    let factor = common / (0x1p20 * Double(y.scale))
    guard factor < 1 else { return nil }
    output = FixedMultiplier(factor)
    zeroPoints = [a.zeroPoint, b.zeroPoint]
    (self.y, self.subtracts) = (y, subtracts)
  }

  package func byte(_ a: Int8, _ b: Int8) -> Int8 {
    let first = left.applied(to: (Int32(a) - zeroPoints[0]) << 20)
    let second = right.applied(to: (Int32(b) - zeroPoints[1]) << 20)
    return y.byte(output.applied(to: subtracts ? first - second : first + second))
  }
}

/// MUL.
package struct ByteProduct: Hashable, Sendable {
  private let a: ByteEncoding
  private let b: ByteEncoding
  private let y: ByteEncoding
  package let multiplier: FixedMultiplier

  package init(_ a: ByteEncoding, _ b: ByteEncoding, to y: ByteEncoding) {
    (self.a, self.b, self.y) = (a, b, y)
    multiplier = FixedMultiplier(from: a.scale, times: b.scale, to: y)
  }

  package func byte(_ first: Int8, _ second: Int8) -> Int8 {
    y.byte(multiplier.applied(to: (Int32(first) - a.zeroPoint) * (Int32(second) - b.zeroPoint)))
  }
}

/// PRELU: RELU above 0, a product with the slope below.
package struct ByteSlope: Hashable, Sendable {
  private let x: ByteEncoding
  private let y: ByteEncoding
  /// Of what is 0 or more, and of the product with a slope.
  package let positive: FixedMultiplier
  private let negative: ByteProduct
  package var product: FixedMultiplier { negative.multiplier }

  package init(_ x: ByteEncoding, slope: ByteEncoding, to y: ByteEncoding) {
    (self.x, self.y) = (x, y)
    positive = FixedMultiplier(from: x.scale, to: y)
    negative = ByteProduct(x, slope, to: y)
  }

  package func byte(_ q: Int8, slope: Int8) -> Int8 {
    let steps = Int32(q) - x.zeroPoint
    return steps < 0 ? negative.byte(q, slope) : y.byte(positive.applied(to: steps))
  }
}
