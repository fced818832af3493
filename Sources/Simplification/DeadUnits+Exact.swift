// Dead units of an integer graph, by proof and without the loss of a bit.
//
// The same three steps as among floats (`DeadUnits`), but that a constant is a unit of which every byte
// is known (`ByteRanges`), and that what moves into a bias is an integer. A constant at the zero point
// of its value adds nothing, padded or not; another moves into the bias where its taps never leave the
// image. A row that gives one byte whatever it reads, as one that saturates does, loses all its
// weights: its bias becomes one of the sums that it had.

import ModelGraph
import Tensors

extension Graph {
  /// The same answers for every int8 input, from a graph that is physically smaller; nodes, layers,
  /// inputs and outputs stay as they are. Layers that are not of int8 keep their weights.
  package func exactlyWithoutDeadUnits() -> Graph {
    var small = self
    while true {
      let next = small.exactlyPurgedOnce()
      if next == small { return small }
      small = next
    }
  }

  private func exactlyPurgedOnce() -> Graph {
    let layers = layers
    let numbers = layers.map(survivors)
    let trace = UnitTrace(self, numbers: numbers)
    let ranges = ByteRanges(self, axes: trace)
    let settlements = layers.indices.map {
      ExactSettlement(layers[$0], numbers[$0].weights.positions, trace.readings[$0], ranges, ranges.layers[$0])
    }
    let read = ReadUnits(trace, weights: numbers.map(\.weights), moves: settlements.map(\.moves))
    var folded = self
    for (index, layer) in layers.enumerated() where ranges.layers[index] != nil {
      folded.settle(
        layer, numbers[index].weights.positions, settlements[index], rowsRead: read.rows(of: index))
    }
    return folded.droppingUnusedParameters().cut(by: read.cuts)
  }

  /// Takes out weights that move, and those of rows that nobody reads.
  private mutating func settle(
    _ layer: Layer, _ positions: [Int], _ settlement: ExactSettlement, rowsRead: [Bool]
  ) {
    guard let old = self[layer.weight].integers else { return }
    var weights = old.integers
    for (position, moves) in zip(positions, settlement.moves)
    where moves || !rowsRead[position / layer.columns] {
      weights[position] = 0
    }
    let biases = zip(settlement.biases, rowsRead).map { $1 ? Int32($0) : 0 }
    guard weights != old.integers || biases != integerBiases(of: layer).map(Int32.init) else { return }
    let weight = Parameter(name: self[layer.weight].name, role: .weight, integers: old.with(weights))
    replaceParameters(of: layer, weight: weight, bias: bias(of: layer, old.encoding, biases))
  }

  /// Other biases of a layer; those that it did not have stand for products of both scales.
  private func bias(of layer: Layer, _ weights: IntegerEncoding, _ biases: [Int32]) -> Parameter? {
    if let id = layer.bias, let old = self[id].integers {
      return Parameter(name: self[id].name, role: .bias, integers: old.with(biases))
    }
    let input = self[nodes[layer.nodeIndex].inputs[0]].integers?.scales[0] ?? 1
    let encoding = IntegerEncoding(
      .int32, scales: weights.scales.map { max($0 * input, .leastNonzeroMagnitude) },
      zeroPoints: weights.scales.map { _ in 0 }, axis: weights.scales.count == 1 ? nil : 0)
    return IntegerTensor(shape: [layer.rows], integers: biases, encoding: encoding).map {
      Parameter(name: layer.name + ".bias", role: .bias, integers: $0)
    }
  }

  /// One a row; zeros where there are none.
  func integerBiases(of layer: Layer) -> [Int] {
    layer.bias.flatMap { self[$0].integers }?.integers.map { Int($0) }
      ?? Array(repeating: 0, count: layer.rows)
  }
}

/// What becomes of one layer of an integer graph.
private struct ExactSettlement {
  /// For each weight that is not zero whether it reads a constant that belongs in the bias.
  var moves: [Bool]
  /// With what such weights bring; each fits 32 bits.
  var biases: [Int]

  /// - Parameters:
  ///   - positions: of weights that are not zero.
  ///   - sums: nil for a layer that is not of int8.
  init(
    _ layer: Layer, _ positions: [Int], _ reading: UnitTrace.Reading, _ ranges: ByteRanges, _ sums: ByteSums?
  ) {
    moves = Array(repeating: false, count: positions.count)
    biases = ranges.graph.integerBiases(of: layer)
    let node = ranges.graph.nodes[layer.nodeIndex]
    let axis = layer.window == nil ? ranges.graph.extent(node.inputs[0]).count - 1 : 0
    guard let sums, let weights = ranges.graph[layer.weight].integers?.integers,
      let zero = ranges.encoding(node.inputs[0])?.zeroPoint,
      let bytes = ranges.bytes(node.inputs[0], along: axis)
    else { return }
    var moved = biases
    for (index, position) in positions.enumerated() {
      let (row, column) = position.quotientAndRemainder(dividingBy: layer.columns)
      let byte = bytes[reading.place(row: row, column: column)]
      guard byte.isOne, byte.lowerBound == zero || sums.isInside[column % layer.taps] else { continue }
      moves[index] = true
      moved[row] += Int(weights[position]) * (byte.lowerBound - Int(zero))
    }
    for row in 0..<layer.rows where sums.rows[row]?.isOne == true {
      moved[row] = biases[row] + sums.sums[row].lowerBound
    }
    for (index, position) in positions.enumerated() {
      let row = position / layer.columns
      if sums.rows[row]?.isOne == true { moves[index] = true }
      // Beyond 32 bits: the row stays as it is.
      if Int32(exactly: moved[row]) == nil { moves[index] = false }
    }
    for row in 0..<layer.rows where Int32(exactly: moved[row]) != nil { biases[row] = moved[row] }
  }
}
