// Trials and selection for one pool of layers.

import Execution
import ModelGraph
import Tensors
import Trials

extension EvolutionRun {
  /// Draws candidate sets of a pool, chooses among them, and zeroes the winner.
  ///
  /// - Parameters:
  ///   - count: positions to draw.
  ///   - number: of the pool.
  ///   - draws: what the learned method draws by; learns from these trials.
  /// - Returns: the record, but for the sparsity that results.
  func zero(_ count: Int, of number: Int, cycle: Int, trials: Int, draws: inout DrawModel)
    throws(ExecutionError) -> PoolTrials
  {
    let pool = settings.pools[number]
    let generator = SeededGenerator(seed: settings.seed).fork(UInt64(cycle)).fork(UInt64(number))
    let weights = pool.layers.map { parameters.values(layers[$0].weight) }
    let measures = measures(used: settings.measures)
    let candidates = Candidates(
      weights: weights, measures: try values(of: measures, pool, weights, generator),
      floors: floors(pool, drawing: count))
    let drawn = Drawn(
      candidates: candidates, settings: settings, draws: draws, measures: measures,
      count: Int((Double(count) / settings.nesting).rounded()),
      trials: max(1, trials),
      temperature: temperature(cycle: cycle), generator: generator)
    var record = PoolTrials(layers: pool.layers.map { layers[$0].name }, sparsity: 0)
    var chosen = drawn.sets[0]
    if drawn.sets.count > 1 {
      let selection = try select(drawn.sets, number, weights)
      draws.learn(from: drawn.parameters, scores: selection.scores)
      chosen = drawn.sets[selection.best]
      (record.mean, record.deviation) = (selection.mean, selection.deviation)
      (record.best, record.z) = (selection.divergence, selection.z)
    }
    if settings.nesting < 1 {
      // Draws over all hit fewer survivors than they have positions.
      let hit = Double(chosen.reduce(0) { $0 + $1.count })
      let isSparse = settings.method.isUniform && settings.drawsAll
      chosen = candidates.nested(
        chosen, count: isSparse ? min(count, Int((settings.nesting * hit).rounded(.up))) : count,
        exponents: settings.nestingExponents(measures),
        offsets: pool.layers.map { _ in 0 })
    }
    let after =
      settings.compensates
      ? try recovered([chosen], pool, weights)[0] : zip(weights, chosen).map { $0.zeroing($1) }
    for (index, values) in zip(pool.layers, after) {
      if let values { parameters.set(layers[index].weight, to: values) }
    }
    return record
  }

  /// The noise of this cycle's draws, which goes from its first to its last value in equal ratios,
  /// or in equal steps to 0.
  private func temperature(cycle: Int) -> Float {
    let (first, last) = (settings.drawTemperature, settings.lastDrawTemperature)
    guard first > 0, cycleCount > 1 else { return first }
    let progress = Double(min(cycle, cycleCount - 1)) / Double(cycleCount - 1)
    guard last > 0 else { return first * Float(1 - progress) }
    return first * Float(Double.pow(Double(last / first), progress))
  }

  // MARK: Measures

  private func measures(used: Set<Measure>) -> [Measure] { Measure.allCases.filter(used.contains) }

  /// For each measure and layer of the pool, one number a weight.
  private func values(
    of measures: [Measure], _ pool: Pool, _ weights: [[Float]], _ generator: SeededGenerator
  ) throws(ExecutionError) -> [[[Float]]] {
    let chosen = pool.layers.map { layers[$0] }
    var inputs: [[Float]] = []
    if measures.contains(.input) {
      let moments = try InputMoments.meanSquares(
        student, parameters: parameters, samples: samples.training.prefix(512),
        threads: settings.threads)
      inputs = zip(chosen, pool.layers).map { layer, index in
        let norms = moments[index].map { $0.squareRoot() }
        return (0..<layer.weightCount).map { norms[$0 % layer.columns] }
      }
    }
    var curvatures: [[Float]] = []
    if measures.contains(.curvature) {
      let diagonal = try curvatureEstimator().diagonal(
        samples: samples.training.prefix(2048), generator: generator.fork(0xD1A6))
      curvatures = pool.layers.map { diagonal[$0].map { $0.squareRoot() } }
    }
    return measures.map { measure in
      switch measure {
      case .magnitude: weights.map { $0.map(abs) }
      case .input: inputs
      case .curvature: curvatures
      case .row, .column:
        chosen.indices.map { index in
          Saliency.strength(
            zip(weights[index], inputs[index]).map { $0 * $1 },
            columns: chosen[index].columns, byRow: measure == .row)
        }
      }
    }
  }

  private func curvatureEstimator() throws(ExecutionError) -> Curvature {
    if let curvature { return curvature }
    let made = try Curvature(
      graph: student, parameters: parameters, settings: settings, objective: trialObjective)
    curvature = made
    return made
  }

  // MARK: Selection

