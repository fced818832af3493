/// How much a run trains where it is told no numbers of steps: its time grows about as they do. Costs are in gradient
/// steps, of `--batch` samples each.
public enum Effort: String, Codable, Sendable, CaseIterable {
  /// A first look, or a network of few samples: a quarter of the usual steps.
  case quick
  /// What a run does where nothing is said.
  case usual = "default"
  /// What the smallest blobs took (`Samples/strength`): five times the usual steps.
  case thorough

  /// Gradient steps for each cycle.
  public var stepsPerCycle: Int {
    switch self {
    case .quick: 10
    case .usual: 40
    case .thorough: 200
    }
  }

  /// Gradient steps after the last cycle.
  public var finalSteps: Int {
    switch self {
    case .quick: 200
    case .usual: 800
    case .thorough: 5000
    }
  }

  /// Gradient steps that train table entries and biases.
  public var tableSteps: Int {
    switch self {
    case .quick: 150
    case .usual: 600
    case .thorough: 2500
    }
  }
}
