// Rate and distortion together. For every layer each candidate plan is sized by the real coder and
// its divergence foretold: half the sum of curvature times squared error. What lies on that hull is
// measured too, the layer alone stored so and the rest of the student as it is. Single measurements
// of small errors are noise, and foretold figures of different layers cannot be compared: so the
// measurements calibrate, by the median of their ratios to what was foretold, and the calibrated
// hulls make the front of the whole. A limit of bytes then takes a point by its blob's size, a
// limit of loss by what a trained student of that point answers.

import Blob
import Evolution
import Execution
import Lowering
import ModelGraph
import Quantization
import Simplification
import Tables
import Tensors

/// The plans of a whole network, from the most bytes to the fewest.
struct NetworkFront {
  /// For each point, the plan of each layer.
  let plans: [[LayerPlan]]
}

extension Stages {
  /// Measures the front of an evolved student, as ``Compilation/pareto(most:trained:)`` says.
  func pareto(_ evolved: Evolved, most: Int, trained: Int) throws(CompilerError) -> ParetoReport {
    let graph = evolved.graph(student).foldingDeadUnits()
    let importance = try importance(graph, samples: 2048)
    let front = try front(graph, importance: importance)
    let chosen = front.plans.spread(most: most)
    var report = ParetoReport(
      teacherParameters: origin.teacherParameters, layers: student.layers.map(\.name), points: [], trained: [], lossName: "",
      samples: try samples().heldBack.count)
    observer.began("front")
    for plans in chosen {
      let zeroed = graph.zeroed(plans, importance: importance)
      let layers = try layersWithTables(zeroed, importance: importance, plans: plans)
      let judged = try judgement(evolved, layers: layers)
      report.lossName = judged.answers.loss.kind.name
      report.points.append(.init(plans, bytes: try bytes(of: graph, importance, plans: plans), judged))
      observer.advanced(report.points.count, of: chosen.count, .point, "")
      try stopIfAsked()
    }
    observer.ended("\(report.points.count) points measured")
    for plans in trained > 0 ? chosen.spread(most: trained) : [] {
      let layers = try quantize(graph, importance, plans: plans).layers
      let bytes = try write(evolved.graph(student), layers).bytes.count
      report.trained.append(.init(plans, bytes: bytes, try judgement(evolved, layers: layers)))
    }
    return report
  }

  /// Measures what each layer may be stored as.
  ///
  /// - Parameters:
  ///   - levels: at most, of layers that were told none of their own; nil: as the options say.
  ///   - most: plans of one layer that are measured, at most.
  func front(
    _ graph: Graph, importance: [[Float]], levels: LevelChoice? = nil, most: Int = 12
  ) throws(CompilerError) -> NetworkFront {
    let (parameters, judge) = try judged(graph)
    let exact = try executing { () throws(ExecutionError) in try judge.judge().divergence }
    var hulls: [[Candidate]] = []
    observer.began("pareto")
    for (index, layer) in graph.layers.enumerated() {
      let weights = graph[layer.weight].tensor.values
      var candidates = try candidates(plan(layer, levels: levels), layer, weights, importance[index])
      var ratios: [Double] = []
      for candidate in candidates.spread(most: most) where candidate.point.divergence > 0 {
        parameters.set(layer.weight, to: candidate.weights)
        let found = try executing { () throws(ExecutionError) in try judge.judge().divergence }
        ratios.append((found - exact) / candidate.point.divergence)
        try stopIfAsked()
      }
      parameters.set(layer.weight, to: weights)
      let ratio = max(ratios.sorted().dropFirst(ratios.count / 2).first ?? 1, 1e-3)
      for index in candidates.indices { candidates[index].point.divergence *= ratio }
      hulls.append(candidates)
      observer.advanced(index + 1, of: graph.layers.count, .layer, "")
    }
    let front = RateDistortion.front(hulls.map { $0.map(\.point) })
    observer.ended("\(front.count) points")
    return NetworkFront(plans: front.map { choice in zip(hulls, choice).map { $0[$1].plan } })
  }

