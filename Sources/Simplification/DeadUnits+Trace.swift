// Units and constants from node to node, in running order: layers, and what works on each unit
// alone.

import Foundation
import ModelGraph
import Tensors

/// Gives every value its units.
struct UnitTrace {
  /// The positions along one axis of a value. A scalar counts as one position.
  struct Track {
    var axis: Int
    var units: [Int]
    /// For each position the number that all its elements always are; nil: they are not one.
    var constants: [Float?]
  }

  /// How a layer's weights read its input.
  struct Reading {
    /// Columns that read the same position.
    let taps: Int
    let rowsPerGroup: Int
    let placesPerGroup: Int
    /// Of the input by position; empty where that is pinned and so need not be followed.
    var units: [Int] = []
    /// For each weight of the layer whether it reads a constant that belongs in the bias.
    var moves: [Bool] = []
    /// For each row what such weights add to the bias.
    var sums: [Double] = []

    /// The input position that a weight reads.
    func place(row: Int, column: Int) -> Int {
      row / rowsPerGroup * placesPerGroup + column / taps
    }
  }

  let graph: Graph
  private let numbers: [LayerNumbers]
  /// By value; nil for one that no node makes.
  private(set) var tracks: [Track?]
  /// By layer.
  private(set) var readings: [Reading] = []
  private var parents: [Int] = []
  private var pins: [Int] = []

  init(_ graph: Graph, numbers: [LayerNumbers]) {
    (self.graph, self.numbers) = (graph, numbers)
    tracks = Array(repeating: nil, count: graph.values.count)
  }

  mutating func run() {
    for input in graph.inputs { tracks[input.index] = pinnedTrack(input, axis: 0) }
    for node in graph.nodes { tracks[node.output.index] = track(node) }
    for output in graph.outputs { pin(track(of: output)) }
    // From here on every unit knows its root.
    for index in parents.indices { parents[index] = find(index) }
  }

  // MARK: Units

  var unitCount: Int { parents.count }
  /// Those that have to stay.
  var pinnedUnits: [Int] { Array(Set(pins.map { parents[$0] })) }

  /// The units of a value's positions; none for a value that no node makes.
  ///
  /// - Precondition: the trace has run.
  func units(of value: ValueID) -> [Int] { roots(of: tracks[value.index]?.units ?? []) }
  func roots(of units: [Int]) -> [Int] { units.map { parents[$0] } }

  /// The unit that stands for all it was joined with.
  mutating func find(_ unit: Int) -> Int {
    var unit = unit
    while parents[unit] != unit {
      parents[unit] = parents[parents[unit]]
      unit = parents[unit]
    }
    return unit
  }

  mutating func join(_ a: Int, _ b: Int) {
    let (a, b) = (find(a), find(b))
    parents[max(a, b)] = min(a, b)
  }

  mutating func pin(_ track: Track) { pins += track.units }

  mutating func freshTrack(_ value: ValueID, axis: Int, constants: [Float?]? = nil) -> Track {
    let size = extent(value)[axis]
    let first = parents.count
    parents += first..<first + size
    return Track(
      axis: axis, units: Array(first..<first + size),
      constants: constants ?? Array(repeating: nil, count: size))
  }

  mutating func pinnedTrack(_ value: ValueID, axis: Int) -> Track {
    let track = freshTrack(value, axis: axis)
    pin(track)
    return track
  }

