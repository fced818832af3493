// The few functions of the C library that the standard library does not have.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Float {
  /// Natural logarithm.
  public static func log(_ x: Float) -> Float { logf(x) }
  /// Natural logarithm of 1 + x, exact for small x.
  public static func log1p(_ x: Float) -> Float { log1pf(x) }
  /// Cosine of an angle in radians.
  public static func cosine(_ x: Float) -> Float { cosf(x) }
}
