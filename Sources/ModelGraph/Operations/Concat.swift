struct Concat: SameNumbers {
  let axis: Int

  var operation: Operation { .concat(axis: axis) }
  var name: String { "concat" }
  var arity: ClosedRange<Int> { 1...Int.max }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    try given.check(axis: axis)
    var joined = given[0]
    for shape in given.shapes.dropFirst() {
      var (same, other) = (joined, shape)
      guard shape.count == joined.count else {
        throw given.unfit("\(joined) and \(shape) do not join")
      }
      (same[axis], other[axis]) = (0, 0)
      guard same == other else {
        throw given.unfit("\(joined) and \(shape) do not join on axis \(axis)")
      }
      joined[axis] += shape[axis]
    }
    return [joined]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    .joining(inputs)
  }

  var probability: Probability { .none }

  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool {
    Set(node.inputs).count > 1
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let parts = node.inputs.map { trace.track(of: $0) }
    if parts.allSatisfy({ $0.axis == axis }) {
      return UnitTrack(
        axis: axis, units: parts.flatMap(\.units), constants: parts.flatMap(\.constants))
    }
    guard parts.allSatisfy({ $0.axis == parts[0].axis }) else {
      for part in parts { trace.pin(part) }
      return trace.pinnedTrack(output, axis: axis)
    }
    for part in parts.dropFirst() {
      for (a, b) in zip(parts[0].units, part.units) { trace.join(a, b) }
    }
    return parts[0].mapping { position, constant in
      parts.allSatisfy { $0.constants[position] == constant } ? constant : nil
    }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .joined(axis: axis) }
  var exactForm: ExactForm? { .concat(axis: axis) }
}
