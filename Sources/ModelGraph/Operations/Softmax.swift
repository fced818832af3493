struct Softmax: OneInput, NewNumbers, NoParameters {
  let axis: Int
  /// Above 0.
  let beta: Float

  var operation: Operation { .softmax(axis: axis, beta: beta) }
  var name: String { "softmax" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    try given.check(axis: axis)
    guard beta > 0, beta.isFinite else { throw given.unfit("its beta \(beta) is not above 0") }
    return [given[0]]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { 0...1 }
  var probability: Probability { .distribution }
  var byteScale: ByteScale { .given(1.0 / 255) }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let track = trace.track(of: node.inputs[0])
    trace.pin(track)
    return track.mapping { _, _ in nil }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .places(mixing: [axis]) }
  var exactForm: ExactForm? { .softmax(axis: axis, beta: beta) }
}
