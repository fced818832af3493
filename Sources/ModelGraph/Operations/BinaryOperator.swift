/// An elementwise operation on two numbers.
public enum BinaryOperator: String, Equatable, Sendable, Codable {
  case add, subtract, multiply, divide, maximum, minimum
}

extension BinaryOperator: NewNumbers, NoParameters {
  var operation: Operation { .binary(self) }
  var name: String { rawValue }
  var arity: ClosedRange<Int> { 2...2 }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    [try given.broadcast(given[0], given[1])]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    let (a, b) = (inputs[0], inputs[1])
    switch self {
    case .add: return a.plus(b)
    case .subtract: return a.plus(-b.upperBound ... -b.lowerBound)
    case .multiply: return a.times(b)
    case .divide: return a.lowerBound >= 0 && b.lowerBound >= 0 ? 0...(.infinity) : .all
    case .maximum: return max(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
    case .minimum: return min(a.lowerBound, b.lowerBound)...min(a.upperBound, b.upperBound)
    }
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let axis = trace.sharedAxis(node)
    let sides = node.inputs.map { trace.side($0, of: output, axis: axis) }
    for side in sides where side.fit != .aligned { trace.pin(side.track) }
    // A divisor that nobody reads has to stay what it is.
    if self == .divide && !trace.isConstant(node.inputs[1]) { trace.pin(sides[1].track) }
    let aligned = sides.filter { $0.fit == .aligned }
    var track = aligned.first?.track ?? trace.pinnedTrack(output, axis: axis)
    if aligned.count == 2 {
      for (a, b) in zip(aligned[0].track.units, aligned[1].track.units) { trace.join(a, b) }
    }
    if sides.contains(where: { $0.fit == .crossed }) { trace.pin(track) }
    track.axis = axis
    return track.mapping { position, _ in
      value(sides[0].constant(position), sides[1].constant(position))
    }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .always }
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .broadcast }
  var exactForm: ExactForm? { .binary(self) }

  /// The result where it is a constant; 0 times anything is.
  private func value(_ a: Float?, _ b: Float?) -> Float? {
    if self == .multiply && (a == 0 || b == 0) { return 0 }
    guard let a, let b else { return nil }
    switch self {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide: return a / b
    case .maximum: return max(a, b)
    case .minimum: return min(a, b)
    }
  }
}

extension UnitTrace {
  /// One side of a binary operation, seen along the axis on which the result is cut.
  fileprivate struct Side {
    enum Fit {
      /// Its units are the result's.
      case aligned
      /// It has one position there, which all of the result's read.
      case broadcast
      /// It is cut along another axis.
      case crossed
    }

    let track: UnitTrack
    let fit: Fit

    /// The constant at a position of the result.
    func constant(_ position: Int) -> Float? {
      if fit == .aligned { return track.constants[position] }
      guard let first = track.constants.first, let first else { return nil }
      return track.constants.allSatisfy { $0 == first } ? first : nil
    }
  }

  fileprivate func isConstant(_ value: ValueID) -> Bool {
    if case .constant = graph.producer(of: value)?.operation { return true }
    return false
  }

  /// The axis of a value as an axis of a result that it is broadcast to from the right.
  private func axis(of value: ValueID, in output: ValueID) -> Int {
    track(of: value).axis + extent(output).count - extent(value).count
  }

  /// The longer of the axes along which the operands are cut and as long as the result.
  fileprivate func sharedAxis(_ node: Node) -> Int {
    let shape = extent(node.output)
    let axes = node.inputs.filter { value in
      shape[axis(of: value, in: node.output)] == track(of: value).units.count
    }.map { axis(of: $0, in: node.output) }
    return axes.max { shape[$0] < shape[$1] } ?? 0
  }

  fileprivate func side(_ value: ValueID, of output: ValueID, axis: Int) -> Side {
    let track = track(of: value)
    let (shape, result) = (extent(value), extent(output))
    let own = axis - (result.count - shape.count)
    let size = own >= 0 ? shape[own] : 1
    if own == track.axis && size == result[axis] { return Side(track: track, fit: .aligned) }
    return Side(track: track, fit: size == 1 && result[axis] > 1 ? .broadcast : .crossed)
  }
}
