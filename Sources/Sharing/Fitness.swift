// Fit = 1 / sqrt((1 - ACC / ACC_target)^2 + (1 - CR / CR_target)^2), equation 1 of the poster: one
// over the distance from a point that no member passes, since one that beats a target moves it.
// Where a loss of accuracy is not to be passed, members beyond it are compared by accuracy alone
// and rank below all others (Deb 2000), and move no target.

/// What a member is worth.
public struct Score: Codable, Equatable, Sendable {
  /// Share of right answers, 0 ... 1.
  public var accuracy: Double
  /// How many times smaller it is.
  public var compression: Double

  public init(accuracy: Double, compression: Double) {
    self.accuracy = accuracy
    self.compression = compression
  }

  /// Whether this is as good in both, and not the same.
  func dominates(_ other: Score) -> Bool {
    accuracy >= other.accuracy && compression >= other.compression && self != other
  }
}

/// What members are compared by.
public struct Fitness: Codable, Equatable, Sendable {
  public private(set) var accuracyTarget: Double
  public private(set) var compressionTarget: Double
  /// The least accuracy of a member that counts; nil: any.
  public let accuracyFloor: Double?

  public init(accuracyTarget: Double, compressionTarget: Double, accuracyFloor: Double? = nil) {
    self.accuracyTarget = accuracyTarget
    self.compressionTarget = compressionTarget
    self.accuracyFloor = accuracyFloor
  }

  /// Whether a score keeps to the floor.
  public func allows(_ score: Score) -> Bool { accuracyFloor.map { score.accuracy >= $0 } ?? true }

  /// Moves the targets that a score beats.
  package mutating func learn(_ score: Score) {
    guard allows(score) else { return }
    accuracyTarget = max(accuracyTarget, score.accuracy)
    compressionTarget = max(compressionTarget, score.compression)
  }

  /// Greater is fitter; negative below the floor, infinite at both targets.
  public func callAsFunction(_ score: Score) -> Double {
    if let accuracyFloor, !allows(score) { return score.accuracy - accuracyFloor }
    let accuracy = 1 - score.accuracy / accuracyTarget
    let compression = 1 - score.compression / compressionTarget
    return 1 / (accuracy * accuracy + compression * compression).squareRoot()
  }
}
