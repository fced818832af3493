// Tables where nothing is trained. How much each layer's error moves the answers is measured on inputs,
// given or made up, the layer alone stored finely; by that one price deals levels to all layers
// (LevelDealing). Sums of errors are only nearly so, so that the whole is then measured too, and the price
// is the highest at which no more is foretold to be lost than may be. Biases take back what the mean
// of each output moves; and where samples are given, weights make up for one another's errors (ClosedForm),
// on some of the samples, while prices are judged by the others.

import Blob
import Execution
import Intake
import ModelGraph
import Quantization
import Tables
import Tensors
import Trials

extension Stages {
  /// Points that may be lost where nothing else is said.
  static let usualLoss = 1.0

  /// The share of a limit that may be foretold to be lost: samples that a network was trained on lie
  /// further from other classes than those that it will meet, and on these twice as much was lost.
  private var foretoldShare: Double { reading == .values || options.calibration == nil ? 1 : 0.4 }

  /// Gives layers their tables, levels as told or dealt; nothing is trained.
  ///
  /// - Parameter maxLoss: points that may be foretold to be lost; nil: the usual.
  func quantizeUntrained(_ graph: Graph, of evolved: Evolved, maxLoss: Double?) throws(CompilerError)
    -> Quantized
  {
    let inputs = try dealingInputs()
    let judge = try executing { () throws(ExecutionError) in
      try UntrainedJudge(
        graph, samples: inputs.samples, counted: inputs.counted, reading: reading, threads: threads)
    }
    guard let judge else { return try quantizeUnjudged(graph, of: evolved) }
    let follower = try inputs.fitting.map { (samples) throws(CompilerError) in
      try executing { () throws(ExecutionError) in
        try LayerFollower(graph, samples: samples, threads: threads)
      }
    }
    let maker = UntrainedLayers(self, judge, follower, correctsBiases: inputs.areKnown)
    let plans = graph.layers.map { toldPlan($0) }
    var chosen: UntrainedLayers.Choice
    let isDealt = plans.contains { $0 == nil }
    observer.began(isDealt ? "levels" : "quantize")
    if isDealt {
      chosen = try maker.dealt(
        plans, foretold: foretoldShare * (maxLoss ?? Self.usualLoss),
        counted: maxLoss ?? (inputs.isMadeUp ? Self.usualLoss : Self.muchLost(.agreement)))
    } else {
      chosen = try maker.choice(plans.map { $0 ?? LayerPlan(levels: options.usualLevels) })
    }
    let dealing = Dealing(
      isDealt: isDealt, basis: inputs.basis, inputs: judge.samples.count,
      relativeError: chosen.error.relative, foretoldLoss: chosen.error.foretold,
      classifies: reading != .values, limit: foretoldShare * (maxLoss ?? Self.usualLoss),
      correctedLayers: inputs.areKnown ? chosen.layers.count { $0.quantized != nil } : 0, fittedSamples: inputs.fitting?.count)
    observer.ended(dealing.lossText)
    return Quantized(
      evolved: evolved, layers: chosen.layers,
      tables: isDealt
        ? chosen.plans.map { TableRecord(plan: $0, zeroed: 0) }
        : try records(graph, importance: nil, plans: chosen.plans, fits: chosen.fits),
      tableSteps: 0, dealing: dealing)
  }

  /// The same for a network that answers nothing with numbers: levels as told, or the usual.
  private func quantizeUnjudged(_ graph: Graph, of evolved: Evolved) throws(CompilerError) -> Quantized {
    let plans = graph.layers.map { plan($0) }
    return Quantized(
      evolved: evolved, layers: try layersWithTables(graph, importance: nil, plans: plans),
      tables: try records(graph, importance: nil, plans: plans), tableSteps: 0)
  }

  /// What the options say of a layer; nil where it is dealt its levels.
  private func toldPlan(_ layer: Layer) -> LayerPlan? {
    let isTold = options.levels != nil || options.lambda != nil || !options.placesLevelsByBits
      || options.rounding != .nearest || options.layerLevels[layer.name] != nil
    return isTold ? plan(layer) : nil
  }

  // MARK: Inputs

  /// Multiplications that measuring the whole may take, about, and measuring each layer.
  private static let productsAWhole = 16_000_000_000
  static let productsOfLayers = 60_000_000_000

  private struct DealingInputs {
    /// That levels are dealt by, and of these the ones that count where answers are counted; nil: all.
    var samples: SampleSet
    var counted: [Int]?
    /// That weights are fitted on; nil where inputs are made up.
    var fitting: SampleSet?
    /// What the samples are, in words.
    var basis: String
    var isMadeUp = false
    /// Whether their range is the one that the network will be given.
    var areKnown = true
  }

  /// Fewer samples than this are fitted on and judged by alike.
  private static let samplesToPart = 50

