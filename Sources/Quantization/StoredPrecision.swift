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

  /// float16 where each value is 0 or a normal float16, float32 otherwise.
  static func forScales(_ values: [Float]) -> StoredPrecision {
    values.allSatisfy { $0 == 0 || Float16($0).isNormal } ? .float16 : .float32
  }

  /// As for scales, and float32 too where entries that differ would become the same.
  static func forTable(_ values: [Float]) -> StoredPrecision {
    let distinct = Set(values.map { Float16($0) }).count == Set(values).count
    return distinct ? forScales(values) : .float32
  }

  /// The values as they come back when stored as float32 or float16, to nearest even.
  func rounded(_ values: [Float]) -> [Float] {
    self == .float16 ? values.map { Float(Float16($0)) } : values
  }
}
