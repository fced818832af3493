// How much a run does where it is told nothing of it.

import Datasets

/// How much a run trains, and on what, where it is told nothing of that: its time grows about as its numbers of steps.
/// Costs are in gradient steps, of `--batch` samples each.
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

  /// Share of the labels, beside the teacher's answers, in what the student learns, where there are labels and classes;
  /// sets are then compared by labels too (`ce`).
  public var labelShare: Float {
    switch self {
    case .quick, .usual: 0
    case .thorough: 0.5
    }
  }

  /// How training images are varied, that so many steps see more than the samples; the teacher answers what they become.
  public var augmentation: Augmentation? {
    switch self {
    case .quick, .usual: nil
    case .thorough: Augmentation(shift: 1)
    }
  }
}
