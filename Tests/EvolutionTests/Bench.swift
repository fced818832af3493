import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Trials

/// A small net, what it is trained on, and runs over it.
struct Bench {
  let graph: Graph
  let samples: TrainingSamples

  /// A classifier with a convolution and two dense layers: 36, 384 and 120 weights.
  static func classifier(labelled: Bool = false) throws -> Bench {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    var x = try net.convolution(net.input([1, 6, 6]), to: 4, Window(kernel: [3, 3]))
    x = try net.node(.activation(.relu), x)
    x = try net.node(.maxPool(Window(kernel: [2, 2], strides: [2, 2])), x)
    x = try net.node(.activation(.relu), try net.head(x, to: 24))
    x = try net.dense(x, to: 5)
    net.graph.addOutput(try net.node(.softmax(axis: 0), x))
    return try Bench(net.graph, labels: labelled ? 5 : nil)
  }

  /// Values out: 40 and 24 weights, with slopes that are trained too.
  static func regressor() throws -> Bench {
    var net = NetBuilder(seed: 2, biasScale: 0.1)
    let x = try net.dense(net.input([5]), to: 8)
    let y = try net.node(.prelu(slope: net.parameter([8], .slope, scale: 0.3)), x)
    net.graph.addOutput(try net.dense(y, to: 3))
    return try Bench(net.graph)
  }

  init(_ graph: Graph, labels classes: Int? = nil) throws {
    self.graph = graph
    func samples(_ count: Int, _ seed: UInt64) -> SampleSet {
      classes.map { graph.labelledSamples(count, classes: $0, seed: seed) }
        ?? graph.randomSamples(count, seed: seed)
    }
    self.samples = try TrainingSamples(
      teacher: graph, training: samples(150, 3), heldBack: samples(70, 90),
      reading: graph.layers.count == 3 ? nil : .values, threads: 2)
  }

  init(graph: Graph, training: SampleSet, heldBack: SampleSet) throws {
    self.graph = graph
    samples = try TrainingSamples(
      teacher: graph, training: training, heldBack: heldBack, threads: 2)
  }

  /// Settings in which each layer that has a target is a pool.
  func settings(_ method: EvolutionMethod, targets: [Double?], threads: Int = 2)
    -> EvolutionSettings
  {
    var settings = EvolutionSettings()
    settings.method = method
    (settings.halving, settings.judgesRecovered) = (false, false)
    settings.divergence = graph.layers.count == 3 ? .distribution : .squaredError
    settings.step = .share(0.2)
    settings.trials = 9
    settings.trialSamples = 65
    settings.retraining.stepsPerCycle = 4
    settings.retraining.batch = 32
    settings.seed = 11
    settings.threads = threads
    settings.pools = targets.enumerated().compactMap { index, target in
      target.map { Pool(layers: [index], sparsity: $0) }
    }
    return settings
  }

  /// Settings with one pool of several layers.
  func settings(_ method: EvolutionMethod, pool layers: [Int], sparsity: Double)
    -> EvolutionSettings
  {
    var settings = settings(method, targets: [])
    settings.pools = [Pool(layers: layers, sparsity: sparsity)]
    return settings
  }

  func run(
    _ settings: EvolutionSettings, coder: (any WeightCoder)? = nil,
    from state: EvolutionState? = nil
  ) throws -> EvolutionRun {
    try EvolutionRun(
      student: graph, settings: settings, samples: samples, coder: coder, state: state)
  }

  /// The present zeros of each layer.
  func zeros(_ state: EvolutionState) -> [Set<Int>] {
    graph.layers.map { layer in
      let values = state.parameters[layer.weight.index]
      return Set(values.indices.filter { values[$0] == 0 })
    }
  }

  func weights(_ layer: Int) -> [Float] { graph[graph.layers[layer].weight].tensor.values }
}

extension EvolutionSettings {
  var budget: CycleBudget { CycleBudget(trials: method.usualTrials == 1 ? 1 : trials, steps: retraining.stepsPerCycle) }
}

extension EvolutionRun {
  /// Cycles until all targets are reached, or so many that something must be wrong.
  func runToTargets(most: Int = 200) throws {
    while !hasReachedTargets && state.cycles.count < most { _ = try runCycle(settings.budget) }
  }
}

extension EvolutionState {
  /// Without what differs from run to run: time.
  var timeless: EvolutionState {
    var state = self
    for index in state.cycles.indices { state.cycles[index].seconds = 0 }
    return state
  }
}
