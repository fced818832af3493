import Blob
import Compiler
import Execution
import Lowering
import ModelGraph
import Quantization
import Simplification
import Tensors
import TestSupport
import Testing

// Killing units of small graphs, and what must hold once they are gone.

extension NetBuilder {
  /// Zeroes weights of a layer: all of some rows, or some columns of all or of these rows.
  mutating func clear(layer index: Int, rows: [Int]? = nil, columns: [Int]? = nil) {
    let layer = graph.layers[index]
    var weight = graph[layer.weight].tensor
    for row in rows ?? Array(0..<layer.rows) {
      for column in columns ?? Array(0..<layer.columns) {
        weight.values[row * layer.columns + column] = 0
      }
    }
    graph.setParameter(layer.weight, to: weight)
  }

  mutating func setBias(layer index: Int, row: Int, to value: Float) {
    guard let id = graph.layers[index].bias else { return }
    var bias = graph[id].tensor
    bias.values[row] = value
    graph.setParameter(id, to: bias)
  }
}

extension Graph {
  var weightShapes: [[Int]] { layers.map { self[$0.weight].tensor.shape } }
  func weights(of index: Int) -> [Float] { self[layers[index].weight].tensor.values }
  func biases(of index: Int) -> [Float] {
    layers[index].bias.map { self[$0].tensor.values } ?? []
  }

  /// Zeroes some rows and some columns of every layer, and most other weights of some.
  mutating func clearUnits(seed: UInt64) {
    var random = SeededGenerator(seed: seed).fork(0xDEAD)
    for layer in layers {
      var weight = self[layer.weight].tensor
      let taps = weight.shape.dropFirst(2).elementCount
      let share = Double.random(in: 0..<0.8, using: &random)
      let rows = (0..<layer.rows).map { _ in Double.random(in: 0..<1, using: &random) < share }
      let places = (0..<layer.columns / taps).map { _ in
        Double.random(in: 0..<1, using: &random) < share
      }
      for index in weight.values.indices
      where rows[index / layer.columns] || places[index % layer.columns / taps] {
        weight.values[index] = 0
      }
      setParameter(layer.weight, to: weight)
      // Constants of 0 are the ones that go everywhere.
      guard let id = layer.bias, Bool.random(using: &random) else { continue }
      var bias = self[id].tensor
      for row in rows.indices where rows[row] && Bool.random(using: &random) {
        bias.values[row] = 0
      }
      setParameter(id, to: bias)
    }
  }

  /// The graph without its dead units: it verifies, answers alike, and has no more to lose.
  func checkedWithoutDeadUnits(_ comment: Comment? = nil) throws -> Graph {
    // Layers of their own are what is promised.
    var own = self
    own.ownLayers()
    let small = own.withoutDeadUnits()
    try small.verify()
    #expect(small.nodes.map(\.name) == own.nodes.map(\.name), comment)
    #expect(small.inputs.map { small[$0].shape } == own.inputs.map { own[$0].shape }, comment)
    #expect(small.outputs.map { small[$0].shape } == own.outputs.map { own[$0].shape }, comment)
    #expect(try small.difference(from: own) <= 1e-4, comment)
    #expect(try own.foldingDeadUnits().difference(from: own) <= 1e-4, comment)
    #expect(small.withoutDeadUnits() == small, comment)
    return small
  }

  /// The student's form, but that batch normalization stays a node.
  private mutating func ownLayers() {
    let uses = nodes.flatMap(\.operation.parameterIDs).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    if uses.values.contains(where: { $0 > 1 }) { self = student }
  }

  /// The largest relative difference of any output on seeded samples.
  func difference(from other: Graph) throws -> Float {
    var random = SeededGenerator(seed: 21)
    let samples = inputs.map { input in
      let shape = [5] + self[input].shape
      return Tensor(
        shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() })
    }
    let answers = try Executor(graph: self).run(inputs: samples)
    let expected = try Executor(graph: other).run(inputs: samples)
    return zip(answers, expected).map { $0.relativeDifference(from: $1) }.max() ?? 0
  }

  /// The graph with the numbers of coded layers, by another road than the compiler's.
  func withNumbers(of coded: [BlobWeights]) -> Graph {
    var graph = self
    for (layer, form) in zip(layers, coded) {
      var weights = [Float](repeating: 0, count: layer.weightCount)
      let survivors = form.survivors
      for (position, value) in zip(survivors.positions, survivors.values) {
        weights[position] = value
      }
      graph.setParameter(
        layer.weight, to: Tensor(shape: self[layer.weight].tensor.shape, values: weights))
      if let bias = layer.bias {
        let values = form.decodedBiases
        graph.setParameter(bias, to: Tensor(shape: [layer.rows], values: values))
      }
    }
    return graph
  }

  func blob(_ coded: [BlobWeights]) throws -> [UInt8] {
    let weights = zip(layers, coded).flatMap { layer, form in layer.uses.map { ($0, form.withoutEmptyTable) } }
    let lowered = Lowering.lower(
      self, weights: Dictionary(uniqueKeysWithValues: weights),
      transforms: inputs.map { _ in BlobTransform() })
    return try BlobWriter.bytes(for: lowered.model)
  }
}

extension BlobWeights {
  /// A layer of a graph as it is, with a table of so many levels or none.
  init(_ graph: Graph, _ layer: Layer, levels: Int?) throws {
    let values = graph[layer.weight].tensor.values
    let biases = layer.bias.map { graph[$0].tensor.values } ?? []
    let stored: StoredNumbers =
      biases.allSatisfy { $0 == 0 }
      ? .absent : levels == nil ? StoredNumbers(biases) : .nearestFloat16(biases) ?? .absent
    guard let levels else {
      self.init(
        .raw(SparseMatrix(values, rows: layer.rows, columns: layer.columns)), biases: stored)
      return
    }
    self.init(
      try LayerQuantizer(levels: levels).quantized(
        weights: values, rows: layer.rows, columns: layer.columns), biases: stored)
  }
}
