struct Affine: OneInput, NewNumbers, NoLayer {
  /// One number a channel each.
  var scale, shift: ParameterID

  var operation: Operation { .affine(scale: scale, shift: shift) }
  var name: String { "affine" }

  mutating func visitParameters(_ visit: (inout ParameterID) -> Void) {
    visit(&scale)
    visit(&shift)
  }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    guard let channels = given[0].first else { throw given.unfit("its input has no channel axis") }
    try given.checkVector(scale, count: channels, "scale")
    try given.checkVector(shift, count: channels, "shift")
    return [given[0]]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    inputs[0].times(graph.range(of: scale)).plus(graph.range(of: shift))
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let track = trace.track(of: node.inputs[0])
    let (scales, shifts) = (trace.graph[scale].tensor.values, trace.graph[shift].tensor.values)
    guard track.axis == 0 else { return track.mapping { _, _ in nil } }
    return track.mapping { position, constant in
      constant.map { $0 * scales[position] + shifts[position] }
    }
  }

  mutating func cut(_ cutting: inout UnitCutting) {
    let kept = cutting.output?.axis == 0 ? cutting.output?.kept : nil
    cutting.slice(&scale, [0: kept])
    cutting.slice(&shift, [0: kept])
  }

  var takesActivation: TakesActivation { .amongIntegers }
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { .affine(scale: scale, shift: shift) }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .places(mixing: [0]) }
  var exactForm: ExactForm? { nil }
}
