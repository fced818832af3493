// Trials on threads of this process: sets of one layer by sparse difference, all others in copies of
// the student that are run whole. Sets and changed weights are made when a thread comes to them. Only
// what will be asked for again, as halving does, is kept meanwhile, and not more than there is room for:
// memory does not grow with trials.

import Execution
import ModelGraph
import Synchronization

/// Judges trials on threads.
package final class ThreadTrials: TrialBackend, @unchecked Sendable {
  private let graph: Graph
  private let parameters: ParameterStore
  private let samples: SampleSet
  private let objective: Objective
  private let threads: Int
  private let room: Int
  private var layerTrials: [Int: TrialEvaluator] = [:]
  private var networkTrials: NetworkTrials?
  private let sets = KeptTrials<[Int]>()
  private let changes = KeptTrials<[WeightChange]>()

  /// - Parameters:
  ///   - parameters: the student's; read at each call.
  ///   - objective: over these samples.
  ///   - threads: no bit of a result depends on it.
  ///   - room: bytes that may be kept of what does not change under trials; no bit depends on it either.
  package init(
    graph: Graph, parameters: ParameterStore, samples: SampleSet, objective: Objective, threads: Int,
    room: Int = 256 << 20
  ) {
    precondition(objective.count == samples.count && threads >= 1)
    self.room = room
    (self.graph, self.parameters, self.samples) = (graph, parameters, samples)
    (self.objective, self.threads) = (objective, threads)
  }

  package func divergences(of trials: [Int], in draw: Draw, samples range: Range<Int>)
    async throws(ExecutionError) -> [Double]
  {
    begin(trials, in: draw, samples: range)
    defer { end(samples: range) }
    return try judge(trials, in: draw, samples: range)
  }

  // MARK: Some at a time

  /// Before some of these trials are judged by this backend: forgets what it took to make others.
  package func begin(_ trials: [Int], in draw: Draw, samples range: Range<Int>) {
    if isByDifference(draw) {
      sets.begin(draw, trials, keeping: isLast(range) ? 0 : draw.count * MemoryLayout<Int>.stride)
    } else {
      changes.begin(draw, trials, keeping: isLast(range) ? 0 : draw.changeBytes)
    }
  }

  /// As `divergences`, between `begin` and `end`.
  package func judge(_ trials: [Int], in draw: Draw, samples range: Range<Int>)
    throws(ExecutionError) -> [Double]
  {
    if isByDifference(draw) {
      let source = LayerSets(count: trials.count, largest: draw.count) { [sets] place in
        sets.value(of: trials[place]) { draw.set(trials[place])[0] }
      }
      return try evaluator(of: draw.layers[0]).divergences(
        of: source, weights: draw.candidates.weights[0], samples: range)
    }
    return try evaluator().divergences(
      of: trials.count, layers: draw.layers.map { graph.layers[$0] }, samples: range
    ) { [changes] place throws(ExecutionError) in
      try changes.value(of: trials[place]) { () throws(ExecutionError) in
        try draw.change(zeroing: draw.set(trials[place]))
      }
    }
  }

  /// After the last of them.
  package func end(samples range: Range<Int>) {
    if isLast(range) && hasLargeCopies { networkTrials = nil }
  }

  /// Trials that threads work on at the same time.
  package var atOnce: Int { threads }

  /// Whether trials are judged by sparse difference on blocks of samples: those of one layer, unless the
  /// samples are few and large, so that a block is mostly empty and takes more than it saves.
  private func isByDifference(_ draw: Draw) -> Bool {
    guard draw.layers.count == 1, draw.recovery == nil else { return false }
    let layer = graph.layers[draw.layers[0]]
    guard !layer.isShared else { return false }
    let bytes = TrialEvaluator.blockBytes(of: layer, in: graph)
    return bytes <= Self.largestBlock / (samples.count < TrialBlock.size ? 8 : 1)
  }

  /// Bytes of a block with its results.
  private static let largestBlock = 512 << 20

  /// Whether who has seen these samples has seen the last of a draw's trials.
  private func isLast(_ range: Range<Int>) -> Bool { range.upperBound == samples.count }

  /// Whether copies of the student take so much that room is better left to what is done between
  /// one cycle's trials and the next's; to make them anew is then nothing beside a trial.
  private var hasLargeCopies: Bool {
    graph.parameters.reduce(0) { $0 + $1.tensor.count } > 1 << 20
  }

  private func evaluator(of layer: Int) throws(ExecutionError) -> TrialEvaluator {
    if let known = layerTrials[layer] { return known }
    let made = try TrialEvaluator(
      graph: graph, parameters: parameters, layer: graph.layers[layer], samples: samples,
      objective: objective, threads: threads, cacheLimit: room)
    // What others keep gives way: a student that is retrained between cycles makes it stale anyway.
    let kept = layerTrials.values.reduce(made.keptBytes) { $0 + $1.keptBytes }
    if kept > room { layerTrials = [:] }
    layerTrials[layer] = made
    return made
  }

  private func evaluator() throws(ExecutionError) -> NetworkTrials {
    if let networkTrials { return networkTrials }
    let made = try NetworkTrials(
      graph: graph, parameters: parameters, samples: samples, objective: objective,
      threads: threads, room: room)
    networkTrials = made
    return made
  }
}

extension Draw {
  /// That the change of a trial takes at most.
  fileprivate var changeBytes: Int {
    recovery == nil
      ? count * MemoryLayout<Int>.stride
      : candidates.weights.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride
  }
}

/// What was made of the trials of one draw, for when they are asked for again.
private final class KeptTrials<Value: Sendable>: Sendable {
  private struct State {
    var draw: Draw?
    var values: [Int: Value] = [:]
    /// Values that may be kept; 0: those that are there are wanted for the last time.
    var room = 0
  }

  private let state = Mutex(State())
  /// Bytes of all that is kept.
  private static var limit: Int { 128 << 20 }

  /// Before some trials are asked for: forgets others.
  ///
  /// - Parameter bytes: that a value takes at most; 0: none is kept any longer.
  func begin(_ draw: Draw, _ trials: [Int], keeping bytes: Int) {
    state.withLock { state in
      if state.draw != draw { state.values = [:] }
      let wanted = Set(trials)
      state.values = state.values.filter { wanted.contains($0.key) }
      state.room = bytes > 0 ? Self.limit / bytes : 0
      state.draw = bytes > 0 ? draw : nil
    }
  }

  func value<E: Error>(of trial: Int, make: () throws(E) -> Value) throws(E) -> Value {
    let known = state.withLock { state in
      state.room > 0 ? state.values[trial] : state.values.removeValue(forKey: trial)
    }
    if let known { return known }
    let made = try make()
    state.withLock { state in
      if state.values.count < state.room { state.values[trial] = made }
    }
    return made
  }
}
