// Dead units of a quantized student: what a blob is written from.

import Blob
import ModelGraph
import Quantization
import Simplification
import Tensors

extension BlobWeights {
  /// The layers of a student without its dead units, and the graph that they belong to.
  ///
  /// - Parameter layers: one for each layer of the graph, in running order.
  /// - Returns: a graph of the same nodes, whose numbers are those of the layers beside it. Biases
  ///   that take in constants are stored anew, as exactly as if there were no data to judge by.
  package static func withoutDeadUnits(_ student: Graph, _ layers: [BlobWeights])
    -> (graph: Graph, layers: [BlobWeights])
  {
    var small = (graph: student.holding(layers), layers: layers)
    while let smaller = oncePurged(small.graph, small.layers) { small = smaller }
    return small
  }

  /// The same after one pass; nil where there is nothing to do.
  private static func oncePurged(_ graph: Graph, _ layers: [BlobWeights])
    -> (graph: Graph, layers: [BlobWeights])?
  {
    let numbers = layers.map(\.numbers)
    let dead = DeadUnits(graph, numbers: numbers)
    if dead.areNone { return nil }
    let settled = zip(layers, dead.settlements).map { $0.settled($1) }
    let cut = zip(settled, graph.layers).map { coded, layer in
      let node = graph.nodes[layer.nodeIndex]
      let places = layer.groups == 1 ? dead.cuts[node.inputs[0].index]?.kept : nil
      return coded.picking(
        rows: dead.cuts[node.output.index]?.kept, places: places, taps: layer.taps)
    }
    return (graph.holding(settled).cut(by: dead.cuts), cut)
  }

  private var numbers: UnitTrace.Numbers {
    let survivors = survivors
    let alive = survivors.values.indices.filter { survivors.values[$0] != 0 }
    return (survivors.keeping(alive), decodedBiases)
  }

  /// Without what is dropped, nor survivors that stand for 0, and with the biases that come of it.
  private func settled(_ settlement: DeadUnits.Settlement) -> BlobWeights {
    guard settlement.movesBiases || settlement.stays.contains(false) else { return self }
    var settled = self
    var stays = settlement.stays.makeIterator()
    let values = survivors.values
    settled.keep(values.indices.filter { values[$0] != 0 && stays.next() == true })
    if settlement.movesBiases { settled.biases = restored(settlement.biases) }
    return settled
  }

  /// Biases as exact as the weights are, or as they were.
  private func restored(_ values: [Float]) -> StoredNumbers {
    levels == nil ? .exactBiases(values) : .biases(values)
  }

  /// Some rows, and some columns; nil: all.
  ///
  /// - Parameter taps: columns that belong to each of `places`.
  func picking(rows keptRows: [Int]?, places: [Int]?, taps: Int) -> BlobWeights {
    if keptRows == nil && places == nil { return self }
    let keptColumns = places.map { $0.flatMap { $0 * taps..<($0 + 1) * taps } }
    let biases = keptRows.map { self.biases.picking($0) } ?? self.biases
    switch values {
    case .raw(let matrix):
      return BlobWeights(.raw(matrix.picking(rows: keptRows, columns: keptColumns)), biases: biases)
    case .table(let table, let codes):
      let layer = QuantizedLayer(codes: codes, table: table, rowScales: rowScales)
      return BlobWeights(layer.picking(rows: keptRows, columns: keptColumns), biases: biases)
    }
  }

  /// Leaves some of the survivors, by index; levels that none of them has are dropped.
  private mutating func keep(_ survivors: [Int]) {
    switch values {
    case .raw(let matrix): values = .raw(matrix.keeping(survivors))
    case .table: quantized = quantized?.keeping(survivors)
    }
  }
}

extension Graph {
  /// The graph with the numbers that coded layers stand for.
  package func holding(_ layers: [BlobWeights]) -> Graph {
    var graph = self
    for (layer, form) in zip(self.layers, layers) {
      let shape = self[layer.weight].tensor.shape
      let weight = Tensor(shape: shape, values: form.survivors.dense())
      if let bias = layer.bias {
        graph.setParameter(layer.weight, to: weight)
        graph.setParameter(bias, to: Tensor(shape: [layer.rows], values: form.decodedBiases))
      } else {
        let bias = form.biases.areAbsent
          ? nil : Tensor(shape: [layer.rows], values: form.biases.values)
        graph.replaceParameters(of: layer, weight: weight, bias: bias)
      }
    }
    return graph
  }
}
