extension TargetError {
  /// One sentence: what is wrong, and where.
  public var sentence: String {
    switch self {
    case .tooLarge(let bytes, let limit):
      "a target profile has at most \(limit) bytes, and this file has \(bytes)"
    case .notJSON: "it is not a JSON object"
    case .unknownField(let field):
      "there is no field \(field); Samples/targets/README.md lists them"
    case .missingField(let field): "the field \(field) is missing"
    case .wrongType(let field, let expected): "the field \(field) should be \(expected)"
    case .range(let field, let found, let allowed):
      "the field \(field) is \(Self.plain(found)), and may be \(Self.plain(allowed.lowerBound)) to "
        + Self.plain(allowed.upperBound)
    case .partWord(let field, let bytes, let wordBytes):
      "the field \(field) is \(bytes) bytes, which is no whole number of words of \(wordBytes)"
    }
  }

  private static func plain(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }
}
