extension EmulationError {
  /// One sentence for people: the place and the cause.
  public var sentence: String {
    switch self {
    case .invalid(let error): error.sentence
    case .floatInput(let index): Self.words("Input \(index)")
    case .floatOutput(let index): Self.words("Output \(index)")
    case .floatStep(let index): Self.words("Step \(index)")
    }
  }

  private static func words(_ place: String) -> String {
    "\(place) is of float32, but only integer plans are emulated: quantize the whole network."
  }
}
