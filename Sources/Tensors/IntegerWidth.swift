/// What signed integers are stored in: tables, multipliers and biases choose between the two.
public enum IntegerWidth: Equatable, Hashable, Sendable, Codable {
  case int8, int16

  /// The greatest magnitude that is rounded to: 127 or 32,767.
  public var limit: Int {
    switch self {
    case .int8: 127
    case .int16: 32_767
    }
  }
}
