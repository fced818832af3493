/// [..., T, ...] and [..., N, ...] to [..., T, ...]: the last T of both, one behind the other along an axis. A window over
/// the last T of a stream that is given N at a time.
struct Slide: SameNumbers {
  let axis: Int

  var operation: Operation { .slide(axis: axis) }
  var name: String { "slide" }
  var arity: ClosedRange<Int> { 2...2 }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    try given.check(axis: axis)
    var (window, new) = (given[0], given[1])
    guard new.count == window.count, new[axis] <= window[axis] else {
      throw given.unfit("\(new) does not come behind \(window) on axis \(axis)")
    }
    (window[axis], new[axis]) = (0, 0)
    guard window == new else { throw given.unfit("\(given[1]) does not come behind \(given[0]) on axis \(axis)") }
    return [given[0]]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { .joining(inputs) }
  var probability: Probability { .none }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { Set(node.inputs).count > 1 }

  /// The axis that it slides on is pinned: what is at a place of it is somewhere else at the next frame.
  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let parts = node.inputs.map { trace.track(of: $0) }
    guard parts.allSatisfy({ $0.axis == parts[0].axis && $0.axis != axis }) else {
      for part in parts { trace.pin(part) }
      return trace.pinnedTrack(output, axis: axis)
    }
    for (a, b) in zip(parts[0].units, parts[1].units) { trace.join(a, b) }
    return parts[0].mapping { position, constant in parts[1].constants[position] == constant ? constant : nil }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var overwrites: Overwrites { .first }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .whole }
  var exactForm: ExactForm? { .slide(axis: axis) }
}
