import ModelGraph

/// An operator, as errors name it.
struct TFLiteNode {
  let name: String
  let `operator`: String

  func unsupported(_ reason: String) -> ModelLoadingError {
    .unsupported(node: name, operator: `operator`, reason: reason)
  }

  func unfit(_ reason: String) -> ModelLoadingError {
    .unfit(node: name, operator: `operator`, reason: reason)
  }

  func missing(_ value: String) -> ModelLoadingError {
    .missingValue(node: name, operator: `operator`, value: value)
  }

  func badTensor(_ tensor: String, _ reason: String) -> ModelLoadingError {
    .tensor(name: tensor, node: name, operator: `operator`, reason: reason)
  }

  /// What the graph found wrong.
  func refused(_ error: GraphError) -> ModelLoadingError {
    switch error {
    case .unfit(_, _, let reason), .malformed(let reason): unfit(reason)
    case .tooLarge(_, _, let elements):
      unfit("a value of \(elements) elements is larger than \(Graph.maximumElements)")
    }
  }
}
