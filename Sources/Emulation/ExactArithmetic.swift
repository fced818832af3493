import Blob
import FixedPoint

// The arithmetic of Formats/Blob.md, "Exact steps": that of FixedPoint, on numbers that a blob may say
// without sense. Int has 64 bits, which hold every number here before it is taken modulo 2^32.

package enum ExactArithmetic {
  /// scale(u; m, e): what is doubled and shifted left is taken modulo 2^32.
  package static func scaled(_ u: Int, _ rescale: BlobExactRescale) -> Int {
    let left = IntegerArithmetic.wrapped(u << (max(rescale.exponent, 0) + 1))
    let high = (left * rescale.multiplier + 1 << 31) >> 32
    return Int(FixedPoint.divided(Int32(high), byPower: max(-rescale.exponent, 0)))
  }

  /// The element of a scaled sum.
  static func finished(_ scaled: Int, _ range: BlobExactRange) -> Int32 {
    Int32(min(max(scaled + range.zero, range.low), range.high))
  }
}
