// Everything that a stopped run needs to go on. No generator is kept: what is drawn follows from
// the seed and the numbers of phase, generation and member.

/// How far a run has come.
public struct SharingState: Codable, Equatable, Sendable {
  /// What a layer is worth with so many clusters, the others as they came.
  public struct Probe: Codable, Equatable, Sendable {
    public var count: Int
    public var accuracy: Double
    /// Not rounded to the precision that means are stored in.
    public var clustering: Clustering
  }

  /// One population over its generations.
  public struct Search: Codable, Equatable, Sendable {
    public var fitness: Fitness
    /// One after the other; the first is the population that was drawn.
    public var generations: [GenerationRecord] = []
    public var population: [Individual] = []
    /// Those that no other beats in accuracy and compression both.
    public var front: [Candidate] = []

    init(fitness: Fitness) { self.fitness = fitness }
  }

  /// Accuracy of the network as it came, on the samples of the run; nil before the first step.
  public var baseline: Double?
  /// For each layer what was found of the counts, in their order, as far as they were tried.
  public var ranges: [[Probe]]
  /// The search for counts; nil while ranges are being found.
  public var search: Search?
  /// The search for spread and focus; nil before it begins.
  public var fine: Search?

  init(layers: Int) { ranges = Array(repeating: [], count: layers) }
}

/// What one generation came to.
public struct GenerationRecord: Codable, Equatable, Sendable {
  /// Mean accuracy of the generation's members, 0 to 1.
  public var meanAccuracy: Double
  /// Mean compression of the generation's members, as `measure` has it.
  public var meanCompression: Double
  /// The fittest so far, by the targets as they then were.
  public var best: Score
  /// What accuracy aimed at, 0 to 1.
  public var accuracyTarget: Double
  /// What compression aimed at, as `measure` has it.
  public var compressionTarget: Double
}

extension SharingState.Search {
  /// The fittest that was ever seen.
  public var best: Candidate? {
    var best: Candidate?
    for candidate in front where best.map({ fitness(candidate.score) > fitness($0.score) }) ?? true {
      best = candidate
    }
    return best
  }

  /// Adds a candidate to those that no other beats, if it is one.
  mutating func note(_ candidate: Candidate) {
    fitness.learn(candidate.score)
    let isBeaten = front.contains {
      $0.score == candidate.score || $0.score.dominates(candidate.score)
    }
    if isBeaten { return }
    front.removeAll { candidate.score.dominates($0.score) }
    front.append(candidate)
  }
}

extension SharingState {
  /// What keeps the state from being one of a run, in words; for a state that comes from a file.
  func fault(layers: Int, settings: SharingSettings) -> String? {
    guard ranges.count == layers else { return "its ranges are not those of the layers" }
    let probed = ranges.allSatisfy { probes in
      probes.count <= settings.counts.count
        && zip(probes, settings.counts).allSatisfy { $0.count == $1 && $0.accuracy.isFinite }
        && probes.allSatisfy { $0.clustering.isConsistent && $0.clustering.means.count <= $0.count }
    }
    guard probed else { return "a range is not one of the counts that are tried" }
    let isProbed = ranges.allSatisfy { $0.count == settings.counts.count }
    guard baseline.map(\.isFinite) ?? (ranges.allSatisfy(\.isEmpty) && search == nil),
      isProbed || search == nil, search != nil || fine == nil
    else { return "its phases are out of order" }
    for (search, dimensions, most) in [
      (search, layers, settings.generations), (fine, 2 * layers, settings.fineGenerations),
    ] {
      if let search, !search.isConsistent(dimensions, layers, most, settings) {
        return "a population does not fit the layers"
      }
    }
    return nil
  }
}

extension SharingState.Search {
  fileprivate func isConsistent(
    _ dimensions: Int, _ layers: Int, _ most: Int, _ settings: SharingSettings
  ) -> Bool {
    func isPlace(_ position: [Double]) -> Bool {
      position.count == dimensions && position.allSatisfy { $0 >= 0 && $0 < 1 }
    }
    func isScore(_ score: Score) -> Bool { score.accuracy.isFinite && score.compression.isFinite }
    return generations.count <= most
      && population.count == (generations.isEmpty ? 0 : settings.population)
      && (generations.isEmpty || !front.isEmpty)
      && fitness.accuracyTarget > 0 && fitness.compressionTarget > 0
      && population.allSatisfy {
        isPlace($0.position) && isPlace($0.best.position) && isScore($0.score)
          && isScore($0.best.score) && $0.velocity.count == dimensions
          && $0.velocity.allSatisfy { abs($0) <= 1 }
      }
      && front.allSatisfy { candidate in
        isScore(candidate.score) && candidate.member.counts.count == layers
          && candidate.member.counts.allSatisfy(settings.counts.contains)
          && [0, layers].contains(candidate.member.modulations.count)
          && candidate.member.modulations.allSatisfy { $0.spread.isFinite && $0.focus.isFinite }
      }
  }
}
