import Blob
import Compiler
import Execution
import Lowering
import ModelGraph
import Quantization
import Tensors
import Verification

/// A graph with coded weights as bytes, and the graph that those bytes stand for: the road back is
/// through the reader, so that the writer and the compiler's own decoding have no say in it.
struct EdgeTwin {
  let bytes: [UInt8]
  let model: BlobModel
  /// The graph with the weights and biases that the blob holds.
  let student: Graph
  let arenaLowerBound: Int

  /// - Parameters:
  ///   - levels: of every layer's table; nil keeps float32.
  ///   - sparsity: share of weights zeroed first, those of least magnitude.
  init(_ graph: Graph, levels: Int?, sparsity: Double = 0.3) throws {
    try graph.verify()
    var weights: [Int: BlobWeights] = [:]
    for layer in graph.layers {
      let coded = try Self.coded(graph, layer, levels: levels, sparsity: sparsity)
      for node in layer.uses { weights[node] = coded }
    }
    let lowered = Lowering.lower(
      graph, weights: weights, transforms: graph.inputs.map { _ in BlobTransform() })
    let bytes = try BlobWriter.bytes(for: lowered.model)
    let model = try BlobReader.read(bytes)
    (self.bytes, self.model, arenaLowerBound) = (bytes, model, lowered.arenaLowerBound)
    student = graph.withWeights(of: model)
  }

  static func coded(_ graph: Graph, _ layer: Layer, levels: Int?, sparsity: Double)
    throws -> BlobWeights
  {
    var values = graph[layer.weight].tensor.values
    let order = values.indices.sorted { abs(values[$0]) < abs(values[$1]) }
    for position in order.prefix(Int(sparsity * Double(values.count))) { values[position] = 0 }
    let biases = layer.bias.map { StoredNumbers(graph[$0].tensor.values) } ?? .absent
    guard let levels else {
      let matrix = SparseMatrix(values, rows: layer.rows, columns: layer.columns)
      return BlobWeights(.raw(matrix), biases: biases)
    }
    let layer = try LayerQuantizer(levels: levels).quantized(
      weights: values, rows: layer.rows, columns: layer.columns)
    return BlobWeights(
      .table(StoredNumbers(layer.table.values), codes: layer.codes),
      rowScales: layer.rowScales.areAbsent ? .absent : StoredNumbers(layer.rowScales.values),
      biases: biases)
  }

  /// The C runtime's outputs and Execution's, for seeded samples.
  func run(samples: Int, seed: UInt64, threads: Int = 1) throws -> (edge: [Tensor], host: [Tensor])
  {
    var random = SeededGenerator(seed: seed)
    let inputs = student.inputs.map { input in
      let shape = [samples] + student[input].shape
      return Tensor(
        shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() })
    }
    let host = try Executor(graph: student).run(inputs: inputs)
    let edge = try EdgeWorkers(bytes, threads: threads).run(inputs, count: samples)
    return (zip(edge, host).map { Tensor(shape: $1.shape, values: $0) }, host)
  }

  /// The largest relative difference of any output.
  func difference(samples: Int = 3, seed: UInt64 = 7) throws -> Float {
    let (edge, host) = try run(samples: samples, seed: seed)
    return zip(edge, host).map { $0.relativeDifference(from: $1) }.max() ?? 0
  }
}

extension Graph {
  /// The same graph with the weights and biases of a blob's layers, in running order. Columns that
  /// a select leaves out are 0.
  func withWeights(of model: BlobModel) -> Graph {
    var graph = self
    var remaining = layersOfNodes.map { layers[$0] }[...]
    var places: [Int]?
    for step in model.steps {
      if case .gather(let gather) = step { places = gather.places }
      guard let weights = step.weights, let layer = remaining.popFirst() else { continue }
      let kept = weights.columns < layer.columns ? places ?? [] : Array(0..<layer.columns)
      let dense = weights.levelled.dense()
      var matrix = [Float](repeating: 0, count: layer.weightCount)
      for row in 0..<layer.rows {
        let scale = weights.rowScales.values.isEmpty ? 1 : weights.rowScales.values[row]
        for (column, place) in kept.enumerated() {
          matrix[row * layer.columns + place] = scale * dense[row * weights.columns + column]
        }
      }
      graph.setParameter(
        layer.weight, to: Tensor(shape: graph[layer.weight].tensor.shape, values: matrix))
      if let bias = layer.bias {
        let values = weights.biases.values
        graph.setParameter(
          bias,
          to: Tensor(
            shape: [layer.rows],
            values: values.isEmpty ? [Float](repeating: 0, count: layer.rows) : values))
      }
    }
    return graph
  }
}
