// Which units of a graph anything depends on: marked backward from the pinned ones, through the
// weights of rows that are read. What is never reached is dead, however long the chain.

import ModelGraph
import Tensors

/// The units that are read, and what can be cut because of it.
struct ReadUnits {
  private let trace: UnitTrace
  /// By layer, the units of its rows.
  private let rowUnits: [[Int]]
  /// By unit.
  private var isRead: [Bool]

  /// - Parameters:
  ///   - weights: of each layer of the traced graph, in running order.
  ///   - moves: for each of the weights whether it reads nothing but a constant that its layer's bias
  ///     takes in.
  init(_ trace: UnitTrace, weights: [SparseMatrix<Float>], moves: [[Bool]]) {
    self.trace = trace
    rowUnits = trace.graph.layers.map { trace.units(of: trace.graph.nodes[$0.nodeIndex].output) }
    isRead = Array(repeating: false, count: trace.unitCount)
    mark(weights, moves)
  }

  private mutating func mark(_ weights: [SparseMatrix<Float>], _ moves: [[Bool]]) {
    var rows: [Int: [(layer: Int, row: Int)]] = [:]
    for (layer, units) in rowUnits.enumerated() {
      for (row, unit) in units.enumerated() { rows[unit, default: []].append((layer, row)) }
    }
    let starts = weights.map(\.rowStarts)
    let inputs = trace.readings.map { trace.roots(of: $0.units) }
    var waiting = trace.pinnedUnits
    for unit in waiting { isRead[unit] = true }
    while let unit = waiting.popLast() {
      for (layer, row) in rows[unit] ?? [] where !inputs[layer].isEmpty {
        for index in starts[layer][row]..<starts[layer][row + 1] where !moves[layer][index] {
          let column = weights[layer].positions[index] % weights[layer].columns
          let next = inputs[layer][trace.readings[layer].place(row: row, column: column)]
          if !isRead[next] { waiting.append(next) }
          isRead[next] = true
        }
      }
    }
  }

  /// For each row of a layer whether it is read.
  func rows(of layer: Int) -> [Bool] { rowUnits[layer].map { isRead[$0] } }

  /// For each value which positions stay, those of units that are read, and where there are none,
  /// one; nil: all.
  var cuts: [UnitCut?] {
    var kept = isRead
    let units = trace.graph.values.indices.map { trace.units(of: ValueID($0)) }
    var spares = true
    while spares {
      spares = false
      for positions in units where !positions.isEmpty && !positions.contains(where: { kept[$0] }) {
        kept[positions[0]] = true
        spares = true
      }
    }
    return units.enumerated().map { value, positions in
      let stay = positions.indices.filter { kept[positions[$0]] }
      guard stay.count < positions.count, let axis = trace.tracks[value]?.axis else { return nil }
      return UnitCut(axis: axis, kept: stay)
    }
  }
}
