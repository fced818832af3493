/// Why a graph cannot be.
public enum GraphError: Error, Equatable, Sendable {
  /// A node's inputs, parameters or attributes do not fit together.
  case unfit(node: String, operation: String, reason: String)
  /// A value would hold more elements than any target could.
  case tooLarge(node: String, operation: String, elements: String)
  /// The graph as a whole is broken.
  case malformed(reason: String)

  /// One sentence for people.
  public var sentence: String {
    switch self {
    case .unfit(let node, let operation, let reason): "node \(node) (\(operation)): \(reason)"
    case .tooLarge(let node, let operation, let elements):
      "node \(node) (\(operation)): a value of \(elements) elements is larger than \(Graph.maximumElements)"
    case .malformed(let reason): "the graph is malformed: \(reason)"
    }
  }
}
