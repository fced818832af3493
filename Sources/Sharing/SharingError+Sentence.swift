import Execution

extension SharingError {
  /// One sentence for people: the place and the cause.
  public var sentence: String {
    switch self {
    case .notFinite(let layer, let index):
      "weight \(index) of layer \(layer) is not a finite number, so it cannot be shared"
    case .badState(let reason): "the search cannot be taken up: \(reason)"
    case .execution(let error): error.sentence
    }
  }
}
