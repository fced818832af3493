// Directed Evolution (arXiv 2206.05859): cycles of trials, selection and retraining.
//
// A cycle passes over the layers in running order. For each, candidate sets are drawn, each is
// judged by direct evaluation on held-back samples, and the one with the least divergence from the
// teacher is zeroed for good; the layers after it see the result. Then the survivors of all layers
// are trained towards the teacher for a number of gradient steps. Layers move so that all reach
// their targets in the same cycle: by the c-th of C cycles a layer that goes from a to b survivors
// has a (b / a)^(c/C). The literal method draws over the whole layer, zeroed positions too, and
// stops a layer where it has reached its target.
//
// Everything random follows from the seed, the cycle, the layer and the trial; the state is plain
// data, so a run can stop after any cycle and go on elsewhere.

import Execution
import ModelGraph
import Tensors

/// A run of Directed Evolution, one call a cycle.
public final class EvolutionRun {
  public let student: Graph
  public let settings: EvolutionSettings
  /// The student's present numbers.
  public let parameters: ParameterStore
  public private(set) var state: EvolutionState
  private let samples: TrainingSamples
  private let trainer: Trainer
  private let judge: StudentJudge
  private let layers: [Layer]
  private let initialSurvivors: [Int]
  /// Asked often; once it says yes, cycles and final steps end early and their work is dropped, so
  /// that `state` stays that of the last whole one.
  public var shouldStop: () -> Bool = { false }
  /// What the last cycle took for trials and for training, in seconds; for those who plan by time.
  public private(set) var timing = (trials: 0.0, training: 0.0)
  private var evaluators: [Int: TrialEvaluator] = [:]
  private var order: BatchOrder

  /// - Parameters:
  ///   - student: starts as the teacher; its zeros stay.
  ///   - state: of a run that was stopped; nil begins one.
  public init(
    student: Graph, settings: EvolutionSettings, samples: TrainingSamples,
    state: EvolutionState? = nil
  ) throws(ExecutionError) {
    precondition(settings.targets.count == student.layers.count)
    self.student = student
    self.settings = settings
    self.samples = samples
    self.state = state ?? EvolutionState(student: student)
    layers = student.layers
    initialSurvivors = layers.map { student[$0.weight].tensor.values.survivorCount }
    parameters = try ParameterStore(student)
    for (index, values) in self.state.parameters.enumerated() {
      parameters.set(ParameterID(index), to: values)
    }
    trainer = try Trainer(
      graph: student, loss: settings.divergence.loss(temperature: settings.temperature),
      threads: settings.threads, parameters: parameters)
    judge = try StudentJudge(
      graph: student, parameters: parameters, samples: samples.heldBack,
      targets: samples.heldBackTargets, divergence: settings.divergence, threads: settings.threads)
    order = BatchOrder(
      count: samples.training.count, batch: settings.batch, seed: settings.seed)
    if let memory = self.state.trainer { trainer.state = memory }
    try RateScales.apply(to: trainer, student: student, samples: samples, threads: settings.threads)
    applyMasks()
  }

  // MARK: Plan

  /// Cycles that bring every layer to its target.
  public var cycleCount: Int {
    var most = 0.0
    for index in layers.indices {
      let (from, to) = (Double(initialSurvivors[index]), Double(finalSurvivors(index)))
      guard to < from else { continue }
      most = max(most, (Double.log(from) - Double.log(max(to, 0.5))) / -Double.log(1 - settings.step))
    }
    return Int(most.rounded(.up))
  }

  /// Whether every layer is as sparse as wanted.
  public var hasReachedTargets: Bool {
    layers.indices.allSatisfy { survivors(of: $0) <= finalSurvivors($0) }
  }

  private func finalSurvivors(_ index: Int) -> Int {
    guard let target = settings.targets[index] else { return initialSurvivors[index] }
    let count = layers[index].weightCount
    return min(initialSurvivors[index], count - Int((target * Double(count)).rounded()))
  }

