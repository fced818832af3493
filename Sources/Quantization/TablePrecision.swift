import Tensors

/// What the entries of a table are asked to be stored as.
public enum TablePrecision: String, Codable, CaseIterable, Sendable {
  /// float16, or float32 where float16 would lose entries or their exponents.
  case automatic
  /// Integers from -127 to 127 times one float32 scale for the table.
  case int8
  /// Integers from -32,767 to 32,767 times one float32 scale for the table.
  case int16

  /// Nil where entries are not integers.
  var width: IntegerWidth? {
    switch self {
    case .automatic: nil
    case .int8: .int8
    case .int16: .int16
    }
  }
}

extension StoredNumbers {
  /// A table as it comes back when stored, to nearest even; entries that become equal stay apart.
  ///
  /// - Parameter width: of integers; nil for floats.
  static func table(_ entries: [Float], width: IntegerWidth?) -> StoredNumbers {
    width.map { nearestIntegers(entries, limit: $0.limit) } ?? nearestFloats(entries, apart: true)
  }

  /// Row scales in int8 are multiples of this, up to 127 of it.
  package static let scaleUnit: Float = 1 / 128

  /// Row scales as they come back when stored.
  static func scales(_ scales: [Float], inBytes: Bool) -> StoredNumbers {
    inBytes ? multiples(nearest: scales, of: scaleUnit) : nearestFloats(scales)
  }
}
