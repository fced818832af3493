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
    let sums = ByteRanges(self, axes: trace).layers
    let settlements = zip(numbers, sums).map { ExactSettlement($0.weights, $1) }
    let read = ReadUnits(trace, weights: numbers.map(\.weights), moves: settlements.map(\.moves))
    var folded = self
    for (index, layer) in layers.enumerated() where sums[index] != nil {
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
    let scales = weights.scales.map {
      min(max($0 * input, .leastNonzeroMagnitude), .greatestFiniteMagnitude)
    }
    let encoding = IntegerEncoding(
      .int32, scales: scales, zeroPoints: scales.map { _ in 0 }, axis: weights.axis)
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
  let moves: [Bool]
  /// With what such weights bring; each fits 32 bits.
  let biases: [Int]

  /// - Parameter sums: nil for a layer that is not of int8, which stays as it is.
  init(_ weights: SparseMatrix<Float>, _ sums: ByteSums?) {
    guard let sums else {
      (moves, biases) = (Array(repeating: false, count: weights.count), [])
      return
    }
    var moved = sums.biases
    let constants = zip(weights.positions, weights.values).map { position, weight in
      let (row, column) = position.quotientAndRemainder(dividingBy: weights.columns)
      let steps = sums.constant(row: row, column: column)
      moved[row] += Int(weight) * (steps ?? 0)
      return steps != nil
    }
    let isOneByte = sums.rows.map { $0?.isOne == true }
    for row in moved.indices where isOneByte[row] {
      moved[row] = sums.biases[row] + sums.sums[row].lowerBound
    }
    // Beyond 32 bits: the row stays as it is.
    let fits = moved.map { Int32(exactly: $0) != nil }
    moves = zip(weights.positions, constants).map { position, isConstant in
      let row = position / weights.columns
      return fits[row] && (isConstant || isOneByte[row])
    }
    biases = moved.indices.map { fits[$0] ? moved[$0] : sums.biases[$0] }
  }
}
