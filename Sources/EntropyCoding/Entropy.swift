#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Lower bounds on coded sizes, in bits, to compare real sizes with.
///
/// They hold for coders that treat symbols as independent; a coder that uses structure can be
/// below them.
public enum Entropy {
  /// Bits of a text with these symbol counts under an ideal code: sum of f log2(n / f).
  ///
  /// Divide by the number of symbols for the entropy of one. 0 when nothing occurs.
  public static func bits(frequencies: [Int]) -> Double {
    let total = Double(frequencies.reduce(0, +))
    return frequencies.reduce(0) { bits, frequency in
      frequency > 0 ? bits + Double(frequency) * log2(total / Double(frequency)) : bits
    }
  }

  /// Bits that say which `survivors` of `total` positions survive: total times the binary entropy.
  ///
  /// - Precondition: 0 <= survivors <= total.
  public static func maskBits(survivors: Int, total: Int) -> Double {
    precondition(survivors >= 0 && survivors <= total)
    return bits(frequencies: [survivors, total - survivors])
  }
}