  /// Plans with a lambda that is a little smaller where that measures better: errors of a layer's
  /// weights may add up or cancel, which no sum of their squares tells. Layer by layer, those before
  /// it being quantized already.
  func settled(_ plans: [LayerPlan], _ graph: Graph, _ importance: [[Float]])
    throws(CompilerError) -> [LayerPlan]
  {
    let (parameters, judge) = try judged(graph)
    var settled = plans
    for (index, layer) in graph.layers.enumerated() {
      let weights = plans[index].zeroing(
        graph[layer.weight].tensor.values, importance: importance[index])
      var best: (divergence: Double, weights: [Float])?
      for share in plans[index].lambda > 0 ? [1, 0.85, 0.7, 0.55] : [1.0] {
        var plan = plans[index]
        plan.lambda *= share
        let stored = try coded(layer, weights, importance: importance[index], plan: plan)
          .survivors.dense()
        parameters.set(layer.weight, to: stored)
        let found = try executing { () throws(ExecutionError) in try judge.judge().divergence }
        if found < best?.divergence ?? .infinity { (best, settled[index]) = ((found, stored), plan) }
        try stopIfAsked()
      }
      if let best { parameters.set(layer.weight, to: best.weights) }
    }
    return settled
  }

  /// The least divergence that a limit of bytes allows, or the fewest bytes that limits of loss or
  /// divergence do.
  ///
  /// - Parameter evolved: the student, of which `graph` is the folded form.
  func quantizeWithinLimits(_ graph: Graph, _ importance: [[Float]], of evolved: Evolved)
    throws(CompilerError) -> (plans: [LayerPlan], trained: TrainedLayers)
  {
    let limits = options.quantizationLimits
    guard limits.loss != nil || limits.divergence != nil else {
      let front = try front(graph, importance: importance)
      return try quantize(graph, importance, of: evolved, front: front, within: limits.bytes ?? .max)
    }
    for levels in levelsToTry {
      if let found = try coarsestWithinLimits(graph, importance, of: evolved, levels) { return found }
      observer.noted("tables of \(levels.text) lose more than they may")
    }
    throw .outOfLimit(
      reason: "no choice of tables keeps the student within its limits"
        + (levelsToTry.count > 1 ? ": allow more loss, or evolve less far" : ": allow more levels"))
  }

  /// - Returns: nil where even the finest plans break a limit.
  private func coarsestWithinLimits(
    _ graph: Graph, _ importance: [[Float]], of evolved: Evolved, _ levels: LevelChoice
  ) throws(CompilerError) -> (plans: [LayerPlan], trained: TrainedLayers)? {
    let front = try front(graph, importance: importance, levels: levels)
    let limits = options.quantizationLimits
    var first = 0
    if let bytes = limits.bytes {
      first = try point(of: front, within: bytes, graph, importance).index
    }
    var (good, bad) = (first, front.plans.count)
    // Few steps first: a student that passes with these passes with all of them.
    let few = max(options.tableSteps / 4, min(options.tableSteps, 50))
    while bad - good > 1 {
      let middle = (good + bad) / 2
      let found = try quantize(graph, importance, plans: front.plans[middle], steps: few)
      if try isWithinLimits(found, of: evolved) { good = middle } else { bad = middle }
    }
    var back = 1
    while true {
      let found = try quantize(graph, importance, plans: front.plans[good])
      if try isWithinLimits(found, of: evolved) { return (front.plans[good], found) }
      guard good > first else { break }
      good = max(first, good - back)
      back *= 2
    }
    // Training mends divergence, and may cost the last bit of what is lost.
    let found = try quantize(graph, importance, plans: front.plans[first], steps: 0)
    return try isWithinLimits(found, of: evolved) ? (front.plans[first], found) : nil
  }

  /// The first point whose blob is no larger than the limit, tables untrained, and its bytes.
  private func point(
    of front: NetworkFront, within limit: Int, _ graph: Graph, _ importance: [[Float]]
  ) throws(CompilerError) -> (index: Int, bytes: Int) {
    var (low, high) = (0, front.plans.count - 1)
    var least = try bytes(of: graph, importance, plans: front.plans[high])
    guard least <= limit else {
      throw .unfit(
        reason: "--max-bytes \(limit) cannot be met by tables alone: the coarsest take \(least) bytes; evolve further")
    }
    while low < high {
      let middle = (low + high) / 2
      let bytes = try bytes(of: graph, importance, plans: front.plans[middle])
      if bytes <= limit { (high, least) = (middle, bytes) } else { low = middle + 1 }
    }
    return (low, least)
  }

