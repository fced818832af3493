import FixedPoint
import ModelGraph

extension ByteEncoding {
  /// Of int8 with one scale; nil for all else.
  package init?(_ integers: IntegerEncoding?) {
    guard let integers, integers.element == .int8, integers.axis == nil, integers.scales.count == 1
    else { return nil }
    self.init(
      scale: integers.scales[0], zeroPoint: integers.zeroPoints[0], roundsOnce: integers.rounding == .once)
  }

  /// The same of uint8 too, for bytes 128 less.
  package init?(anyByte integers: IntegerEncoding?) {
    guard let integers, integers.element == .uint8, integers.axis == nil, integers.scales.count == 1 else {
      self.init(integers)
      return
    }
    self.init(
      scale: integers.scales[0], zeroPoint: integers.zeroPoints[0] - 128, roundsOnce: integers.rounding == .once)
  }
}

extension IntegerEncoding {
  /// The byte that is nearest to a number; nil where it is not of int8 with one scale.
  package func byte(nearest number: Float) -> Int8? { ByteEncoding(self)?.byte(of: number) }
}

extension IntegerTensor {
  /// Its elements where they are int8.
  var bytes: [Int8]? { encoding.element == .int8 ? integers.map { Int8(truncatingIfNeeded: $0) } : nil }
}
