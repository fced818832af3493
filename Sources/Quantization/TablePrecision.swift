/// What the entries of a table are to be stored as.
public enum TablePrecision: String, Codable, CaseIterable, Sendable {
  /// float16, or float32 where float16 would lose entries or their exponents.
  case automatic
  /// Integers from -127 to 127 times one float32 scale for the table.
  case int8
  /// Integers from -32,767 to 32,767 times one float32 scale for the table.
  case int16

  /// Greatest integer; nil where entries are not integers.
  var limit: Float? {
    switch self {
    case .automatic: nil
    case .int8: 127
    case .int16: 32_767
    }
  }

  /// A table as it comes back when stored, to nearest even; entries that become equal stay apart.
  func rounded(_ table: [Float]) -> (entries: [Float], precision: StoredPrecision, scale: Float?) {
    guard let limit else {
      let precision = StoredPrecision.forTable(table)
      return (precision.rounded(table), precision, nil)
    }
    let greatest = table.reduce(0) { max($0, abs($1)) }
    var scale = greatest / limit
    if scale * limit == .infinity { scale = scale.nextDown }
    let entries = table.map { entry -> Float in
      let steps = scale > 0 ? (entry / scale).rounded(.toNearestOrEven) : 0
      return scale * max(-limit, min(limit, steps))
    }
    return (entries, self == .int8 ? .int8 : .float32, scale)
  }
}
