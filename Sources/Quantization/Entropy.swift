#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Entropy, in bits a symbol, of symbols that occur so often; 0 if there are none.
func entropyBits(_ counts: [Double]) -> Double {
  let total = counts.reduce(0, +)
  return counts.reduce(0) { $1 > 0 ? $0 + $1 / total * log2(total / $1) : $0 }
}
