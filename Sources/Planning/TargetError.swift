/// What can be wrong with a target profile. Fields are named by their path, as `cycles.multiply`.
public enum TargetError: Error, Equatable, Sendable {
  case tooLarge(bytes: Int, limit: Int)
  /// The file is no JSON object.
  case notJSON
  case unknownField(String)
  case missingField(String)
  /// The field holds something other than `expected`, which is a few words.
  case wrongType(String, expected: String)
  case range(String, found: Double, allowed: ClosedRange<Double>)
  /// A memory does not hold a whole number of words.
  case partWord(String, bytes: Int, wordBytes: Int)
}
