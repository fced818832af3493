// Directed Evolution (arXiv 2206.05859): cycles of trials, selection and retraining.
//
// A cycle passes over the pools of layers in running order. For each, candidate sets are drawn, each
// is judged by direct evaluation on held-back samples, and the one with the least divergence from the
// teacher is zeroed for good; the pools after it see the result. Then the survivors of all layers
// are trained towards the teacher for a number of gradient steps. Pools move so that all reach
// their targets in the same cycle: by the c-th of C cycles a pool that goes from a to b survivors
// has a (b / a)^(c/C), or where the step is a count a - (a - b) c/C. A draw over zeroed positions too
// hits fewer survivors as they get fewer; such a pool stops where it has reached its target.
//
// Unless zeroing is irrevocable, a cycle begins with steps in which zeroed weights are trained too
// (`EvolutionRun+Returns`); the sets are then of survivors and of what came back alike.
//
// Everything random follows from the seed, the cycle, the pool and the trial; the state is plain
// data, so a run can stop after any cycle and go on elsewhere.

import Execution
import ModelGraph
import Tensors
import Trials

/// A run of Directed Evolution, one call a cycle.
public final class EvolutionRun {
  public let student: Graph
  public private(set) var settings: EvolutionSettings
  /// The student's present numbers.
  public let parameters: ParameterStore
  public internal(set) var state: EvolutionState
  /// Asked often; once it says yes, cycles and final steps end early and their work is dropped, so
  /// that `state` stays that of the last whole one.
  public var shouldStop: () -> Bool = { false }
  /// Whether a state of the final steps may be the best: a limit may be nearer than divergence tells.
  public var accepts: (Judgement) -> Bool = { _ in true }
  /// Who knows what weights take in the blob, which `rateWeight` weighs; nil: they weigh nothing.
  let coder: (any WeightCoder)?
  /// What the last cycle took for trials and for training, in seconds; for those who plan by time.
  public private(set) var timing = (trials: 0.0, training: 0.0)

  let samples: TrainingSamples
  let layers: [Layer]
  let trainer: Trainer
  let judge: StudentJudge
  let objective: Objective
  /// The same as trials are compared by.
  let trialObjective: Objective
  var order: BatchOrder
  /// Who judges trials; nil: threads, from the first trials on.
  package var backend: (any TrialBackend)?
  /// Processes that the work is shared among; nil: there is this one.
  let team: (any TrialTeam)?
  var curvature: Curvature?
  /// Of each layer, as the run began.
  private let firstSurvivors: [Int]
  /// From what magnitude on a weight of each layer counts as one.
  let knees: [Float]

  /// - Parameters:
  ///   - student: starts as the teacher; its zeros stay.
  ///   - coder: says what weights take in the blob; nil: `rateWeight` counts for nothing.
  ///   - state: of a run that was stopped; nil begins one.
  public convenience init(
    student: Graph, settings: EvolutionSettings, samples: TrainingSamples,
    coder: (any WeightCoder)? = nil, state: EvolutionState? = nil
  ) throws(ExecutionError) {
    try self.init(
      student: student, settings: settings, samples: samples, coder: coder, state: state, team: nil)
  }

  /// The same, its trials and gradient steps shared among processes.
  package init(
    student: Graph, settings: EvolutionSettings, samples: TrainingSamples,
    coder: (any WeightCoder)?, state: EvolutionState?, team: (any TrialTeam)?
  ) throws(ExecutionError) {
    self.team = team
    self.student = student
    self.settings = settings
    self.samples = samples
    self.coder = coder
    self.state = state ?? EvolutionState(student: student, pools: settings.pools)
    layers = student.layers
    firstSurvivors = layers.map { student[$0.weight].tensor.values.survivorCount }
    knees = layers.map { Self.knee(student[$0.weight].tensor.values) }
    parameters = try ParameterStore(student)
    objective = samples.objective(of: student, settings: settings)
    trialObjective = samples.objective(
      of: student, settings: settings, temperature: settings.trialTemperature)
    trainer = try Trainer(
      graph: student, loss: objective.trainingLoss(temperature: settings.retraining.temperature),
      threads: settings.threads, parameters: parameters, team: team)
    judge = try samples.judge(
      of: student, parameters: parameters, settings: settings, divergence: settings.divergence)
    order = BatchOrder(
      count: samples.training.count, batch: settings.retraining.batch, seed: settings.seed)
    try RateScales.apply(to: trainer, student: student, samples: samples, threads: settings.threads)
    restore(self.state)
  }

