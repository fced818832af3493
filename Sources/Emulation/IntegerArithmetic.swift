import Blob

// The arithmetic of Formats/Blob.md, "Integer steps". Int has 64 bits, which hold every number here
// before it is taken modulo 2^32; `wrapped` is where that is done. A shift to the right is a
// division by a power of two towards minus infinity.

package enum IntegerArithmetic {
  /// Modulo 2^32, as a signed number.
  package static func wrapped(_ number: Int) -> Int { Int(Int32(truncatingIfNeeded: number)) }

  /// floor((s 2^l mod 2^32) m 2^e / 2^32).
  package static func rescaled(_ sum: Int, _ rescale: BlobRescale) -> Int {
    (wrapped(sum << rescale.shift) * (rescale.multiplier << rescale.exponent)) >> 32
  }

  /// floor(q c / 256).
  package static func term(_ element: Int, _ factor: Int) -> Int { (element * factor) >> 8 }

  /// The element of y for a sum of 64ths of its unit.
  package static func finished(_ sum: Int, isSigned: Bool) -> Int32 {
    let rounded = (sum + 32) >> 6
    return Int32(isSigned ? min(max(rounded, -128), 127) : min(max(rounded, 0), 255))
  }
}

extension BlobBiases {
  /// Of a row or channel, in 64ths of the output's unit.
  package func bias(_ index: Int) -> Int { Int(numbers[index]) << shift }
}
