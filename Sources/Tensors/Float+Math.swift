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
  /// e to the power x.
  public static func exp(_ x: Float) -> Float { expf(x) }
  /// Natural logarithm of 1 + x, exact for small x.
  public static func log1p(_ x: Float) -> Float { log1pf(x) }
  /// Cosine of an angle in radians.
  public static func cosine(_ x: Float) -> Float { cosf(x) }
}

extension Double {
  /// Natural logarithm.
  public static func log(_ x: Double) -> Double { logarithm(x) }
  /// Cosine of an angle in radians.
  public static func cos(_ x: Double) -> Double { cosineOf(x) }
  /// x to the power y.
  public static func pow(_ x: Double, _ y: Double) -> Double { powerOf(x, y) }
}

// Outside the extension the C library's names are not hidden by the methods'.
private func logarithm(_ x: Double) -> Double { log(x) }
private func cosineOf(_ x: Double) -> Double { cos(x) }
private func powerOf(_ x: Double, _ y: Double) -> Double { pow(x, y) }