  private func survivors(of index: Int) -> Int {
    parameters.update(layers[index].weight) { values in values.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
  }

  // MARK: Cycles

  /// Runs the next cycle.
  ///
  /// - Parameter budget: trials and gradient steps it may spend.
  /// - Returns: its record; nil where the run was stopped, which leaves `state` as it was.
  public func runCycle(_ budget: CycleBudget) throws(ExecutionError) -> CycleRecord? {
    let cycle = state.cycles.count
    let clock = ContinuousClock()
    let began = clock.now
    let moments = try inputMoments()
    var records: [LayerTrials] = []
    for index in layers.indices {
      if shouldStop() { return nil }
      if let record = try zeroNext(index, cycle: cycle, budget: budget, meanSquares: moments[index]) {
        records.append(record)
      }
    }
    applyMasks()
    let before = try judge.judge().divergence
    let trained = clock.now
    guard try train(steps: budget.steps, rate: { _ in settings.learningRate }) else { return nil }
    timing = (began.duration(to: trained).inSeconds, trained.duration(to: clock.now).inSeconds)
    let after = try judge.judge()
    let record = CycleRecord(
      cycle: cycle, layers: records, divergenceBefore: before, divergenceAfter: after.divergence,
      agreement: settings.divergence == .distribution ? after.agreement : nil, budget: budget,
      seconds: began.duration(to: clock.now).inSeconds)
    state.cycles.append(record)
    keepState()
    return record
  }

  private func inputMoments() throws(ExecutionError) -> [[Float]] {
    guard settings.method == .informed else { return layers.map { _ in [] } }
    return try InputMoments.meanSquares(
      student, parameters: parameters, samples: samples.training.prefix(512),
      threads: settings.threads)
  }

  /// Trials and selection for one layer; nil where it has reached its target.
  private func zeroNext(_ index: Int, cycle: Int, budget: CycleBudget, meanSquares: [Float])
    throws(ExecutionError) -> LayerTrials?
  {
    let layer = layers[index]
    let weights = parameters.values(layer.weight)
    let draw = drawCount(index, cycle: cycle, survivors: weights.survivorCount)
    guard draw > 0 else { return nil }
    let candidates = CandidateSets(
      method: settings.method, saliency: saliency(weights, layer, meanSquares),
      alive: weights.map { $0 != 0 }, temperature: settings.drawTemperature)
    var record = LayerTrials(layer: layer.name, sparsity: 0)
    let chosen = try select(
      candidates, draw: draw, index: index, cycle: cycle, budget: budget, weights: weights,
      record: &record)
    parameters.update(layer.weight) { values in for position in chosen { values[position] = 0 } }
    record.sparsity = 1 - Double(survivors(of: index)) / Double(layer.weightCount)
    return record
  }

  /// How many positions each set of this cycle draws.
  private func drawCount(_ index: Int, cycle: Int, survivors: Int) -> Int {
    let final = finalSurvivors(index)
    guard survivors > final else { return 0 }
    let count = layers[index].weightCount
    if settings.method == .literal {
      // Of what is drawn over the whole layer, survivors / count are survivors.
      let needed = Double(survivors - final) * Double(count) / Double(survivors)
      return min(Int((settings.step * Double(count)).rounded(.up)), Int(needed.rounded(.up)))
    }
    let share = min(1, Double(cycle + 1) / Double(max(cycleCount, 1)))
    let (from, to) = (Double(initialSurvivors[index]), max(Double(final), 0.5))
    let wanted = cycle + 1 >= cycleCount ? Double(final) : from * Double.pow(to / from, share)
    return max(0, survivors - Int(wanted.rounded()))
  }

  private func saliency(_ weights: [Float], _ layer: Layer, _ meanSquares: [Float]) -> [Float] {
    switch settings.method {
    case .informed:
      return Saliency.magnitudeTimesInput(
        weights: weights, columns: layer.columns, meanSquares: meanSquares)
    case .magnitude, .literal: return weights.map(abs)
    }
  }

  private func select(
    _ candidates: CandidateSets, draw: Int, index: Int, cycle: Int, budget: CycleBudget,
    weights: [Float], record: inout LayerTrials
  ) throws(ExecutionError) -> [Int] {
    let generator = SeededGenerator(seed: settings.seed).fork(UInt64(cycle)).fork(UInt64(index))
    let trials = settings.method == .magnitude ? 1 : max(1, budget.trials)
    var sets = [[Int]](repeating: [], count: trials)
    sets.withUnsafeMutableBufferPointer { sets in
      nonisolated(unsafe) let sets = sets
      parallel(trials) { trial in
        sets[trial] = candidates.draw(count: draw, generator: generator.fork(UInt64(trial)))
      }
    }
    guard trials > 1 else { return sets[0] }
    let divergences = try evaluator(index).divergences(of: sets, weights: weights)
    let best = divergences.indices.min { divergences[$0] < divergences[$1] } ?? 0
    let mean = divergences.reduce(0, +) / Double(trials)
    let variance = divergences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(trials)
    let deviation = variance.squareRoot()
    (record.mean, record.deviation) = (mean, deviation)
    record.best = divergences[best]
    // Where all sets are the same, what deviation there is comes of rounding.
    record.z = deviation > 1e-9 * abs(mean) ? (mean - divergences[best]) / deviation : 0
    return sets[best]
  }

  private func evaluator(_ index: Int) throws(ExecutionError) -> TrialEvaluator {
    if let known = evaluators[index] { return known }
    let count = min(settings.trialSamples, samples.heldBack.count)
    let evaluator = try TrialEvaluator(
      graph: student, parameters: parameters, layer: layers[index],
      samples: samples.heldBack.prefix(count),
      targets: samples.heldBackTargets.map {
        Array($0.prefix($0.count / samples.heldBack.count * count))
      }, divergence: settings.divergence, threads: settings.threads)
    evaluators[index] = evaluator
    return evaluator
  }

  // MARK: Training

  private func applyMasks() {
    for layer in layers {
      trainer.setMask(layer.weight, parameters.values(layer.weight).map { $0 != 0 ? 1 : 0 })
    }
  }

  /// - Returns: false where the run was stopped on the way.
  private func train(steps: Int, rate: (Int) -> Float) throws(ExecutionError) -> Bool {
    let first = state.steps
    for step in 0..<steps {
      if shouldStop() { return false }
      let batch = samples.batch(order.indices(step: first + step))
      _ = try batch.withPointers { (inputs, targets) throws(ExecutionError) in
        try trainer.step(
          count: settings.batch, inputs: inputs, targets: targets, learningRate: rate(step))
      }
    }
    state.steps = first + steps
    return true
  }

  /// A stretch of the gradient steps after the last cycle: the learning rate falls along a cosine,
  /// and the best state by divergence on held-back samples is kept.
  ///
  /// - Parameters:
  ///   - steps: of this stretch.
  ///   - total: of all stretches together.
  /// - Returns: divergence and agreement at its end; nil where the run was stopped.
  public func trainFinal(steps: Int, total: Int) throws(ExecutionError)
    -> (divergence: Double, agreement: Double)?
  {
    if state.best == nil { keepIfBest(try judge.judge().divergence) }
    let done = state.finalStepsDone
    let finished = try train(steps: steps) { step in
      let progress = Double(done + step) / Double(max(total, 1))
      return settings.learningRate * Float(0.5 * (1 + Double.cos(.pi * progress)))
    }
    guard finished else { return nil }
    state.finalStepsDone += steps
    let judged = try judge.judge()
    keepIfBest(judged.divergence)
    keepState()
    return judged
  }

  private func keepIfBest(_ divergence: Double) {
    // Written so that a divergence that is no number is never the best.
    if let best = state.best, !(divergence < best.divergence) { return }
    state.best = EvolutionState.Best(parameters: currentParameters(), divergence: divergence)
  }

  /// Ends the run with the best state that was seen.
  public func finish() throws(ExecutionError) -> (divergence: Double, agreement: Double) {
    if let best = state.best {
      for (index, values) in best.parameters.enumerated() {
        parameters.set(ParameterID(index), to: values)
      }
    }
    state.best = nil
    state.trainer = nil
    state.parameters = currentParameters()
    state.isOver = true
    return try judge.judge()
  }

  private func keepState() {
    state.parameters = currentParameters()
    state.trainer = trainer.state
  }

  private func currentParameters() -> [[Float]] {
    student.parameters.indices.map { parameters.values(ParameterID($0)) }
  }
}

extension [Float] {
  /// Numbers that are not zero.
  public var survivorCount: Int { reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
}

extension Duration {
  /// The duration as a number of seconds.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