  /// The figures of the blob are of other inputs where these are made up.
  private func dealingInputs() throws(CompilerError) -> DealingInputs {
    let most = min(256, Self.numbers / max(inputNumbers, 1), Self.productsAWhole / max(work, 1))
    let count = max(16, most)
    guard options.calibration != nil else {
      let (inputs, answers) = try variedInputs(count, seed: settings.seed &+ 500)
      return DealingInputs(
        samples: inputs.samples, counted: answers.surest(count / 2),
        basis: "generated inputs (\(inputs.range))", isMadeUp: true,
        areKnown: transforms.contains { !$0.scales.isEmpty })
    }
    let data = try data(for: student)
    let fitting = data.prefix(max(64, min(1000, 2 * count)))
    guard options.placesLevelsByBits, options.rounding == .nearest else {
      return DealingInputs(samples: fitting, basis: "samples of --data")
    }
    let own = data.count < Self.samplesToPart ? data.count : min(fitting.count, data.count * 3 / 5)
    let others = data.suffix(after: own)?.prefix(4 * count)
    return DealingInputs(
      samples: others ?? data, fitting: data.prefix(own), basis: "samples of --data")
  }
}

/// Makes the layers of a network that is not trained.
final class UntrainedLayers {
  /// Plans with what came of them.
  struct Choice {
    var plans: [LayerPlan]
    var layers: [BlobWeights]
    var fits: [FittedLayer?]
    var error: AnswerError
    var loss: AnswerLoss
  }

  private struct Key: Hashable {
    let layer: Int
    let plan: LayerPlan
  }

  private let stages: Stages
  private let judge: UntrainedJudge
  /// Nil where nothing is fitted.
  private let follower: LayerFollower?
  /// Means of inputs of another range than the network will be given would ruin them.
  private let correctsBiases: Bool
  private let layers: [Layer]
  private var made: [Key: (layer: BlobWeights, fit: FittedLayer?)] = [:]

  init(_ stages: Stages, _ judge: UntrainedJudge, _ follower: LayerFollower?, correctsBiases: Bool) {
    (self.stages, self.judge, self.follower) = (stages, judge, follower)
    self.correctsBiases = correctsBiases
    layers = judge.graph.layers
  }

  /// Layers by their plans, and what they do together.
  func choice(_ plans: [LayerPlan]) throws(CompilerError) -> Choice {
    let made: [(layer: BlobWeights, fit: FittedLayer?)]
    if let follower { made = try fitted(plans, follower) } else { made = try stored(plans) }
    let layers = made.map(\.layer)
    let (error, loss) = try executing { () throws(ExecutionError) in try judge.judgement(of: layers) }
    return Choice(plans: plans, layers: layers, fits: made.map(\.fit), error: error, loss: loss)
  }

  /// The coarsest layers that lose no more than they may; those without a plan are dealt one.
  ///
  /// - Parameters:
  ///   - limit: points that may be foretold to be lost.
  ///   - counted: points that may be lost by counting answers.
  func dealt(_ told: [LayerPlan?], foretold limit: Double, counted: Double) throws(CompilerError) -> Choice {
    let fixed = layers.indices.map { told[$0] ?? ownTable(of: layers[$0]) }
    let dealing = LevelDealing(shares: try shares(fixed), fixed: fixed, most: stages.options.mostLevels)
    // Classes stand about a tenth of their numbers' size; fitted weights err less than is foreseen.
    let error = stages.reading == .values ? limit * limit / 1e4 : 0.01
    let first = dealing.step(foreseeing: error * (follower == nil ? 1 : 4))
    var (best, tried): (Choice?, Int) = (nil, 0)
    let found = try dealing.coarsest(from: first) { (step) throws(CompilerError) in
      let choice = try choice(dealing.plans(at: step))
      tried += 1
      stages.observer.advanced(tried, of: nil, .choice, "\(choice.error.foretold.points) points foretold")
      guard choice.error.foretold <= limit, choice.loss.isWithin(counted) else { return false }
      best = choice
      return true
    }
    if found != nil, let best { return best }
    return try choice(fixed.map { $0 ?? dealing.finest })
  }

  /// A table that holds a layer exactly, where its weights are of few values already.
  private func ownTable(of layer: Layer) -> LayerPlan? {
    let survivors = judge.graph[layer.weight].tensor.values.filter { $0 != 0 }
    let values = Set(survivors)
    return values.count <= stages.options.mostLevels ?? 256 && 4 * values.count <= survivors.count
      ? LayerPlan(levels: .table(values.isEmpty ? 2 : max(2, values.count))) : nil
  }

  // MARK: One by one

  /// A plan that hardly shows, and shows enough.
  private static let probe = LayerPlan(levels: .table(256), lambda: 0.25 / 256)

