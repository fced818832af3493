// How cluster means are stored. float8 is E4M3 of the Open Compute Project's "OCP 8-bit Floating
// Point Specification" (2023): a sign, four bits of exponent with bias 7, three of mantissa; no
// infinity, the largest number 448, below 2^-6 steps of 2^-9; rounded to nearest, half way to even.
// Weights are far smaller than 1, where E4M3 has few numbers: so a layer's means share a power of
// two, chosen so that the largest of them comes as near 448 as it can without passing it. It costs
// 8 bits a layer, which are counted.

/// The precision of stored means.
public enum MeanPrecision: String, Codable, Sendable, CaseIterable {
  case float32
  case float16
  case float8

  /// Bits of one mean.
  public var bits: Int {
    switch self {
    case .float32: 32
    case .float16: 16
    case .float8: 8
    }
  }

  /// Bits of a table beside those of its means: the shared power of two.
  public var tableBits: Int { self == .float8 ? 8 : 0 }

  /// The means as they come back when stored.
  ///
  /// - Parameter means: finite. A magnitude beyond 65,504 becomes that in float16.
  public func rounded(_ means: [Float]) -> [Float] {
    switch self {
    case .float32: return means
    case .float16: return means.map { Float(Float16(max(-65504, min(65504, $0)))) }
    case .float8:
      let scale = Self.scale(for: means)
      return means.map { Float8.rounded($0 / scale) * scale }
    }
  }

  /// The power of two that brings the largest magnitude into (224, 448]; 1 where all are 0.
  static func scale(for means: [Float]) -> Float {
    let largest = means.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else { return 1 }
    // 448 is 1.75 x 2^8. Below the least exponent the scale would leave float32.
    let exponent = largest.exponent - (largest.significand > 1.75 ? 7 : 8)
    return Float(sign: .plus, exponent: max(exponent, -126), significand: 1)
  }
}

/// The numbers of E4M3.
package enum Float8 {
  package static let largest: Float = 448

  /// The nearest number of E4M3, half way to even; the largest one beyond it.
  package static func rounded(_ value: Float) -> Float {
    let magnitude = min(abs(value), largest)
    // Three bits behind the leading one, and no exponent below that of 2^-6.
    let exponent = max(magnitude == 0 ? -6 : Int(magnitude.exponent), -6)
    let step = Float(sign: .plus, exponent: exponent - 3, significand: 1)
    let rounded = (magnitude / step).rounded(.toNearestOrEven) * step
    return value < 0 ? -rounded : rounded
  }

  /// The byte of a number of E4M3: sign, exponent, mantissa.
  package static func bits(of value: Float) -> UInt8 {
    let sign: UInt8 = value.sign == .minus ? 0x80 : 0
    let magnitude = abs(value)
    if magnitude < 0x1p-6 { return sign | UInt8(magnitude * 0x1p9) }
    let exponent = Int(magnitude.exponent)
    let mantissa = UInt8((magnitude.significand - 1) * 8)
    return sign | UInt8(exponent + 7) << 3 | mantissa
  }
}
