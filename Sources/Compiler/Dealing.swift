// What is said of levels that were chosen without training.

import Execution
import Foundation

/// How levels were chosen where nothing was trained, and what they do to the model's answers.
public struct Dealing: Codable, Equatable, Sendable {
  /// Whether layers got levels by what they do to the answers; else they have what was told.
  public var isDealt: Bool
  /// What answers were measured on.
  public var basis: String
  /// How many inputs these were.
  public var inputs: Int
  /// RMS(stored - model) / RMS(model) over the numbers that answers are read from.
  public var relativeError: Double
  /// Points that an error of this size is foretold to lose: of accuracy by the model's own
  /// probabilities, or of 1 - RMS error where numbers are the answer.
  public var foretoldLoss: Double
  /// Of accuracy where the network classifies.
  public var classifies: Bool
  /// Points that might be foretold: of classes on samples that are given two fifths of what may be lost.
  public var limit: Double
  /// Layers whose biases took back what the mean of their outputs had moved.
  public var correctedLayers: Int
  /// Samples, without labels, on which weights were fitted to make up for one another; nil: they were
  /// only rounded.
  public var fittedSamples: Int?

  /// Whether no more is foretold to be lost than is allowed.
  public var isWithinLimit: Bool { foretoldLoss <= limit }

  public var text: String {
    let how = isDealt
      ? "levels dealt to layers by their effect on" : "levels as told, their effect measured on"
    return "\(how) \(inputs) \(basis): RMS error of answers \(relativeError.percent), \(lossText)"
      + (fittedSamples.map { "; weights fitted in closed form on \($0) samples" } ?? "")
  }

  /// `0.81 points of accuracy foretold to be lost`
  var lossText: String {
    "\(foretoldLoss.points) points of \(classifies ? "accuracy" : AnswerLoss.Kind.values.rawValue) foretold to be lost"
  }
}
