/// Why a graph could not be run in integers. ``sentence`` says it in words.
public enum IntegerExecutionError: Error, Equatable, Sendable {
  /// TensorFlow Lite Micro does not compute this between these encodings.
  case inexact(node: String, operation: String, reason: String)
  case inputCount(expected: Int, given: Int)
  /// An input has other elements than its value says.
  case elements(input: String, expected: String, given: String)
}

extension IntegerExecutionError {
  /// The cause alone.
  package var reason: String {
    switch self {
    case .inexact(_, _, let reason): reason
    case .inputCount, .elements: sentence
    }
  }

  /// One sentence for people.
  public var sentence: String {
    switch self {
    case .inexact(let node, let operation, let reason):
      "node \(node) (\(operation)) has no exact meaning in integers: \(reason)"
    case .inputCount(let expected, let given):
      "the network has \(expected) inputs, and \(given) were given"
    case .elements(let input, let expected, let given):
      "input \(input) has \(expected), and \(given) were given"
    }
  }
}
