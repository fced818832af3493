// Dead units of a quantized student: what a blob is written from.

import ModelGraph
import Quantization
import Simplification
import Tensors

extension CodedLayer {
  /// The layers of a student without its dead units, and the graph that they belong to.
  ///
  /// - Parameter layers: one for each layer of the graph, in running order.
  /// - Returns: a graph of the same nodes, whose numbers are those of the layers beside it. Biases
  ///   that take in constants are stored anew, as exactly as if there were no data to judge by.
  package static func withoutDeadUnits(_ student: Graph, _ layers: [CodedLayer])
    -> (graph: Graph, layers: [CodedLayer])
  {
    var small = (graph: student.holding(layers), layers: layers)
    while let smaller = oncePurged(small.graph, small.layers) { small = smaller }
    return small
  }

  /// The same after one pass; nil where there is nothing to do.
  private static func oncePurged(_ graph: Graph, _ layers: [CodedLayer])
    -> (graph: Graph, layers: [CodedLayer])?
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

  private var numbers: LayerNumbers {
    let (positions, values) = survivorValues
    let alive = values.indices.filter { values[$0] != 0 }
    return LayerNumbers(
      rows: rows, columns: columns, positions: alive.map { positions[$0] },
      values: alive.map { values[$0] }, biases: decodedBiases)
  }

  /// Where the survivors are and what they stand for.
  private var survivorValues: (positions: [Int], values: [Float]) {
    switch weights {
    case .float(let positions, let values): return (positions, values)
    case .table(let layer):
      let values = zip(layer.positions, layer.codes).map { position, code in
        (layer.rowScales?[position / columns] ?? 1) * layer.table[Int(code)]
      }
      return (layer.positions, values)
    }
  }

  /// Without what is dropped, nor survivors that stand for 0, and with the biases that come of it.
  private func settled(_ settlement: DeadUnits.Settlement) -> CodedLayer {
    guard settlement.movesBiases || settlement.stays.contains(false) else { return self }
    var settled = self
    var stays = settlement.stays.makeIterator()
    let values = survivorValues.values
    settled.weights = weights.keeping(
      values.indices.filter { values[$0] != 0 && stays.next() == true })
    if settlement.movesBiases { settled.biases = restored(settlement.biases) }
    return settled
  }

  /// Biases as exact as the weights are, or as they were.
  private func restored(_ values: [Float]) -> StoredVector? {
    if case .table = weights { return StoredVector.biases(values) }
    return values.allSatisfy { $0 == 0 }
      ? nil : StoredVector.encode(values, tolerance: 0, relativeTo: 1)
  }

  /// Some rows, and some columns; nil: all.
  ///
  /// - Parameter taps: columns that belong to each of `places`.
  func picking(rows keptRows: [Int]?, places: [Int]?, taps: Int) -> CodedLayer {
    if keptRows == nil && places == nil { return self }
    let keptColumns = places.map { $0.flatMap { $0 * taps..<($0 + 1) * taps } }
    let rowMap = Self.map(keptRows, count: rows)
    let columnMap = Self.map(keptColumns, count: columns)
    let size = (rows: keptRows?.count ?? rows, columns: keptColumns?.count ?? columns)
    let moved = survivorValues.positions.map { position -> Int? in
      let (row, column) = position.quotientAndRemainder(dividingBy: columns)
      guard let newRow = rowMap[row], let newColumn = columnMap[column] else { return nil }
      return newRow * size.columns + newColumn
    }
    let stay = moved.indices.filter { moved[$0] != nil }
    return CodedLayer(
      rows: size.rows, columns: size.columns,
      weights: weights.keeping(stay).moved(
        to: stay.compactMap { moved[$0] }, size, rows: keptRows),
      biases: keptRows.map { biases?.picking($0) } ?? biases)
  }

  /// For each old index the new one; nil for those that go.
  private static func map(_ kept: [Int]?, count: Int) -> [Int?] {
    guard let kept else { return Array(0..<count) }
    var map = [Int?](repeating: nil, count: count)
    for (new, old) in kept.enumerated() { map[old] = new }
    return map
  }
}

extension CodedLayer.Weights {
  /// Some of the survivors, by index; levels that none of them has are dropped.
  fileprivate func keeping(_ stay: [Int]) -> Self {
    switch self {
    case .float(let positions, let values):
      return .float(positions: stay.map { positions[$0] }, values: stay.map { values[$0] })
    case .table(let layer):
      guard stay.count < layer.positions.count else { return self }
      let used = Set(stay.map { layer.codes[$0] }).sorted()
      var codes = [UInt8](repeating: 0, count: layer.table.count)
      for (new, old) in used.enumerated() { codes[Int(old)] = UInt8(new) }
      return .table(
        QuantizedLayer(
          rows: layer.rows, columns: layer.columns, table: used.map { layer.table[Int($0)] },
          tablePrecision: layer.tablePrecision, codes: stay.map { codes[Int(layer.codes[$0])] },
          positions: stay.map { layer.positions[$0] }, rowScales: layer.rowScales,
          scalePrecision: layer.scalePrecision, weightedSquaredError: layer.weightedSquaredError,
          tableScale: layer.tableScale))
    }
  }

  /// The same survivors elsewhere, in a matrix of another size.
  fileprivate func moved(to positions: [Int], _ size: (rows: Int, columns: Int), rows: [Int]?)
    -> Self
  {
    switch self {
    case .float(_, let values): return .float(positions: positions, values: values)
    case .table(let layer):
      return .table(
        QuantizedLayer(
          rows: size.rows, columns: size.columns, table: layer.table,
          tablePrecision: layer.tablePrecision, codes: layer.codes, positions: positions,
          rowScales: layer.rowScales.map { scales in rows?.map { scales[$0] } ?? scales },
          scalePrecision: layer.scalePrecision, weightedSquaredError: layer.weightedSquaredError,
          tableScale: layer.tableScale))
    }
  }
}

extension StoredVector {
  /// Some of the numbers, as they are stored; absent where all are 0.
  fileprivate func picking(_ places: [Int]) -> StoredVector? {
    let picked: StoredVector =
      switch self {
      case .float32(let values): .float32(places.map { values[$0] })
      case .float16(let patterns): .float16(places.map { patterns[$0] })
      case .int8(let values, let scale): .int8(places.map { values[$0] }, scale: scale)
      }
    return picked.decoded.allSatisfy { $0 == 0 } ? nil : picked
  }
}

extension Graph {
  /// The graph with the numbers that coded layers stand for.
  package func holding(_ layers: [CodedLayer]) -> Graph {
    var graph = self
    for (layer, form) in zip(self.layers, layers) {
      let shape = self[layer.weight].tensor.shape
      let weight = Tensor(shape: shape, values: form.decodedWeights())
      if let bias = layer.bias {
        graph.setParameter(layer.weight, to: weight)
        graph.setParameter(bias, to: Tensor(shape: [layer.rows], values: form.decodedBiases))
      } else {
        let bias = form.biases.map { Tensor(shape: [layer.rows], values: $0.decoded) }
        graph.replaceParameters(of: layer, weight: weight, bias: bias)
      }
    }
    return graph
  }
}
