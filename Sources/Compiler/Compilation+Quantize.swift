// The second stage: survivors to tables and codes.

import Evolution
import Execution
import Foundation
import ModelGraph
import Quantization
import Tensors

extension Compilation {
  /// Gives the survivors their tables and trains these, where there is data.
  public func quantize() throws(CompilerError) -> StageReport {
    guard evolution.isOver else {
      throw .usage(reason: "\(checkpointPath ?? "the run") is not evolved to its end; go on with evolve")
    }
    let divergence = try quantizeStudent()
    try save(now: true)
    return StageReport(
      stage: "quantized", checkpoint: checkpointPath ?? "", sparsity: sparsity,
      divergence: divergence, agreement: nil, seconds: seconds, cycles: [])
  }

  /// - Returns: the quantized student's divergence on held-back samples, where there is data.
  @discardableResult
  func quantizeStudent() throws(CompilerError) -> Double? {
    let trains = options.data != nil
    // First what dead units give moves on, so that biases are trained and narrowed with it.
    let graph = evolvedGraph().foldingDeadUnits()
    let layers = try layersWithTables(
      graph, importance: trains ? importance(graph, samples: 2048) : nil)
    guard trains else {
      coded = layers
      return nil
    }
    return try trainTables(graph, layers)
  }

  /// The student with the numbers that evolution left.
  func evolvedGraph() -> Graph {
    var graph = student
    for (index, values) in evolution.parameters.enumerated() {
      let id = ParameterID(index)
      graph.setParameter(id, to: Tensor(shape: graph[id].tensor.shape, values: values))
    }
    return graph
  }

  /// What an error of each weight counts: the diagonal of the divergence's Hessian.
  func importance(_ graph: Graph, samples count: Int) throws(CompilerError) -> [[Float]] {
    let samples = try samples()
    var settings = options.evolution
    settings.divergence = divergence
    return try Self.executing { () throws(ExecutionError) in
      try Curvature(
        graph: graph, parameters: ParameterStore(graph), settings: settings,
        objective: samples.objective(of: graph, settings: settings)
      ).diagonal(
        samples: samples.training.prefix(count),
        generator: SeededGenerator(seed: settings.seed).fork(0xF15))
    }
  }

  /// The layers of a student with tables as its weights ask for.
  ///
  /// - Parameter importance: for each layer, of its weights.
  func layersWithTables(_ graph: Graph, importance: [[Float]]?) throws(CompilerError) -> [CodedLayer] {
    var coded: [CodedLayer] = []
    for (index, layer) in graph.layers.enumerated() {
      let weights = graph[layer.weight].tensor.values
      coded.append(
        CodedLayer(
          rows: layer.rows, columns: layer.columns,
          weights: try stored(weights, layer, importance: importance?[index]),
          biases: layer.bias.flatMap { stored(biases: graph[$0].tensor.values, layer) }))
    }
    return coded
  }

  private func choice(for layer: Layer) -> LevelChoice {
    options.layerLevels[layer.name] ?? options.levels
  }

  /// As exact as the layer's weights are.
  private func stored(biases: [Float], _ layer: Layer) -> StoredVector? {
    guard choice(for: layer) == .float, biases.contains(where: { $0 != 0 }) else {
      return StoredVector.biases(biases)
    }
    return StoredVector.encode(biases, tolerance: 0, relativeTo: 1)
  }

  private func stored(_ weights: [Float], _ layer: Layer, importance: [Float]?)
    throws(CompilerError) -> CodedLayer.Weights
  {
    guard case .table(let levels) = choice(for: layer) else {
      let positions = weights.indices.filter { weights[$0] != 0 }
      return .float(positions: positions, values: positions.map { weights[$0] })
    }
    let quantizer = LayerQuantizer(
      levels: levels, method: options.tableMethod, rounding: options.rounding)
    // A weight that no sample moves would have no say at all; it keeps a thousandth of the mean.
    let floor = (importance.map { $0.reduce(0, +) / Float(max($0.count, 1)) } ?? 0) * 1e-3
    let counts = importance.flatMap { floor > 0 ? $0.map { max($0, floor) } : nil }
    do {
      return .table(
        try quantizer.quantized(
          weights: weights, rows: layer.rows, columns: layer.columns,
          importance: counts.map { .weights($0) } ?? .equal))
    } catch {
      throw .unfit(reason: "layer \(layer.name): \(error.sentence)")
    }
  }

  func trainTables(_ graph: Graph, _ layers: [CodedLayer]) throws(CompilerError) -> Double {
    let samples = try samples()
    var settings = options.evolution
    settings.divergence = divergence
    let steps = options.tableSteps
    // A replay stops where the run bounded by time did, on the same course of learning rates.
    let limit = settings.schedule?.tableSteps ?? steps
    let deadline = settings.schedule == nil ? deadline(share: 0.9) : nil
    let training = try Self.executing { () throws(ExecutionError) in
      try TableTraining(
        student: graph, coded: layers, samples: samples, settings: settings)
    }
    observer.began("quantize")
    let trained = try Self.executing { () throws(ExecutionError) in
      try training.train(steps: steps) { step in
        observer.advanced(step, of: steps, "steps")
        return step < limit && !observer.shouldStop
          && (deadline.map { $0.timeIntervalSinceNow > 0 } ?? true)
      }
    }
    try stopIfAsked()
    let narrowed = try Self.executing { () throws(ExecutionError) in
      try training.narrowingBiases(trained.layers)
    }
    coded = narrowed
    tableStepsDone = trained.steps
    let divergence = try Self.executing { () throws(ExecutionError) in
      try training.divergence(of: narrowed)
    }
    observer.ended(String(format: "divergence %.5f", divergence))
    return divergence
  }
}
