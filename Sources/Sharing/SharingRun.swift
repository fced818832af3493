// The six steps of evolutionary weight sharing (V. Čoupek's poster): ranges of counts, a first
// population, its members applied, their fitness, the next population, and fine tuning of the best.
// A run is a state and steps on it: a few counts of one layer, then a generation a step. Between
// two steps it can be kept and taken up again.

import Execution
import ModelGraph
import Quantization
import Tensors

/// A search for the clusters of each layer.
///
///     let run = try SharingRun(graph: student, settings: settings, samples: heldBack)
///     while try run.step() { save(run.state) }
///
/// A run serves one caller at a time.
public final class SharingRun {
  /// Where a run is.
  public enum Phase: Equatable, Sendable {
    case ranges(done: Int, of: Int)
    case counts(generation: Int, of: Int)
    case fineTuning(generation: Int, of: Int)
    case over
  }

  public let settings: SharingSettings
  /// What the accuracy of members is of.
  public let accuracyKind: AnswerLoss.Kind
  public internal(set) var state: SharingState
  /// Asked often, by several threads; a step that was stopped leaves the state as it was.
  public var shouldStop: @Sendable () -> Bool = { false }
  /// Everything-counted bytes of a member, of use where ``SharingSettings/measure`` is `bytes`;
  /// called on the caller's thread.
  public var bytes: (([QuantizedLayer]) -> Int)?

  let graph: Graph
  let layers: [Layer]
  let evaluator: MemberEvaluator
  /// For each layer its weights without zeros, and whether it has zeros.
  let weights: [[Float]]
  let hasZeros: [Bool]
  /// What was measured, by member; not in the state, since it can be measured again.
  var known: [Member: Score] = [:]
  /// For each layer its weights in order; made when fine tuning begins.
  lazy var curves = weights.map { CurveClustering($0) }

  /// - Parameters:
  ///   - graph: the network as it came; zeros among its weights stay, and are in no cluster.
  ///   - samples: on which members are judged; never the test samples.
  ///   - state: of a run to be taken up, with the same network, settings and samples.
  /// - Throws: ``SharingError``: weights that are not finite, a state of another run.
  public init(
    graph: Graph, settings: SharingSettings, samples: SharingSamples, state: SharingState? = nil
  ) throws(SharingError) {
    precondition(settings.fault == nil, settings.fault ?? "")
    self.graph = graph
    self.settings = settings
    accuracyKind = samples.reading.lossKind(labelled: samples.labels != nil)
    layers = graph.layers
    var weights: [[Float]] = []
    for layer in layers {
      let values = graph[layer.weight].tensor.values
      if let index = values.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(layer: layer.name, index: index)
      }
      weights.append(values.filter { $0 != 0 })
    }
    self.weights = weights
    hasZeros = zip(layers, weights).map { $0.weightCount > $1.count }
    self.state = state ?? SharingState(layers: layers.count)
    if let fault = self.state.fault(layers: layers.count, settings: settings) {
      throw .badState(reason: fault)
    }
    do throws(ExecutionError) {
      evaluator = try MemberEvaluator(graph: graph, samples: samples, threads: settings.threads)
    } catch {
      throw .execution(error)
    }
  }

  public var phase: Phase {
    let done = state.ranges.reduce(0) { $0 + $1.count }
    let total = layers.count * settings.counts.count
    if state.baseline == nil || done < total { return .ranges(done: done, of: total) }
    let generation = state.search?.generations.count ?? 0
    if generation < settings.generations {
      return .counts(generation: generation, of: settings.generations)
    }
    let fine = state.fine?.generations.count ?? 0
    if fine < settings.fineGenerations {
      return .fineTuning(generation: fine, of: settings.fineGenerations)
    }
    return .over
  }

  public var isOver: Bool { phase == .over }

  /// Goes on: by a few counts of a layer, or by a generation.
  ///
  /// - Returns: false where there was nothing left to do, or where it was stopped; the state is
  ///   then as it was.
  @discardableResult
  public func step() throws(SharingError) -> Bool {
    switch phase {
    case .ranges: return try probe()
    case .counts: return try evolveCounts()
    case .fineTuning: return try fineTune()
    case .over: return false
    }
  }

  /// Goes on to the end, or until `afterEach`, which is handed the state after every step, says
  /// false.
  public func run(afterEach: (SharingState) -> Bool = { _ in true }) throws(SharingError) {
    while try step() {
      if !afterEach(state) { return }
    }
  }

  /// The fittest member so far; nil before the first generation.
  public var result: SharingResult? {
    guard let search = state.search, let best = state.fine?.best ?? search.best else { return nil }
    let clusterings = clusterings(of: best.member)
    return SharingResult(best: best, rate: rate(clusterings), layers: shared(clusterings))
  }
}

/// What a run came to.
public struct SharingResult: Equatable, Sendable {
  /// The fittest, with its score on the run's samples.
  public var best: Candidate
  /// The poster's compression rate, whatever the run measured.
  public var rate: Double
  /// Its layers, in the order of `Graph.layers`.
  public var layers: [QuantizedLayer]
}
