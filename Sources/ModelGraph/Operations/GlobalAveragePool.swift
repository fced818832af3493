struct GlobalAveragePool: OneInput, NewNumbers, NoParameters {
  var operation: Operation { .globalAveragePool }
  var name: String { "global-average-pool" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    guard let channels = given[0].first else { throw given.unfit("its input has no channel axis") }
    return [[channels] + given[0].dropFirst().map { _ in 1 }]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { inputs[0] }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    trace.pooled(output, node) { _ in true }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { .mean }
  var exactForm: ExactForm? { .mean }

  func streamForm(of node: Node, in graph: Graph) -> StreamForm {
    .places(mixing: Set(graph[node.inputs[0]].shape.indices.dropFirst()))
  }
}
