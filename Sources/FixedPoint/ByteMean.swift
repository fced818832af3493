/// MEAN of so many bytes. It is not the average pool's rule (``FixedPoint/average(sum:count:)``): the
/// count is inside the multiplier.
package struct ByteMean: Hashable, Sendable {
  package let multiplier: FixedMultiplier
  /// Taken off the sum of the stored bytes: the count times the input's zero point.
  package let offset: Int32
  private let y: ByteEncoding

  /// - Parameter count: 1 ... 2^23.
  package init(count: Int, from x: ByteEncoding, to y: ByteEncoding) {
    precondition((1...1 << 23).contains(count))
    multiplier = FixedMultiplier(meanOf: count, from: x.scale, to: y)
    offset = Int32(count) * x.zeroPoint
    self.y = y
  }

  /// - Parameter sum: of the stored bytes.
  package func byte(sum: Int) -> Int8 { y.byte(multiplier.applied(to: Int32(sum) - offset)) }
}
