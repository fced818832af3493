// Biases and the like are stored beside the coded weights, where four bytes a number can weigh more
// than the weights of a small layer. Each vector is stored in the fewest bytes that keep its
// numbers as near as the answers need.

/// A vector as it is stored.
public enum StoredVector: Equatable, Sendable, Codable {
  case float32([Float])
  /// Bit patterns of binary16.
  case float16([UInt16])
  /// -127...127 each, to be multiplied by `scale`.
  case int8([Int8], scale: Float)

  /// The values in a given precision, rounded to nearest even.
  ///
  /// The scale of int8 is the greatest magnitude over 127. A magnitude beyond 65,504 becomes
  /// infinite in float16.
  ///
  /// - Precondition: for int8, values are finite.
  public static func encode(_ values: [Float], _ precision: StoredPrecision) -> StoredVector {
    switch precision {
    case .float32: return .float32(values)
    case .float16: return .float16(values.map { Float16($0).bitPattern })
    case .int8:
      precondition(values.allSatisfy { $0.isFinite })
      var scale = values.reduce(0) { max($0, abs($1)) } / 127
      if scale * 127 == .infinity { scale = scale.nextDown }
      return .int8(values.map { quantized($0, scale: scale) }, scale: scale)
    }
  }

  /// The values in the precision of fewest bytes that moves none by more than `tolerance` times
  /// `magnitude`; float32 if no other does, or if a value is not finite.
  ///
  /// - Parameters:
  ///   - tolerance: 0 or more; with 0 values are kept exactly.
  ///   - magnitude: what the tolerance is relative to, for instance the size of the sums that a
  ///     bias is added to.
  public static func encode(
    _ values: [Float], tolerance: Float, relativeTo magnitude: Float
  ) -> StoredVector {
    guard values.allSatisfy({ $0.isFinite }) else { return .float32(values) }
    return [StoredPrecision.float16, .int8].map { encode(values, $0) }
      .filter { vector in
        zip(values, vector.decoded).allSatisfy { abs($0 - $1) <= tolerance * magnitude }
      }
      .reduce(.float32(values)) { $1.byteCount < $0.byteCount ? $1 : $0 }
  }

  private static func quantized(_ value: Float, scale: Float) -> Int8 {
    guard scale > 0 else { return 0 }
    let steps = (value / scale).rounded(.toNearestOrEven)
    return Int8(max(-127, min(127, steps)))
  }

  /// The numbers that a reader gets.
  public var decoded: [Float] {
    switch self {
    case .float32(let values): values
    case .float16(let values): values.map { Float(Float16(bitPattern: $0)) }
    case .int8(let values, let scale): values.map { Float($0) * scale }
    }
  }

  public var precision: StoredPrecision {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .int8: .int8
    }
  }

  /// How many numbers there are.
  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .float16(let values): values.count
    case .int8(let values, _): values.count
    }
  }

  /// Bytes of the numbers and of the scale, if there is one.
  public var byteCount: Int { precision.byteCount(count) }
}