  /// What the answers' error is for each layer alone, over that of its weights.
  private func shares(_ fixed: [LayerPlan?]) throws(CompilerError) -> [LevelDealing.Share] {
    let probes = try stored(layers.map { _ in Self.probe })
    let most = Stages.productsOfLayers / max(stages.work * layers.count, 1)
    let few = max(8, min(judge.samples.count, most))
    var shares: [LevelDealing.Share] = []
    for (index, layer) in layers.enumerated() {
      let weights = judge.graph[layer.weight].tensor.values
      let stored = probes[index].layer.survivors.dense()
      let lost = zip(weights, stored).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
      let variance = LayerQuantizer(lambda: 1).bitCost(
        weights: weights, rows: layer.rows, columns: layer.columns)
      var share = LevelDealing.Share(survivors: weights.survivorCount, sensitivity: 0)
      if fixed[index] == nil, lost > 0, variance > 0 {
        let error = try executing { () throws(ExecutionError) in
          try judge.error(with: probes[index].layer, in: index, samples: few).relative
        }
        let part = lost / (variance * Double(share.survivors))
        share.sensitivity = error.isFinite ? error * error / part : 1e30
      }
      shares.append(share)
      stages.observer.advanced(index + 1, of: layers.count, .layer, "")
      try stages.stopIfAsked()
    }
    return shares
  }

  /// Layers as they are stored, biases corrected; kept for when the same is asked for again.
  private func stored(_ plans: [LayerPlan]) throws(CompilerError) -> [(layer: BlobWeights, fit: FittedLayer?)] {
    let keys = plans.enumerated().map { Key(layer: $0, plan: $1) }
    let known = made
    let all = try stages.ofLayers(judge.graph) { (index, layer) throws(CompilerError) in
      if let one = known[keys[index]] { return one }
      return try make(index, layer, plans[index])
    }
    for (key, one) in zip(keys, all) { made[key] = one }
    return all
  }

  /// Layers one after the other, each fitted to what it reads once those before it are stored.
  private func fitted(_ plans: [LayerPlan], _ follower: LayerFollower) throws(CompilerError)
    -> [(layer: BlobWeights, fit: FittedLayer?)]
  {
    follower.begin()
    var fitted: [(layer: BlobWeights, fit: FittedLayer?)] = []
    for (index, layer) in layers.enumerated() {
      try stages.stopIfAsked()
      let form = plans[index].levels == .float
        ? nil : try executing { () throws(ExecutionError) in try follower.closedForm(of: index) }
      let one = try form.map { (form) throws(CompilerError) in try fit(index, layer, plans[index], form) }
      let stored: (layer: BlobWeights, fit: FittedLayer?)
      if let one { stored = (one, nil) } else { stored = try make(index, layer, plans[index]) }
      follower.store(stored.layer, in: index)
      fitted.append(stored)
    }
    return fitted
  }

  /// Zeros stay, and where there are any the others stay about as they are.
  private func fit(_ index: Int, _ layer: Layer, _ plan: LayerPlan, _ form: ClosedForm)
    throws(CompilerError) -> BlobWeights
  {
    let graph = judge.graph
    let own = graph[layer.weight].tensor.values
    let weights = own.contains(0) ? own : form.leastSquares(own)
    guard let quantized = try stages.fitted(layer, weights, importance: nil, plan: plan)?.layer else {
      return stages.stored(layer, own, biases: layer.bias.map { graph[$0].tensor.values }, as: nil)
    }
    let bitCost = LayerQuantizer(lambda: plan.lambda).bitCost(
      weights: weights, rows: layer.rows, columns: layer.columns)
    let coded = try executing { () throws(ExecutionError) in
      try form.coded(quantized, weights: weights, bitCost: bitCost)
    }
    let shifts = form.shifts(of: coded.weights.dense())
    let biases = layer.bias.map { zip(graph[$0].tensor.values, shifts).map { Float(Double($0) + $1) } }
    return stages.stored(layer, own, biases: biases, as: coded)
  }

  private func make(_ index: Int, _ layer: Layer, _ plan: LayerPlan) throws(CompilerError)
    -> (layer: BlobWeights, fit: FittedLayer?)
  {
    let graph = judge.graph
    let weights = graph[layer.weight].tensor.values
    let biases = layer.bias.map { graph[$0].tensor.values }
    guard let fit = try stages.fitted(layer, weights, importance: nil, plan: plan) else {
      return (stages.stored(layer, weights, biases: biases, as: nil), nil)
    }
    guard correctsBiases else { return (stages.stored(layer, weights, biases: biases, as: fit.layer), fit) }
    let shifts = judge.means[index].shifts(from: weights, to: fit.layer.weights.dense())
    let corrected = biases.map { zip($0, shifts).map { Float(Double($0) + $1) } }
    return (stages.stored(layer, weights, biases: corrected, as: fit.layer), fit)
  }
}
