extension EmulationError {
  /// One sentence for people: the place and the cause.
  public var sentence: String {
    switch self {
    case .invalid(let error): error.sentence
    case .floatStep(let index):
      "Step \(index) is of float32, but only integer plans are emulated: quantize the whole network."
    }
  }
}
