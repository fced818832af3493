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
    let judges = settings.judgesRecovered && trials > 1
    let recovery = judges || settings.compensates ? try compensations(pool) : nil
    var draw = try draw(count, of: number, cycle: cycle, model: draws)
    draw.recovery = judges ? recovery : nil
    var record = PoolTrials(layers: pool.layers.map { layers[$0].name }, sparsity: 0)
    var best = 0
    if trials > 1 {
      let selection = try select(trials, draw)
      if settings.method == .learned {
        draws.learn(
          from: (0..<trials).map { trial in
            let (exponents, offsets) = draw.parameters(of: trial)
            return exponents + offsets
          }, scores: selection.scores)
      }
      best = selection.best
      (record.mean, record.deviation) = (selection.mean, selection.deviation)
      (record.best, record.z) = (selection.divergence, selection.z)
    }
    draw.recovery = settings.compensates ? recovery : nil
    let changes = try draw.change(zeroing: nested(draw.set(best), of: draw, count: count))
    for (index, change) in zip(pool.layers, changes) {
      parameters.apply(change, to: layers[index])
    }
    return record
  }

  /// What the trials of a cycle follow from.
  private func draw(_ count: Int, of number: Int, cycle: Int, model: DrawModel)
    throws(ExecutionError) -> Draw
  {
    let pool = settings.pools[number]
    let origin = DrawOrigin(seed: settings.seed, cycle: cycle, pool: number)
    let weights = pool.layers.map { parameters.values(layers[$0].weight) }
    let values = try values(of: settings.measures, pool, weights, origin.generator)
    var draw = Draw(
      origin: origin, layers: pool.layers,
      candidates: Candidates(weights: weights, measures: values, floors: floors(pool, drawing: count)),
      distribution: settings.distribution(model),
      count: Int((Double(count) / settings.nesting).rounded()),
      temperature: temperature(cycle: cycle), recovery: nil)
    draw.told = settings.toldExponents
    return draw
  }

  /// The share of a set that is zeroed.
  private func nested(_ set: [[Int]], of draw: Draw, count: Int) -> [[Int]] {
    guard settings.nesting < 1 else { return set }
    // Draws over all hit fewer survivors than they have positions.
    let hit = Double(set.reduce(0) { $0 + $1.count })
    let isSparse = draw.distribution == .uniform(all: true)
    return draw.candidates.nested(
      set, count: isSparse ? min(count, Int((settings.nesting * hit).rounded(.up))) : count,
      exponents: settings.nestingExponents + draw.told, offsets: draw.layers.map { _ in 0 })
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

  /// For each measure and layer of the pool, one number a weight; what rows count for behind them, where it is asked for.
  private func values(
    of measures: [Measure], _ pool: Pool, _ weights: [[Float]], _ generator: SeededGenerator
  ) throws(ExecutionError) -> [[[Float]]] {
    let chosen = pool.layers.map { layers[$0] }
    let rowsCount = !settings.toldExponents.isEmpty
    var inputs: [[Float]] = []
    if measures.contains(.input) || rowsCount {
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
    func saliencies(of place: Int) -> [Float] { zip(weights[place], inputs[place]).map { $0 * $1 } }
    let values = measures.map { measure in
      switch measure {
      case .magnitude: weights.map { $0.map(abs) }
      case .input: inputs
      case .curvature: curvatures
      case .row, .column:
        chosen.indices.map {
          Saliency.strength(saliencies(of: $0), columns: chosen[$0].columns, byRow: measure == .row)
        }
      }
    }
    guard rowsCount else { return values }
    return values + [chosen.indices.map { Saliency.rowNorms(saliencies(of: $0), columns: chosen[$0].columns) }]
  }

  private func curvatureEstimator() throws(ExecutionError) -> Curvature {
    if let curvature { return curvature }
    let made = try Curvature(
      graph: student, parameters: parameters, settings: settings, objective: trialObjective)
    curvature = made
    return made
  }

  // MARK: Selection

  private func select(_ trials: Int, _ draw: Draw) throws(ExecutionError) -> Selection {
    let backend = backend ?? team?.backend(over: threadTrials()) ?? threadTrials()
    self.backend = backend
    let bonus = bytesSaved(by: trials, draw).map { saved in
      saved.map { settings.rateWeight * Double($0) / 1000 }
    }
    return try Selection(
      count: trials, samples: trialSampleCount, race: settings.race ?? (settings.halving ? 2 : 1), bonus: bonus
    ) { (alive, range) throws(ExecutionError) in
      try backend.waitForDivergences(of: alive, in: draw, samples: range)
    }
  }

  private var trialSampleCount: Int { min(settings.trialSamples, samples.heldBack.count) }

  /// Threads of this process as judges of this run's trials.
  package func threadTrials() -> ThreadTrials {
    ThreadTrials(
      graph: student, parameters: parameters, samples: samples.heldBack.prefix(trialSampleCount),
      objective: trialObjective.prefix(trialSampleCount), threads: settings.threads,
      room: MemoryNeed(of: student, settings, samples).room(within: settings.maxMemory))
  }

  /// How many bytes of the blob each trial saves; nil where that is not asked.
  private func bytesSaved(by trials: Int, _ draw: Draw) -> [Int]? {
    guard settings.rateWeight > 0, let coder else { return nil }
    let weights = draw.candidates.weights
    let present = zip(draw.layers, weights).reduce(0) { $0 + coder.bytes(of: $1.0, $1.1) }
    var saved = [Int](repeating: 0, count: trials)
    saved.withUnsafeMutableBufferPointer { saved in
      nonisolated(unsafe) let saved = saved
      parallel(trials) { trial in
        var after = 0
        for (place, lost) in draw.set(trial).enumerated() {
          var values = weights[place]
          for position in lost { values[position] = 0 }
          after += coder.bytes(of: draw.layers[place], values)
        }
        saved[trial] = present - after
      }
    }
    return saved
  }
}

extension EvolutionSettings {
  /// The measures that draws, or the nesting in them, go by, in the order of their cases.
  fileprivate var measures: [Measure] {
    switch method {
    case .learned: Measure.allCases
    case .informed, .wanda: nesting < 1 ? [.magnitude, .input, .curvature] : [.magnitude, .input]
    case .obd: [.magnitude, .curvature]
    case .magnitude: [.magnitude]
    case .literal, .random: nesting < 1 ? [.magnitude, .curvature] : []
    }
  }

  fileprivate func distribution(_ model: DrawModel) -> DrawDistribution {
    switch method {
    case .learned: .learned(model)
    case .literal, .random: .uniform(all: drawsAll)
    case .obd, .informed, .wanda, .magnitude:
      // Nesting may need the curvature besides.
      .saliency(measures.map { $0 == .curvature && method != .obd ? 0 : 1 })
    }
  }

  /// Behind those of the measures.
  fileprivate var toldExponents: [Float] {
    let exponent = rowExponent ?? 0
    return exponent > 0 && !method.isUniform ? [exponent] : []
  }

  /// Nested sets keep what optimal brain damage would.
  fileprivate var nestingExponents: [Float] {
    measures.map { $0 == .magnitude || $0 == .curvature ? 1 : 0 }
  }
}
