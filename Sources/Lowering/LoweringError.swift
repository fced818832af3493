/// Why an integer graph cannot be lowered.
package enum LoweringError: Error, Equatable, Sendable {
  /// A value is not of int8 with one scale and one zero point.
  case notBytes(String)
  /// A node computes what no exact step does, of these encodings.
  case noExactStep(node: String, operation: String)
  /// Sums of a layer's row can leave 32 bits.
  case sumsTooLarge(node: String)

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
    }
  }
}
