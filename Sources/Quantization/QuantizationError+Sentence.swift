extension QuantizationError {
  /// One sentence for people: the place and the cause.
  public var sentence: String {
    switch self {
    case .notFinite(let index):
      "Weight \(index) is not a finite number, so it cannot be quantized."
    case .importance(let index):
      "Importance \(index) is not a finite number of 0 or more."
    }
  }
}