  private func select(_ sets: [[[Int]]], _ number: Int, _ weights: [[Float]])
    throws(ExecutionError) -> Selection
  {
    let pool = settings.pools[number]
    let count = min(settings.trialSamples, samples.heldBack.count)
    let bonus = bytesSaved(by: sets, pool, weights).map { saved in
      saved.map { settings.rateWeight * Double($0) / 1000 }
    }
    if pool.layers.count == 1 && !settings.judgesRecovered {
      let trials = try evaluator(of: pool.layers[0], samples: count)
      return try Selection(
        count: sets.count, samples: count, halving: settings.halving, bonus: bonus
      ) { (alive, range) throws(ExecutionError) in
        try trials.divergences(of: alive.map { sets[$0][0] }, weights: weights[0], samples: range)
      }
    }
    let trials = try evaluator(ofPool: number, samples: count)
    let changes =
      settings.judgesRecovered
      ? try recovered(sets, pool, weights)
      : sets.map { set in
        zip(weights, set).map { $1.isEmpty ? nil : $0.zeroing($1) }
      }
    return try Selection(
      count: sets.count, samples: count, halving: settings.halving, bonus: bonus
    ) { (alive, range) throws(ExecutionError) in
      try trials.divergences(of: alive.map { changes[$0] }, samples: range)
    }
  }

  /// How many bytes of the blob each set saves; nil where that is not asked.
  private func bytesSaved(by sets: [[[Int]]], _ pool: Pool, _ weights: [[Float]]) -> [Int]? {
    guard settings.rateWeight > 0, let codedBytes else { return nil }
    let present = zip(pool.layers, weights).reduce(0) { $0 + codedBytes($1.0, $1.1) }
    var saved = [Int](repeating: 0, count: sets.count)
    saved.withUnsafeMutableBufferPointer { saved in
      nonisolated(unsafe) let saved = saved
      parallel(sets.count) { trial in
        var after = 0
        for (place, index) in pool.layers.enumerated() {
          var values = weights[place]
          for position in sets[trial][place] { values[position] = 0 }
          after += codedBytes(index, values)
        }
        saved[trial] = present - after
      }
    }
    return saved
  }

  private func evaluator(of index: Int, samples count: Int) throws(ExecutionError) -> TrialEvaluator {
    if let known = layerTrials[index] { return known }
    let made = try TrialEvaluator(
      graph: student, parameters: parameters, layer: layers[index],
      samples: samples.heldBack.prefix(count), objective: trialObjective.prefix(count),
      threads: settings.threads)
    layerTrials[index] = made
    return made
  }

  private func evaluator(ofPool number: Int, samples count: Int) throws(ExecutionError)
    -> NetworkTrials
  {
    if let known = networkTrials[number] { return known }
    let made = try NetworkTrials(
      graph: student, parameters: parameters, layers: settings.pools[number].layers.map { layers[$0] },
      samples: samples.heldBack.prefix(count), objective: trialObjective.prefix(count),
      threads: settings.threads)
    networkTrials[number] = made
    return made
  }
}

/// The sets of one cycle and pool, and what each was drawn by.
private struct Drawn {
  var sets: [[[Int]]]
  /// Exponents, then offsets, of each trial; empty but for the learned method.
  var parameters: [[Float]] = []

  init(
    candidates: Candidates, settings: EvolutionSettings, draws: DrawModel, measures: [Measure],
    count: Int, trials: Int, temperature: Float, generator: SeededGenerator
  ) {
    let layers = candidates.survivors.count
    let samples = (0..<trials).map { trial -> (exponents: [Float], offsets: [Float]) in
      settings.method == .learned
        ? draws.sample(trial: trial, generator: generator.fork(UInt64(trial)))
        : (settings.exponents(measures), [Float](repeating: 0, count: layers))
    }
    if settings.method == .learned { parameters = samples.map { $0.exponents + $0.offsets } }
    var sets = [[[Int]]](repeating: [], count: trials)
    sets.withUnsafeMutableBufferPointer { sets in
      nonisolated(unsafe) let sets = sets
      parallel(trials) { trial in
        let fork = generator.fork(UInt64(trial))
        sets[trial] =
          settings.method.isUniform
          ? candidates.drawUniformly(count, all: settings.drawsAll, fork)
          : candidates.drawLeast(
            count, exponents: samples[trial].exponents, offsets: samples[trial].offsets,
            temperature: settings.noise(of: trial, temperature), fork)
      }
    }
    self.sets = sets
  }
}

extension EvolutionSettings {
  /// The measures that draws, or the nesting in them, go by.
  fileprivate var measures: Set<Measure> {
    switch method {
    case .learned: Set(Measure.allCases)
    case .informed, .wanda: nesting < 1 ? [.magnitude, .input, .curvature] : [.magnitude, .input]
    case .obd: [.magnitude, .curvature]
    case .magnitude: [.magnitude]
    case .literal, .random: nesting < 1 ? [.magnitude, .curvature] : []
    }
  }

  /// Of draws by one known saliency.
  fileprivate func exponents(_ measures: [Measure]) -> [Float] {
    // Nesting may need the curvature besides.
    measures.map { $0 == .curvature && method != .obd ? 0 : 1 }
  }

  /// Nested sets keep what optimal brain damage would.
  fileprivate func nestingExponents(_ measures: [Measure]) -> [Float] {
    measures.map { $0 == .magnitude || $0 == .curvature ? 1 : 0 }
  }

  /// The least by a saliency is tried as it is, and so are the known saliencies among the learned
  /// method's; all other sets have noise.
  fileprivate func noise(of trial: Int, _ temperature: Float) -> Float {
    trial < (method == .learned ? 4 : 1) ? 0 : temperature
  }
}
