/// How a layer's surviving weights are kept.
public enum LevelChoice: Hashable, Sendable {
  /// A table of so many levels, 2 ... 256.
  case table(Int)
  /// As float32, unquantized.
  case float

  /// Reads `16` or `float`; nil for anything else.
  public init?(_ text: String) {
    if text == "float" {
      self = .float
    } else if let levels = Int(text), (2...256).contains(levels) {
      self = .table(levels)
    } else {
      return nil
    }
  }
}

/// As an option takes it: a number, or `float`.
extension LevelChoice: Codable {
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let text = (try? value.decode(Int.self)).map { "\($0)" } ?? (try? value.decode(String.self)) ?? ""
    guard let choice = LevelChoice(text) else {
      throw DecodingError.dataCorruptedError(in: value, debugDescription: "neither float nor 2 to 256 levels")
    }
    self = choice
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .table(let levels): try value.encode(levels)
    case .float: try value.encode("float")
    }
  }
}

extension LevelChoice {
  /// As the option takes it.
  public var text: String {
    switch self {
    case .table(let levels): "\(levels)"
    case .float: "float"
    }
  }

  /// Where nothing else is said.
  package static let usual = LevelChoice.table(16)

  /// About a quarter of the slope, variance a bit, of the best table of so many levels: by
  /// high-resolution theory its error is 2.7 / levels^2 of a normal layer's variance, and a bit
  /// more divides that by 4. So a bit of entropy goes where it costs much less than a bit of table
  /// would.
  package var usualLambda: Double {
    guard case .table(let levels) = self else { return 0 }
    return min(0.01, 1 / Double(levels * levels))
  }

  package var isInRange: Bool {
    if case .table(let levels) = self { return (2...256).contains(levels) }
    return true
  }
}
