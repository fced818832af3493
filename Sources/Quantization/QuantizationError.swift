/// What can be wrong with numbers that are to be quantized.
public enum QuantizationError: Error, Equatable, Sendable {
  /// The weight at `index` is infinite or not a number.
  case notFinite(index: Int)
  /// The importance at `index` is negative, infinite or not a number.
  case importance(index: Int)
}
