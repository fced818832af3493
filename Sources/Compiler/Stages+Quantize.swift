// The second stage: survivors to tables and codes.

import Blob
import Execution
import Foundation
import Lowering
import ModelGraph
import Quantization
import Simplification
import Tables
import Tensors
import Trials

/// Layers with their tables trained, their divergence on held-back samples, and the steps that it took.
typealias TrainedLayers = (layers: [BlobWeights], divergence: Double, steps: Int)

extension Stages {
  /// Gives the survivors their tables and trains these, where there is data.
  ///
  /// - Parameter maxLoss: what tables that are not trained may lose; nil: the usual.
  func quantize(_ evolved: Evolved, maxLoss: Double? = nil) throws(CompilerError) -> Quantized {
    // First what dead units give moves on, so that biases are trained and narrowed with it.
    let graph = evolved.graph(student).foldingDeadUnits()
    guard options.data != nil else {
      guard !options.quantizationLimits.areSet else {
        throw .usage(reason: "limits of bytes or loss need samples: give --data")
      }
      return try quantizeUntrained(graph, of: evolved, maxLoss: maxLoss)
    }
    let importance = try importance(graph, samples: 2048)
    let (plans, trained) =
      if options.quantizationLimits.areSet {
        try quantizeWithinLimits(graph, importance, of: evolved)
      } else {
        try quantizeAsTold(graph, importance)
      }
    return Quantized(
      evolved: evolved, layers: trained.layers,
      tables: try records(graph, importance: importance, plans: plans), tableSteps: trained.steps)
  }

  private func quantizeAsTold(_ graph: Graph, _ importance: [[Float]]) throws(CompilerError)
    -> (plans: [LayerPlan], trained: TrainedLayers)
  {
    let plans = try settled(graph.layers.map { plan($0) }, graph, importance)
    return (plans, try quantize(graph, importance, plans: plans))
  }

  /// What is to be said about each layer's table.
  ///
  /// - Parameter fits: of the layers as they are to be quantized, where they are at hand.
  func records(
    _ graph: Graph, importance: [[Float]]?, plans: [LayerPlan], fits: [FittedLayer?]? = nil
  ) throws(CompilerError) -> [TableRecord] {
    try ofLayers(graph) { (index, layer) throws(CompilerError) in
      let weights = graph[layer.weight].tensor.values
      let importance = importance?[index]
      let kept = importance.map { plans[index].zeroing(weights, importance: $0) } ?? weights
      var record = TableRecord(
        plan: plans[index], zeroed: weights.survivorCount - kept.survivorCount)
      if let quantizer = quantizer(plans[index]) {
        record.certificate = try naming(layer) { () throws(QuantizationError) in
          if let fit = fits?[index] {
            return try quantizer.certificate(of: fit, weights: kept, importance: .of(importance))
          }
          return try quantizer.certificate(
            weights: kept, rows: layer.rows, columns: layer.columns, importance: .of(importance))
        }
      }
      return record
    }
  }

  /// Nil for float32.
  private func quantizer(_ plan: LayerPlan) -> LayerQuantizer? {
    guard case .table(let levels) = plan.levels else { return nil }
    return LayerQuantizer(
      levels: levels, method: options.tableMethod, rounding: options.rounding,
      lambda: plan.lambda, tablePrecision: options.tablePrecision ?? .automatic)
  }

  /// Tables by these plans, trained.
  func quantize(_ graph: Graph, _ importance: [[Float]], plans: [LayerPlan], steps: Int? = nil)
    throws(CompilerError) -> TrainedLayers
  {
    let graph = graph.zeroed(plans, importance: importance)
    return try trainTables(
      graph, try layersWithTables(graph, importance: importance, plans: plans),
      rates: (importance, plans.map(\.lambda)), steps: steps ?? options.tableSteps)
  }

  /// What an error of each weight counts, for each layer: the diagonal of the divergence's Hessian.
  /// A weight that no sample moves would have no say at all; it keeps a thousandth of its layer's
  /// mean.
  func importance(_ graph: Graph, samples count: Int) throws(CompilerError) -> [[Float]] {
    let (samples, settings) = (try samples(), settings)
    let diagonal = try executing { () throws(ExecutionError) in
      try Curvature(
        graph: graph, parameters: ParameterStore(graph), settings: settings,
        objective: samples.objective(of: graph, settings: settings)
      ).diagonal(
        samples: samples.training.prefix(count),
        generator: SeededGenerator(seed: settings.seed).fork(0xF15))
    }
    return diagonal.map { numbers in
      let floor = numbers.reduce(0, +) / Float(max(numbers.count, 1)) * 1e-3
      return floor > 0 ? numbers.map { max($0, floor) } : numbers.map { _ in 1 }
    }
  }

