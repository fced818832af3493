/// Why an integer graph cannot be lowered, or a blob's steps not be made a graph again.
package enum LoweringError: Error, Equatable, Sendable {
  /// A value is not of int8 with one scale and one zero point.
  case notBytes(String)
  /// A node computes what no exact step does, of these encodings.
  case noExactStep(node: String, operation: String)
  /// Sums of a layer's row can leave 32 bits.
  case sumsTooLarge(node: String)
  /// A step of a blob that is no node of a graph.
  case noNode(step: String, reason: String)

  /// One sentence for people: the place, the cause, and what to do.
  package var sentence: String {
    switch self {
    case .notBytes(let value):
      "value \(value) is not of int8 with one scale and one zero point, which exact steps take: convert "
        + "the model with int8 inputs, outputs and activations"
    case .noExactStep(let node, let operation):
      "node \(node) (\(operation)) has no exact step for its encodings: compile the float model it came "
        + "from"
    case .sumsTooLarge(let node):
      "the sums of node \(node) can leave 32 bits: compile the float model it came from"
    case .noNode(let step, let reason):
      "\(step) is no node of a network again: \(reason)"
    }
  }
}
