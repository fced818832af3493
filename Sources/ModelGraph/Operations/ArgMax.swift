struct ArgMax: OneInput, NewNumbers, NoParameters {
  let axis: Int
  let ofLeast: Bool

  /// Up to this number float32 has them all.
  static let mostPlaces = 1 << 24

  var operation: Operation { .argMax(axis: axis, ofLeast: ofLeast) }
  var name: String { ofLeast ? "arg-min" : "arg-max" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    try given.check(axis: axis)
    var shape = given[0]
    guard shape[axis] <= Self.mostPlaces else {
      throw given.unfit("\(shape[axis]) places are more than \(Self.mostPlaces)")
    }
    shape[axis] = 1
    return [shape]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    0...Double(graph[node.inputs[0]].shape[axis] - 1)
  }

  var probability: Probability { .place }
  /// In a blob it is no byte.
  var byteScale: ByteScale { .given(1) }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    trace.pin(trace.track(of: node.inputs[0]))
    return trace.pinnedTrack(output, axis: 0)
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .places(mixing: [axis]) }
  var exactForm: ExactForm? { .argMax(axis: axis, ofLeast: ofLeast) }
}