  /// The layers of a student with tables as its weights ask for.
  ///
  /// - Parameters:
  ///   - importance: for each layer, of its weights.
  ///   - plans: one a layer.
  func layersWithTables(_ graph: Graph, importance: [[Float]]?, plans: [LayerPlan])
    throws(CompilerError) -> [BlobWeights]
  {
    try ofLayers(graph) { (index, layer) throws(CompilerError) in
      try coded(
        layer, graph[layer.weight].tensor.values,
        biases: layer.bias.map { graph[$0].tensor.values }, importance: importance?[index],
        plan: plans[index])
    }
  }

  /// What the options say about a layer. Without data nothing mends what a lambda costs, so that it
  /// has to be asked for.
  ///
  /// - Parameter levels: of layers that were told none of their own; nil: as the options say.
  func plan(_ layer: Layer, levels: LevelChoice? = nil) -> LayerPlan {
    let levels = options.layerLevels[layer.name] ?? levels ?? options.levels ?? options.usualLevels
    let isUsual = options.data != nil && options.rounding == .nearest && options.placesLevelsByBits
    let usual = isUsual ? levels.usualLambda : 0
    return LayerPlan(levels: levels, lambda: options.lambda ?? usual)
  }

  /// A layer in its stored form; the plan's zeros have been made already.
  func coded(
    _ layer: Layer, _ weights: [Float], biases: [Float]? = nil, importance: [Float]?, plan: LayerPlan
  ) throws(CompilerError) -> BlobWeights {
    stored(
      layer, weights, biases: biases,
      as: try fitted(layer, weights, importance: importance, plan: plan)?.layer)
  }

  func stored(
    _ layer: Layer, _ weights: [Float], biases: [Float]?, as quantized: QuantizedLayer?
  ) -> BlobWeights {
    guard let quantized else {
      return BlobWeights(
        .raw(SparseMatrix(weights, rows: layer.rows, columns: layer.columns)),
        biases: biases.map { .exactBiases($0) } ?? .absent)
    }
    return BlobWeights(quantized, biases: biases.map { .biases($0) } ?? .absent)
  }

  /// What a quantizer makes of a layer; nil for float32.
  func fitted(_ layer: Layer, _ weights: [Float], importance: [Float]?, plan: LayerPlan)
    throws(CompilerError) -> FittedLayer?
  {
    guard let quantizer = quantizer(plan) else { return nil }
    return try naming(layer) { () throws(QuantizationError) in
      try quantizer.fitted(
        weights: weights, rows: layer.rows, columns: layer.columns, importance: .of(importance))
    }
  }

  private func naming<Value>(
    _ layer: Layer, _ body: () throws(QuantizationError) -> Value
  ) throws(CompilerError) -> Value {
    do { return try body() } catch { throw .unfit(reason: "layer \(layer.name): \(error.sentence)") }
  }

  /// What `body` makes of each layer, several at a time; between some and the next a stop is heard.
  func ofLayers<Value>(
    _ graph: Graph, _ body: (Int, Layer) throws(CompilerError) -> Value
  ) throws(CompilerError) -> [Value] {
    let layers = Array(graph.layers.enumerated())
    var values: [Value] = []
    while values.count < layers.count {
      try stopIfAsked()
      let next = layers[values.count...].prefix(4 * threads)
      values += try parallelMap(next, threads: threads) { (layer) throws(CompilerError) in
        try body(layer.offset, layer.element)
      }
    }
    return values
  }

  /// Trains tables, codes, scales and biases.
  ///
  /// - Parameter rates: for each layer importance and lambda; nil: bits count nothing.
  func trainTables(
    _ graph: Graph, _ layers: [BlobWeights], rates: (importance: [[Float]], lambdas: [Double])? = nil,
    steps: Int
  ) throws(CompilerError) -> TrainedLayers {
    let samples = try samples()
    // A replay stops where the run bounded by time did, on the same course of learning rates.
    let limit = settings.schedule?.tableSteps ?? steps
    let deadline = settings.schedule == nil ? deadline(share: 0.9) : nil
    let training = try executing { () throws(ExecutionError) in
      try TableTraining(
        student: graph, coded: layers, rates: rates, samples: samples, settings: settings, team: team)
    }
    observer.began("quantize")
    let trained = try executing { () throws(ExecutionError) in
      try training.train(steps: steps) { (step) throws(ExecutionError) in
        observer.advanced(step, of: steps, .step, "")
        guard step < limit, !observer.shouldStop else { return false }
        return try timed(deadline.map { $0.timeIntervalSinceNow > 0 } ?? true)
      }
    }
    try stopIfAsked()
    let narrowed = try executing { () throws(ExecutionError) in
      try training.narrowing(trained.layers, tables: options.tablePrecision == nil && rates != nil)
    }
    let divergence = try executing { () throws(ExecutionError) in
      try training.divergence(of: narrowed)
    }
    observer.ended(String(format: "divergence %.5f", divergence))
    return (narrowed, divergence, trained.steps)
  }
}

extension Importance {
  fileprivate static func of(_ weights: [Float]?) -> Importance { weights.map { .weights($0) } ?? .equal }
}
