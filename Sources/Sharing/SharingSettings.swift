// What a run of weight sharing is told; all of it is kept in the checkpoint.

/// How the next generation is made.
public enum OptimizerKind: String, Codable, Sendable, CaseIterable {
  case genetic
  case swarm
  case differential
  /// Members drawn anew each time: the control.
  case random

  /// The optimizer with its usual constants.
  public var optimizer: any PopulationOptimizer {
    switch self {
    case .genetic: GeneticAlgorithm()
    case .swarm: ParticleSwarm()
    case .differential: DifferentialEvolution()
    case .random: RandomSearch()
    }
  }
}

/// What a member's compression is.
public enum CompressionMeasure: String, Codable, Sendable, CaseIterable {
  /// The poster's rate: see ``Compression``.
  case rate
  /// Bytes of float32 weights over those that the caller's `bytes` says.
  case bytes
}

/// The options of a run.
public struct SharingSettings: Codable, Equatable, Sendable {
  /// Cluster counts that are tried, ascending, each in 1 ... 256.
  public var counts = Array(2...32)
  /// Of the means as they are stored.
  public var precision = MeanPrecision.float16
  /// Points of accuracy that a layer shared alone may lose; a count that loses more leaves the
  /// search.
  public var rangeLoss = 1.0
  /// Points of accuracy that a member may lose: those within are fitter than all beyond. nil: no
  /// limit, the poster's.
  public var maxLoss: Double? = 0.5
  /// Who makes the next generation: a genetic algorithm, particle swarm, differential evolution, or members drawn anew each
  /// time, which is the control.
  public var optimizer = OptimizerKind.genetic
  /// Members of a generation, 4 or more.
  public var population = 20
  /// Generations of the search for counts, the first population included; 1 or more.
  public var generations = 30
  /// Generations of the search for spread and focus; 0: none.
  public var fineGenerations = 10
  /// What compression is: the poster's rate, or bytes of float32 weights over the blob's bytes.
  public var measure = CompressionMeasure.rate
  /// What accuracy aims at, 0 ... 1; nil: that of the network as it came.
  public var accuracyTarget: Double?
  /// What compression aims at; nil: that of the least counts which are left.
  public var compressionTarget: Double?
  /// The seed of every random choice.
  public var seed: UInt64 = 1
  /// Members that are evaluated at the same time; no bit of a result depends on it.
  public var threads = 2

  public init() {}

  /// What is out of bounds, as a sentence; nil where nothing is.
  public var fault: String? {
    let ascends = zip(counts, counts.dropFirst()).allSatisfy(<)
    let checks: [(holds: Bool, bound: String)] = [
      (!counts.isEmpty && ascends && counts.allSatisfy((1...256).contains), "--counts takes numbers from 1 to 256"),
      ((0...100).contains(rangeLoss), "--range-loss takes 0 to 100"),
      ((0...100).contains(maxLoss ?? 0), "--max-loss takes 0 to 100"),
      ((4...10_000).contains(population), "--population takes 4 to 10000"),
      ((1...1_000_000).contains(generations), "--generations takes a whole number above 0"),
      ((0...1_000_000).contains(fineGenerations), "--fine-generations takes a whole number, 0 or more"),
      (accuracyTarget.map { $0 > 0 && $0 <= 1 } ?? true, "--accuracy-target takes a share above 0, up to 1"),
      (compressionTarget.map { $0 > 0 && $0.isFinite } ?? true, "--compression-target takes a number above 0"),
      ((1...256).contains(threads), "--threads takes 1 to 256"),
    ]
    return checks.first { !$0.holds }?.bound
  }
}
