// Units and constants from node to node, in running order.
//
// A unit is one position along a value's channel axis: an output channel of a convolution, an output
// of a dense layer. Every position along one axis of every value is given a unit, and its constant if
// it has one. Positions that can only go together (the two sides of a residual addition, a depthwise
// filter and its channel, a channel and its block behind a flatten) share a unit. What cannot go (the
// network's inputs and outputs, the axis of a softmax, whatever an operation mixes in a way that is
// not followed) is pinned. What an operation does with its inputs' units is one of its facts.

import Tensors

/// The positions along one axis of a value. A scalar counts as one position.
package struct UnitTrack {
  package var axis: Int
  package var units: [Int]
  /// For each position the number that all its elements always are; nil: they are not one.
  package var constants: [Float?]

  /// The same units with other constants; what is not finite is none.
  func mapping(_ transform: (Int, Float?) -> Float?) -> UnitTrack {
    var track = self
    track.constants = constants.enumerated().map { position, constant in
      transform(position, constant).flatMap { $0.isFinite ? $0 : nil }
    }
    return track
  }
}

/// Gives every value its units.
package struct UnitTrace {
  /// The weights of a layer that are not zero, and its biases, one a row.
  package typealias Numbers = (weights: SparseMatrix<Float>, biases: [Float])

  /// How a layer's weights read its input.
  package struct Reading {
    /// Columns that read the same position.
    let taps: Int
    let rowsPerGroup: Int
    let placesPerGroup: Int
    /// Of the input by position; empty where that is pinned and so need not be followed.
    package var units: [Int] = []
    /// For each weight of the layer whether it reads a constant that belongs in the bias.
    package var moves: [Bool] = []
    /// For each row what such weights add to the bias.
    package var sums: [Double] = []

    init(taps: Int, rowsPerGroup: Int, placesPerGroup: Int) {
      (self.taps, self.rowsPerGroup) = (taps, rowsPerGroup)
      self.placesPerGroup = placesPerGroup
    }

    /// The input position that a weight reads.
    package func place(row: Int, column: Int) -> Int {
      row / rowsPerGroup * placesPerGroup + column / taps
    }
  }

  package let graph: Graph
  private let numbers: [Numbers]
  /// By value; nil for one that no node makes.
  package private(set) var tracks: [UnitTrack?]
  /// By layer.
  package private(set) var readings: [Reading] = []
  private var sets = DisjointSets(count: 0)
  private var pins: [Int] = []
  /// For each unit the one that stands for all it was joined with.
  private var found: [Int] = []

  /// Follows the units of all values.
  ///
  /// - Parameter numbers: of each layer of the graph, in running order.
  package init(_ graph: Graph, numbers: [Numbers]) {
    (self.graph, self.numbers) = (graph, numbers)
    tracks = Array(repeating: nil, count: graph.values.count)
    for input in graph.inputs { tracks[input.index] = pinnedTrack(input, axis: 0) }
    let shared = graph.layers.filter(\.isShared)
    let (first, all) = (Set(shared.map(\.nodeIndex)), Set(shared.flatMap(\.uses)))
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs {
        tracks[output.index] = all.contains(index)
          ? sharedLayer(output, node, isFirst: first.contains(index))
          : node.operation.facts.units(of: output, node, in: &self)
      }
    }
    for output in graph.outputs { pin(track(of: output)) }
    found = sets.roots
  }

  package var unitCount: Int { sets.count }
  /// Those that have to stay.
  package var pinnedUnits: [Int] { Array(Set(pins.map { found[$0] })) }

  /// The units of a value's positions; none for a value that no node makes.
  package func units(of value: ValueID) -> [Int] { roots(of: tracks[value.index]?.units ?? []) }
  package func roots(of units: [Int]) -> [Int] { units.map { found[$0] } }

  // MARK: What operations are told by

  func track(of value: ValueID) -> UnitTrack {
    guard let track = tracks[value.index] else {
      preconditionFailure("a value is read before it is made")
    }
    return track
  }

  /// The shape, with an axis for a scalar too.
  func extent(_ value: ValueID) -> [Int] {
    let shape = graph[value].shape
    return shape.isEmpty ? [1] : shape
  }

  mutating func join(_ a: Int, _ b: Int) { sets.join(a, b) }

  mutating func pin(_ track: UnitTrack) { pins += track.units }

  mutating func freshTrack(_ value: ValueID, axis: Int, constants: [Float?]? = nil) -> UnitTrack {
    let units = sets.add(extent(value)[axis])
    return UnitTrack(
      axis: axis, units: Array(units),
      constants: constants ?? Array(repeating: nil, count: units.count))
  }

  mutating func pinnedTrack(_ value: ValueID, axis: Int) -> UnitTrack {
    let track = freshTrack(value, axis: axis)
    pin(track)
    return track
  }

  /// Of windows over the plane of each channel, and means of it.
  ///
  /// - Parameter keeps: whether a channel of this constant is the same behind it.
  mutating func pooled(_ output: ValueID, _ node: Node, keeps: (Float) -> Bool) -> UnitTrack {
    let track = track(of: node.inputs[0])
    guard track.axis == 0 else {
      pin(track)
      return pinnedTrack(output, axis: 0)
    }
    return track.mapping { $1.flatMap { keeps($0) ? $0 : nil } }
  }

  // MARK: Layers

  /// The numbers of the layer whose node is reached.
  var nextLayer: Numbers { numbers[readings.count] }

  mutating func pinnedLayer(
    _ output: ValueID, _ reading: Reading, _ constants: [Float?]? = nil
  ) -> UnitTrack {
    var reading = reading
    let found = rowConstants(&reading, constants)
    var track = pinnedTrack(output, axis: 0)
    track.constants = found
    return track
  }

  /// A node of a layer of several: nothing goes in front of it or behind it, since all of them would have to.
  private mutating func sharedLayer(_ output: ValueID, _ node: Node, isFirst: Bool) -> UnitTrack {
    pin(track(of: node.inputs[0]))
    if isFirst {
      var reading = Reading(taps: 1, rowsPerGroup: nextLayer.weights.rows, placesPerGroup: 0)
      _ = rowConstants(&reading, nil)
    }
    return pinnedTrack(output, axis: extent(output).count - 1)
  }

  /// Adds the reading of the next layer, and gives the rows that are constant.
  ///
  /// - Parameter constants: for each input position a constant that may move to the bias.
  mutating func rowConstants(_ reading: inout Reading, _ constants: [Float?]?) -> [Float?] {
    let (layer, oldBiases) = nextLayer
    reading.sums = Array(repeating: 0, count: layer.rows)
    reading.moves = Array(repeating: false, count: layer.positions.count)
    var isConstant = [Bool](repeating: true, count: layer.rows)
    for (index, position) in layer.positions.enumerated() {
      let (row, column) = position.quotientAndRemainder(dividingBy: layer.columns)
      guard let constant = constants?[reading.place(row: row, column: column)] else {
        isConstant[row] = false
        continue
      }
      reading.moves[index] = true
      reading.sums[row] += Double(constant) * Double(layer.values[index])
    }
    var biases = zip(oldBiases, reading.sums).map { Float(Double($0) + $1) }
    for row in biases.indices where !biases[row].isFinite {
      // Beyond what a float holds: the row stays as it is.
      (reading.sums[row], isConstant[row], biases[row]) = (0, false, 0)
      for (index, position) in layer.positions.enumerated() where position / layer.columns == row {
        reading.moves[index] = false
      }
    }
    readings.append(reading)
    return zip(isConstant, biases).map { $0 ? $1 : nil }
  }
}

extension Tensor {
  /// For each position along an axis the one number that it holds; nil where there are several.
  func uniformSlices(along axis: Int) -> [Float?] {
    let inner = shape[(axis + 1)...].elementCount
    var slices = [Float?](repeating: nil, count: shape[axis])
    var seen = [Bool](repeating: false, count: shape[axis])
    for (index, value) in values.enumerated() {
      let position = index / inner % shape[axis]
      if !seen[position] { slices[position] = value }
      if slices[position] != value { slices[position] = nil }
      seen[position] = true
    }
    return slices
  }
}