  /// Keeps what a blob of the student takes as the last cycle left it.
  package func note(bytes: Int) {
    guard !state.cycles.isEmpty else { return }
    state.cycles[state.cycles.count - 1].bytes = bytes
  }

  /// Goes back to a state of this run.
  public func restore(_ state: EvolutionState) {
    self.state = state
    for (index, values) in state.parameters.enumerated() {
      parameters.set(ParameterID(index), to: values)
    }
    trainer.state = state.trainer ?? trainer.state.cleared
    applyMasks()
  }

  /// Changes how sparse each pool is to be; which layers are in a pool stays.
  public func retarget(_ sparsities: [Double]) {
    precondition(sparsities.count == settings.pools.count)
    for (number, sparsity) in sparsities.enumerated() { settings.pools[number].sparsity = sparsity }
  }

  /// Share of zeros of each pool.
  public var poolSparsities: [Double] {
    settings.pools.map { 1 - Double(survivors($0)) / Double(max(weightCount($0), 1)) }
  }

  // MARK: Plan

  /// Cycles that bring every pool to its target, those that are over included.
  public var cycleCount: Int {
    firstCycle + (settings.pools.map { pool in
      let (from, to) = (Double(initialSurvivors(pool)), Double(finalSurvivors(pool)))
      guard to < from else { return 0 }
      switch settings.step {
      case .count(let count): return Int(((from - to) / Double(count)).rounded(.up))
      case .share(let share):
        let cycles = (Double.log(from) - Double.log(max(to, 0.5))) / -Double.log(1 - share)
        return Int(cycles.rounded(.up))
      }
    }.max() ?? 0)
  }

  /// From which the cycles are planned.
  private var firstCycle: Int { state.planned?.cycle ?? 0 }

  /// Whether every pool is as sparse as wanted.
  public var hasReachedTargets: Bool {
    settings.pools.allSatisfy { survivors($0) <= finalSurvivors($0) }
  }

  private func initialSurvivors(_ pool: Pool) -> Int {
    pool.layers.reduce(0) { $0 + initialSurvivors(of: $1) }
  }

  /// Those of a layer as the plan begins.
  private func initialSurvivors(of layer: Int) -> Int {
    state.planned?.survivors[layer] ?? firstSurvivors[layer]
  }

  private func weightCount(_ pool: Pool) -> Int {
    pool.layers.reduce(0) { $0 + layers[$1].weightCount }
  }

  private func finalSurvivors(_ pool: Pool) -> Int {
    let goal = settings.goal(
      of: pool, members(pool), survivors: pool.layers.map { initialSurvivors(of: $0) })
    return min(initialSurvivors(pool), goal)
  }

  /// What each layer of a pool keeps in a cycle that draws so many positions.
  func floors(_ pool: Pool, drawing count: Int) -> [Int] {
    settings.floors(
      of: members(pool), sharing: max(finalSurvivors(pool), survivors(pool) - count))
  }

  private func members(_ pool: Pool) -> [Layer] { pool.layers.map { layers[$0] } }

  private func survivors(_ pool: Pool) -> Int { pool.layers.reduce(0) { $0 + survivors(of: $1) } }

  /// What all pools are to have after a cycle.
  func wantedSurvivors(cycle: Int) -> Int {
    settings.pools.reduce(0) { $0 + survivors($1) - drawCount($1, cycle: cycle) }
  }

  func survivors(of index: Int) -> Int {
    parameters[layers[index].weight].reduce(0) { $0 + ($1 != 0 ? 1 : 0) }
  }

  /// How many positions each set of this cycle draws.
  private func drawCount(_ pool: Pool, cycle: Int) -> Int {
    let (present, final) = (survivors(pool), finalSurvivors(pool))
    guard present > final else { return 0 }
    if settings.method.isUniform && settings.drawsAll {
      // Of what is drawn over all positions, this share are survivors.
      let share = Double(present) / Double(weightCount(pool))
      return min(fullStep(weightCount(pool)), Int((Double(present - final) / share).rounded(.up)))
    }
    let progress = min(
      1, Double(cycle + 1 - firstCycle) / Double(max(cycleCount - firstCycle, 1)))
    let (from, to) = (Double(initialSurvivors(pool)), max(Double(final), 0.5))
    var wanted = Double(final)
    if progress < 1 {
      switch settings.step {
      case .share: wanted = from * Double.pow(to / from, progress)
      case .count: wanted = from - (from - to) * progress
      }
    }
    return max(0, present - max(final, Int(wanted.rounded())))
  }