  func track(of value: ValueID) -> Track {
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

  // MARK: Nodes

  private mutating func track(_ node: Node) -> Track {
    switch node.operation {
    case .convolution(let c): return convolution(c, node)
    case .dense: return dense(node)
    case .activation(let function):
      return track(of: node.inputs[0]).mapping { $1.map(function.value) }
    case .affine(let scale, let shift): return affine(scale, shift, node)
    case .prelu(let slope): return prelu(graph[slope].tensor, node)
    case .softmax:
      let track = track(of: node.inputs[0])
      pin(track)
      return track.mapping { _, _ in nil }
    case .maxPool(let window):
      let sees = window.alwaysSees(extent(node.inputs[0]))
      return pool(node) { _ in sees }
    case .averagePool(let window, let countsPadding):
      let sees = window.alwaysSees(extent(node.inputs[0]))
      return pool(node) { sees && ($0 == 0 || window.isUnpadded || !countsPadding) }
    case .spatialMean: return pool(node) { _ in true }
    case .binary(let operation): return binary(operation, node)
    case .constant(let parameter): return constant(graph[parameter].tensor, node)
    case .concat(let axis): return concat(node, axis: axis)
    case .pad(let padding): return pad(padding, node)
    case .reshape: return reshape(node)
    case .transpose(let permutation):
      var track = track(of: node.inputs[0])
      track.axis = permutation.firstIndex(of: track.axis) ?? 0
      return track
    case .select(let places):
      let track = track(of: node.inputs[0])
      return track.axis == extent(node.output).count - 1 ? track.selecting(places) : track
    }
  }

  private mutating func convolution(_ c: Convolution, _ node: Node) -> Track {
    let input = track(of: node.inputs[0])
    let (channels, rows) = (extent(node.inputs[0])[0], extent(node.output)[0])
    var reading = Reading(
      taps: c.window.kernel.elementCount, rowsPerGroup: rows / c.groups,
      placesPerGroup: channels / c.groups)
    guard input.axis == 0 else {
      pin(input)
      return pinnedLayer(node, reading)
    }
    let constants = input.constants.map { $0 == 0 || c.window.isUnpadded ? $0 : nil }
    if c.groups == 1 {
      reading.units = input.units
      return freshTrack(node.output, axis: 0, constants: rowConstants(&reading, constants))
    }
    guard c.groups == channels else {
      pin(input)
      return pinnedLayer(node, reading, constants)
    }
    // Depthwise: a channel and its filters go together.
    let found = rowConstants(&reading, constants)
    return Track(
      axis: 0, units: (0..<rows).map { input.units[$0 / (rows / channels)] }, constants: found)
  }

  private mutating func dense(_ node: Node) -> Track {
    let input = track(of: node.inputs[0])
    let rows = extent(node.output).count - 1
    var reading = Reading(taps: 1, rowsPerGroup: numbers[readings.count].rows, placesPerGroup: 0)
    let isFollowed = input.axis == graph[node.inputs[0]].shape.count - 1
    if isFollowed { reading.units = input.units } else { pin(input) }
    return freshTrack(
      node.output, axis: rows,
      constants: rowConstants(&reading, isFollowed ? input.constants : nil))
  }

  private mutating func pinnedLayer(
    _ node: Node, _ reading: Reading, _ constants: [Float?]? = nil
  ) -> Track {
    var reading = reading
    let found = rowConstants(&reading, constants)
    var track = pinnedTrack(node.output, axis: 0)
    track.constants = found
    return track
  }

  /// Adds the reading of the next layer, and gives the rows that are constant.
  ///
  /// - Parameter constants: for each input position a constant that may move to the bias.
  private mutating func rowConstants(_ reading: inout Reading, _ constants: [Float?]?) -> [Float?] {
    let layer = numbers[readings.count]
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
    var biases = zip(layer.biases, reading.sums).map { Float(Double($0) + $1) }
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

  private func affine(_ scale: ParameterID, _ shift: ParameterID, _ node: Node) -> Track {
    let track = track(of: node.inputs[0])
    let (scales, shifts) = (graph[scale].tensor.values, graph[shift].tensor.values)
    guard track.axis == 0 else { return track.mapping { _, _ in nil } }
    return track.mapping { position, constant in
      constant.map { $0 * scales[position] + shifts[position] }
    }
  }

  private func prelu(_ slope: Tensor, _ node: Node) -> Track {
    let track = track(of: node.inputs[0])
    let rank = extent(node.output).count
    let shape = Array(repeating: 1, count: rank - slope.shape.count) + slope.shape
    let slices = slope.reshaped(to: shape).uniformSlices(along: track.axis)
    return track.mapping { position, constant in
      guard let constant, constant < 0 else { return constant }
      return slices[slices.count == 1 ? 0 : position].map { $0 * constant }
    }
  }

  /// Windows over the plane of each channel, and means of it.
  private mutating func pool(_ node: Node, keeps: (Float) -> Bool) -> Track {
    let track = track(of: node.inputs[0])
    guard track.axis == 0 else {
      pin(track)
      return pinnedTrack(node.output, axis: 0)
    }
    return track.mapping { $1.flatMap { keeps($0) ? $0 : nil } }
  }

  private mutating func pad(_ padding: Padding, _ node: Node) -> Track {
    let track = track(of: node.inputs[0])
    if padding.before.isEmpty { return track }
    guard padding.before[track.axis] == 0, padding.after[track.axis] == 0 else {
      pin(track)
      return pinnedTrack(node.output, axis: track.axis)
    }
    guard case .constant(let border) = padding.mode,
      (padding.before + padding.after).contains(where: { $0 > 0 })
    else { return track }
    return track.mapping { $1 == border ? $1 : nil }
  }

  /// A constant is cut along its longest axis.
  private mutating func constant(_ tensor: Tensor, _ node: Node) -> Track {
    let shape = extent(node.output)
    let axis = shape.indices.max { (shape[$0], -$0) < (shape[$1], -$1) } ?? 0
    return freshTrack(
      node.output, axis: axis,
      constants: tensor.reshaped(to: shape).uniformSlices(along: axis))
  }
}

extension UnitTrace.Track {
  /// The same units with other constants; what is not finite is none.
  func mapping(_ transform: (Int, Float?) -> Float?) -> Self {
    var track = self
    track.constants = constants.enumerated().map { position, constant in
      transform(position, constant).flatMap { $0.isFinite ? $0 : nil }
    }
    return track
  }
}

extension UnitTrace.Track {
  /// These positions alone.
  func selecting(_ places: [Int]) -> Self {
    Self(axis: axis, units: places.map { units[$0] }, constants: places.map { constants[$0] })
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

extension Window {
  var isUnpadded: Bool { (padBefore + padAfter).allSatisfy { $0 == 0 } }

  /// Whether every place of the window sees some of the image and not its padding alone.
  func alwaysSees(_ shape: [Int]) -> Bool {
    (0..<2).allSatisfy { axis in
      let size = shape[axis + 1]
      return (0..<(outputSize(size, axis: axis) ?? 0)).allSatisfy { place in
        (0..<kernel[axis]).contains { tap in
          (0..<size).contains(place * strides[axis] + tap * dilations[axis] - padBefore[axis])
        }
      }
    }
  }
}

extension Activation {
  /// The function of one number.
  func value(_ x: Float) -> Float {
    switch self {
    case .relu: return max(x, 0)
    case .leakyRelu(let alpha): return x > 0 ? x : alpha * x
    case .clip(let low, let high): return min(max(x, low), high)
    case .sigmoid: return Float(1 / (1 + exp(-Double(x))))
    case .tanh: return Float(Foundation.tanh(Double(x)))
    case .hardSigmoid(let alpha, let beta): return min(max(alpha * x + beta, 0), 1)
    case .hardSwish: return x * min(max(x / 6 + 0.5, 0), 1)
    }
  }
}