  /// Training moves codes, and so bytes, by some percent either way: what one point did tells which
  /// point to try next. The best that fits stays.
  private func quantize(
    _ graph: Graph, _ importance: [[Float]], of evolved: Evolved, front: NetworkFront, within limit: Int
  ) throws(CompilerError) -> (plans: [LayerPlan], trained: TrainedLayers) {
    var best: (trained: TrainedLayers, index: Int)?
    var allowed = limit
    var tried: Set<Int> = []
    for _ in 0..<4 {
      let (index, untrained) = try point(of: front, within: allowed, graph, importance)
      guard tried.insert(index).inserted else { break }
      let trained = try quantize(graph, importance, plans: front.plans[index])
      let bytes = try write(evolved.graph(student), trained.layers).bytes.count
      if bytes <= limit {
        if trained.divergence < best?.trained.divergence ?? .infinity { best = (trained, index) }
        if index == 0 || Double(bytes) > 0.985 * Double(limit) { break }
      }
      allowed = Int(0.997 * Double(limit) * Double(untrained) / Double(bytes))
    }
    guard let best else {
      throw .unfit(reason: "no choice of tables kept the blob to --max-bytes \(limit): evolve further")
    }
    return (front.plans[best.index], best.trained)
  }

  /// Bytes of the blob by these plans, untrained, its biases a byte each, as they nearly always
  /// end.
  func bytes(of graph: Graph, _ importance: [[Float]], plans: [LayerPlan]) throws(CompilerError) -> Int {
    let graph = graph.zeroed(plans, importance: importance)
    let layers = try layersWithTables(graph, importance: importance, plans: plans)
    return try write(graph, layers.map(\.withNarrowBiases)).bytes.count
  }

  private func isWithinLimits(_ trained: TrainedLayers, of evolved: Evolved) throws(CompilerError) -> Bool {
    let limits = options.quantizationLimits
    if let limit = limits.divergence, trained.divergence > limit { return false }
    guard let limit = limits.loss else { return true }
    return try judgement(evolved, layers: trained.layers).loss.isWithin(limit)
  }

  /// The graph's numbers, to be changed, and who tells what comes of that on held-back samples.
  func judged(_ graph: Graph) throws(CompilerError) -> (ParameterStore, StudentJudge) {
    let (samples, settings) = (try samples(), settings)
    return try executing { () throws(ExecutionError) in
      let parameters = try ParameterStore(graph)
      return (
        parameters,
        try samples.judge(
          of: graph, parameters: parameters, settings: settings, divergence: settings.divergence)
      )
    }
  }

  private struct Candidate {
    let plan: LayerPlan
    /// As they come back from storage.
    let weights: [Float]
    var point: RatePoint
  }

  /// Plans on the hull of bytes and foretold divergence: half the sum of importance times squared
  /// error.
  ///
  /// - Parameter usual: says how many levels at most.
  private func candidates(_ usual: LayerPlan, _ layer: Layer, _ weights: [Float], _ importance: [Float])
    throws(CompilerError) -> [Candidate]
  {
    guard case .table(let levels) = usual.levels else {
      let coded = try coded(layer, weights, importance: importance, plan: usual)
      return [
        Candidate(
          plan: usual, weights: coded.survivors.dense(), point: RatePoint(bytes: 0, divergence: 0))
      ]
    }
    var all: [Candidate] = []
    for plan in LayerPlan.candidates(levels: levels, byBits: options.placesLevelsByBits) {
      let coded = try coded(
        layer, plan.zeroing(weights, importance: importance), importance: importance, plan: plan)
      let decoded = coded.survivors.dense()
      var error = 0.0
      for index in weights.indices {
        let difference = Double(weights[index] - decoded[index])
        error += Double(importance[index]) * difference * difference
      }
      all.append(
        Candidate(
          plan: plan, weights: decoded,
          point: RatePoint(bytes: Double(coded.ownBytes), divergence: error / 2)))
    }
    return RateDistortion.hull(all.map(\.point)).map { all[$0] }
  }
}

extension Array {
  /// At most so many elements, the first and the last among them, evenly spread; the first alone where one is.
  fileprivate func spread(most: Int) -> [Element] {
    count <= most ? self : most == 1 ? Array(prefix(1)) : (0..<most).map { self[$0 * (count - 1) / (most - 1)] }
  }
}

extension BlobWeights {
  /// Bytes that are there for this layer's filters: mask, codes, table and scales.
  var ownBytes: Int {
    withoutEmptyTable.codedBytes(jumps: 15...80) + (quantized?.tableBytes ?? 0)
  }
}
