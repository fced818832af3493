// Dead units go first.
//
// A unit is one position along a value's channel axis: an output channel of a convolution, an
// output of a dense layer. On nets that are pruned hard whole units are dead, in two ways. One
// whose filter has no weight left gives the same number for every sample: what its bias becomes
// behind activation, batch normalization and pools. Where a layer reads such a constant, weight
// times constant belongs in that layer's bias, and the weight can go; but not behind zero padding,
// where the border reads 0 and not the constant (a constant 0 can always go). And one that no
// layer reads, since its columns have no weight left or only dead rows have, may hold anything at
// all.
//
// Three steps. `UnitTrace` (ModelGraph) walks the nodes forward and gives every position a unit, and
// its constant if it has one. Then units are marked backward from the pinned ones, through the
// weights of rows that are read: what is never reached is dead, however long the chain. Last, weights
// of dead rows and constants are dropped, which changes numbers but no shape (`foldingDeadUnits`),
// and rows, columns and all that belongs to dead units are cut out, which changes shapes but no
// answer (`withoutDeadUnits`). This is repeated until nothing changes: a smaller shape may be followed
// where a larger one was not, such as a depthwise convolution of which one channel is left.
//
// At least one unit of every value stays, so that every node and every layer keeps its place.
// Values are taken to be finite: 0 times anything is 0.

import ModelGraph
import Tensors

/// What is dead in a graph.
package struct DeadUnits {
  /// What becomes of one layer.
  package struct Settlement {
    /// For each weight of ``UnitTrace/Numbers``, whether it stays.
    package var stays: [Bool]
    /// With what constants brought; 0 for rows that nobody reads.
    package var biases: [Float]
    /// Whether a row that is read has another bias than before.
    package var movesBiases = false
  }

  /// For each layer, in running order.
  package let settlements: [Settlement]
  /// For each value the axis along which it is cut, and which positions stay; nil: all.
  package let cuts: [UnitCut?]

  /// - Parameter numbers: of each layer of the graph, in running order.
  /// - Complexity: O(weights + elements of reshaped values), nearly.
  package init(_ graph: Graph, numbers: [UnitTrace.Numbers]) {
    let trace = UnitTrace(graph, numbers: numbers)
    let read = ReadUnits(trace, weights: numbers.map(\.weights), moves: trace.readings.map(\.moves))
    settlements = numbers.indices.map {
      Self.settlement(numbers[$0], trace.readings[$0], rowsRead: read.rows(of: $0))
    }
    cuts = read.cuts
  }

  private static func settlement(
    _ layer: UnitTrace.Numbers, _ reading: UnitTrace.Reading, rowsRead: [Bool]
  ) -> Settlement {
    var settlement = Settlement(
      stays: zip(layer.weights.positions, reading.moves).map {
        rowsRead[$0 / layer.weights.columns] && !$1
      },
      biases: [])
    for row in layer.biases.indices {
      let bias = Float(Double(layer.biases[row]) + reading.sums[row])
      settlement.biases.append(rowsRead[row] ? bias : 0)
      if rowsRead[row] && bias != layer.biases[row] { settlement.movesBiases = true }
    }
    return settlement
  }

  /// Whether there is nothing to do.
  package var areNone: Bool {
    cuts.allSatisfy { $0 == nil }
      && settlements.allSatisfy { !$0.movesBiases && $0.stays.allSatisfy { $0 } }
  }
}

extension Graph {
  /// The same function and the same shapes: weights that read constants moved into biases, and dead
  /// units without weights and with biases of 0. Answers change by float rounding alone.
  ///
  /// - Precondition: layers share no parameters with one another, as in a student.
  package func foldingDeadUnits() -> Graph {
    var folded = self
    let layers = layers
    let numbers = layers.map(numbers)
    let dead = DeadUnits(self, numbers: numbers)
    guard !dead.areNone else { return self }
    for (index, layer) in layers.enumerated() {
      var weight = self[layer.weight].tensor
      let settlement = dead.settlements[index]
      for (position, stays) in zip(numbers[index].weights.positions, settlement.stays) where !stays {
        weight.values[position] = 0
      }
      folded.setParameter(layer.weight, to: weight)
      let bias = Tensor(shape: [layer.rows], values: settlement.biases)
      if let id = layer.bias {
        folded.setParameter(id, to: bias)
      } else if settlement.movesBiases {
        folded.replaceParameters(of: layer, weight: weight, bias: bias)
      }
    }
    return folded
  }

  /// The same function, physically smaller; nodes, layers, inputs and outputs stay as they are.
  ///
  /// - Precondition: layers share no parameters with one another, as in a student.
  package func withoutDeadUnits() -> Graph {
    var small = self
    while true {
      let folded = small.foldingDeadUnits()
      let next = folded.cut(by: DeadUnits(folded, numbers: folded.layers.map(folded.numbers)).cuts)
      if next == small { return small }
      small = next
    }
  }

  private func numbers(of layer: Layer) -> UnitTrace.Numbers {
    (
      SparseMatrix(self[layer.weight].tensor.values, rows: layer.rows, columns: layer.columns),
      layer.bias.map { self[$0].tensor.values } ?? Array(repeating: 0, count: layer.rows)
    )
  }
}
