/// A choice for every layer.
public struct Member: Codable, Hashable, Sendable {
  /// Clusters of each layer.
  public var counts: [Int]
  /// The second dimension of each layer's clustering; empty: on the line.
  public var modulations: [Modulation]

  public init(counts: [Int], modulations: [Modulation] = []) {
    self.counts = counts
    self.modulations = modulations
  }
}

/// A member and what it is worth.
public struct Candidate: Codable, Equatable, Sendable {
  public var member: Member
  public var score: Score

  public init(member: Member, score: Score) {
    self.member = member
    self.score = score
  }
}

/// The members that a search may come to, as a cube: every optimizer moves in 0 ..< 1 along each
/// dimension, and the space says what is there.
enum SearchSpace {
  /// One dimension a layer: its counts, ascending, all of one width.
  case counts([[Int]])
  /// Two dimensions a layer, spread and focus, its count fixed. The spread is 0 ... 2; the focus 0
  /// ... 4 over the layer's standard deviation, beyond which the curve is a step.
  case modulations(counts: [Int], deviations: [Double])

  var dimensions: Int {
    switch self {
    case .counts(let allowed): allowed.count
    case .modulations(let counts, _): 2 * counts.count
    }
  }

  /// What is at a place.
  func member(at position: [Double]) -> Member {
    precondition(position.count == dimensions)
    switch self {
    case .counts(let allowed):
      return Member(
        counts: zip(allowed, position).map { counts, place in
          counts[min(Int(place * Double(counts.count)), counts.count - 1)]
        })
    case .modulations(let counts, let deviations):
      return Member(
        counts: counts,
        modulations: deviations.enumerated().map { index, deviation in
          Modulation(
            spread: 2 * position[2 * index], focus: 4 * position[2 * index + 1] / deviation)
        })
    }
  }
}
