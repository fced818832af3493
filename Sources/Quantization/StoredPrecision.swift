/// The precision that numbers are stored in.
public enum StoredPrecision: String, Codable, CaseIterable, Sendable {
  case float32
  case float16
  /// Signed bytes from -127 to 127, times one float32 scale for all.
  case int8

  /// Bytes that `count` numbers take.
  public func byteCount(_ count: Int) -> Int {
    switch self {
    case .float32: 4 * count
    case .float16: 2 * count
    case .int8: count + 4
    }
  }

  /// Scales in int8 are multiples of this, up to 127 of it.
  public static let scaleUnit: Float = 1 / 128

  /// What scales of a layer are stored in once they have changed.
  func afterChange(_ scales: [Float]) -> StoredPrecision {
    let fit = scales.allSatisfy { (0.5...127.49).contains($0 / Self.scaleUnit) }
    return self == .int8 && fit ? .int8 : .forNumbers(scales)
  }

  /// float16 where each value is 0 or a normal float16, float32 otherwise.
  static func forNumbers(_ values: [Float]) -> StoredPrecision {
    values.allSatisfy { $0 == 0 || Float16($0).isNormal } ? .float16 : .float32
  }

  /// As for numbers, and float32 too where entries that differ would become the same.
  static func forTable(_ values: [Float]) -> StoredPrecision {
    let distinct = Set(values.map { Float16($0) }).count == Set(values).count
    return distinct ? forNumbers(values) : .float32
  }

  /// The values as they come back when stored, to nearest even; those of int8 as scales.
  func rounded(_ values: [Float]) -> [Float] {
    switch self {
    case .float32: values
    case .float16: values.map { Float(Float16($0)) }
    case .int8:
      values.map { Self.scaleUnit * min(127, ($0 / Self.scaleUnit).rounded(.toNearestOrEven)) }
    }
  }
}