  private func fullStep(_ positions: Int) -> Int {
    switch settings.step {
    case .share(let share): Int((share * Double(positions)).rounded(.up))
    case .count(let count): count
    }
  }

  // MARK: Cycles

  /// Runs the next cycle.
  ///
  /// - Parameter budget: trials and gradient steps it may spend.
  /// - Returns: its record; nil where the run was stopped, which leaves `state` as it was.
  public func runCycle(_ budget: CycleBudget) throws(ExecutionError) -> CycleRecord? {
    let before = state
    let record = try nextCycle(budget)
    if record == nil { state = before }
    return record
  }

  private func nextCycle(_ budget: CycleBudget) throws(ExecutionError) -> CycleRecord? {
    let cycle = state.cycles.count
    let clock = ContinuousClock()
    let began = clock.now
    let free = freeSteps(of: budget)
    guard let returned = try letReturn(steps: free, cycle: cycle) else { return nil }
    let drawn = clock.now
    var pools: [PoolTrials] = []
    var draws = state.draws
    for (number, pool) in settings.pools.enumerated() {
      if shouldStop() { return nil }
      let count = drawCount(pool, cycle: cycle)
      guard count > 0 else { continue }
      var record = try zero(
        count, of: number, cycle: cycle, trials: budget.trials, draws: &draws[number])
      record.sparsity = 1 - Double(survivors(pool)) / Double(weightCount(pool))
      pools.append(record)
    }
    applyMasks()
    let before = try judge.judge().divergence
    let trained = clock.now
    let steps = stepsDue(after: cycle, budget: budget) - free
    guard try train(steps: steps, rate: { _ in settings.retraining.learningRate }) else { return nil }
    timing.trials = drawn.duration(to: trained).inSeconds
    timing.training = began.duration(to: clock.now).inSeconds - timing.trials
    let after = try judge.judge()
    let record = CycleRecord(
      cycle: cycle, pools: pools, layers: layerSparsities(), sparsity: sparsity,
      divergenceBefore: before, divergenceAfter: after.divergence,
      agreement: after.agreement, accuracy: after.accuracy, loss: after.loss,
      intervals: AnswerIntervals(after.answers), returned: settings.isIrrevocable ? nil : returned,
      budget: budget, seconds: began.duration(to: clock.now).inSeconds)
    state.cycles.append(record)
    state.draws = draws
    state.stepsOwed = steps + free > 0 ? 0 : state.stepsOwed + budget.steps
    keepState()
    rest()
    return record
  }

  /// Of a large student, gives up what training and judging have made, so that the next trials have the room; to
  /// make it again is nothing beside a cycle.
  private func rest() {
    guard student.parameters.reduce(0, { $0 + $1.tensor.count }) > 1 << 20 else { return }
    trainer.forgetPrograms()
    judge.rest()
  }

  /// Gradient steps of this cycle and of those before it that were put off.
  private func stepsDue(after cycle: Int, budget: CycleBudget) -> Int {
    let every = settings.retraining.every
    guard every > 0 else { return 0 }
    return (cycle + 1) % every == 0 || hasReachedTargets ? state.stepsOwed + budget.steps : 0
  }

  /// Share of zeros over all layers.
  public var sparsity: Double {
    let total = layers.reduce(0) { $0 + $1.weightCount }
    let alive = layers.indices.reduce(0) { $0 + survivors(of: $1) }
    return total > 0 ? 1 - Double(alive) / Double(total) : 0
  }

  private func layerSparsities() -> [LayerSparsity] {
    layers.indices.map { index in
      LayerSparsity(
        layer: layers[index].name,
        sparsity: 1 - Double(survivors(of: index)) / Double(max(layers[index].weightCount, 1)))
    }
  }

  func applyMasks() {
    for layer in layers {
      trainer.setMask(layer.weight, parameters.values(layer.weight).map { $0 != 0 ? 1 : 0 })
    }
  }

  func keepState() {
    state.parameters = currentParameters()
    state.trainer = trainer.state
  }

  func currentParameters() -> [[Float]] {
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
