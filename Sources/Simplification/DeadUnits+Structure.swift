// Units and constants through what joins values or moves their elements: binary operations,
// concatenation, reshapes.

import ModelGraph
import Tensors

extension UnitTrace {
  // MARK: Binary operations

  /// One side of a binary operation, seen along the axis on which the result is cut.
  private struct Side {
    enum Fit {
      /// Its units are the result's.
      case aligned
      /// It has one position there, which all of the result's read.
      case broadcast
      /// It is cut along another axis.
      case crossed
    }

    let track: Track
    let fit: Fit

    /// The constant at a position of the result.
    func constant(_ position: Int) -> Float? {
      if fit == .aligned { return track.constants[position] }
      guard let first = track.constants.first, let first else { return nil }
      return track.constants.allSatisfy { $0 == first } ? first : nil
    }
  }

  mutating func binary(_ operation: BinaryOperator, _ node: Node) -> Track {
    let axis = sharedAxis(node)
    let sides = node.inputs.map { side($0, of: node.output, axis: axis) }
    for side in sides where side.fit != .aligned { pin(side.track) }
    // A divisor that nobody reads has to stay what it is.
    let divides = operation == .divide && !isConstantNode(node.inputs[1])
    if divides { pin(sides[1].track) }
    let aligned = sides.filter { $0.fit == .aligned }
    var track = aligned.first?.track ?? pinnedTrack(node.output, axis: axis)
    if aligned.count == 2 {
      for (a, b) in zip(aligned[0].track.units, aligned[1].track.units) { join(a, b) }
    }
    if sides.contains(where: { $0.fit == .crossed }) { pin(track) }
    track.axis = axis
    return track.mapping { position, _ in
      operation.value(sides[0].constant(position), sides[1].constant(position))
    }
  }

  private func isConstantNode(_ value: ValueID) -> Bool {
    if case .constant = graph.producer(of: value)?.operation { return true }
    return false
  }

  /// The axis of a value as an axis of a result that it is broadcast to from the right.
  private func axis(of value: ValueID, in output: ValueID) -> Int {
    track(of: value).axis + extent(output).count - extent(value).count
  }

  /// The longer of the axes along which the operands are cut and as long as the result.
  private func sharedAxis(_ node: Node) -> Int {
    let shape = extent(node.output)
    let axes = node.inputs.filter { value in
      shape[axis(of: value, in: node.output)] == track(of: value).units.count
    }.map { axis(of: $0, in: node.output) }
    return axes.max { shape[$0] < shape[$1] } ?? 0
  }

  private func side(_ value: ValueID, of output: ValueID, axis: Int) -> Side {
    let track = track(of: value)
    let (shape, result) = (extent(value), extent(output))
    let own = axis - (result.count - shape.count)
    let size = own >= 0 ? shape[own] : 1
    if own == track.axis && size == result[axis] { return Side(track: track, fit: .aligned) }
    return Side(track: track, fit: size == 1 && result[axis] > 1 ? .broadcast : .crossed)
  }

  // MARK: Concatenation

  mutating func concat(_ node: Node, axis: Int) -> Track {
    let parts = node.inputs.map { track(of: $0) }
    if parts.allSatisfy({ $0.axis == axis }) {
      return Track(
        axis: axis, units: parts.flatMap(\.units), constants: parts.flatMap(\.constants))
    }
    guard parts.allSatisfy({ $0.axis == parts[0].axis }) else {
      for part in parts { pin(part) }
      return pinnedTrack(node.output, axis: axis)
    }
    for part in parts.dropFirst() {
      for (a, b) in zip(parts[0].units, part.units) { join(a, b) }
    }
    return parts[0].mapping { position, constant in
      parts.allSatisfy { $0.constants[position] == constant } ? constant : nil
    }
  }

  // MARK: Reshapes

  /// Units behind a reshape: what shares a position of the new axis goes together. Of the axes that
  /// the new shape has, the one that joins fewest.
  mutating func reshape(_ node: Node) -> Track {
    let old = track(of: node.inputs[0])
    let (from, to) = (extent(node.inputs[0]), extent(node.output))
    let source = Places(shape: from, axis: old.axis)
    let choices = to.indices.map { Places(shape: to, axis: $0) }
    let counts = choices.map { parts(source, $0, elements: from.elementCount) }
    let axis = to.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0
    let target = choices[axis]
    var units = [Int?](repeating: nil, count: target.count)
    var constants = [Float?](repeating: nil, count: target.count)
    for element in 0..<from.elementCount {
      let (a, b) = (source.place(element), target.place(element))
      guard let unit = units[b] else {
        (units[b], constants[b]) = (old.units[a], old.constants[a])
        continue
      }
      if unit != old.units[a] { join(unit, old.units[a]) }
      if constants[b] != old.constants[a] { constants[b] = nil }
    }
    return Track(axis: axis, units: units.compactMap { $0 }, constants: constants)
  }

  /// The position along an axis of each element of a row-major array.
  private struct Places {
    let count: Int
    private let inner: Int

    init(shape: [Int], axis: Int) {
      (count, inner) = (shape[axis], shape[(axis + 1)...].elementCount)
    }

    func place(_ element: Int) -> Int { element / inner % count }
  }

  /// How many parts remain independent if positions of two axes that share elements are joined.
  private func parts(_ a: Places, _ b: Places, elements: Int) -> Int {
    var parents = Array(0..<a.count + b.count)
    func root(_ index: Int) -> Int {
      var index = index
      while parents[index] != index {
        parents[index] = parents[parents[index]]
        index = parents[index]
      }
      return index
    }
    var parts = parents.count
    for element in 0..<elements {
      let (x, y) = (root(a.place(element)), root(a.count + b.place(element)))
      guard x != y else { continue }
      parents[max(x, y)] = min(x, y)
      parts -= 1
    }
    return parts
  }
}

extension BinaryOperator {
  /// The result where it is a constant; 0 times anything is.
  func value(_ a: Float?, _ b: Float?) -> Float? {
    if self == .multiply && (a == 0 || b == 0) { return 0 }
    guard let a, let b else { return nil }
    switch self {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide: return a / b
    }
  }
}
