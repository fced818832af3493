struct Transpose: OneInput, SameNumbers {
  let permutation: [Int]

  var operation: Operation { .transpose(permutation) }
  var name: String { "transpose" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    guard permutation.sorted() == Array(given[0].indices) else {
      throw given.unfit("\(permutation) is not an order of the \(given[0].count) axes")
    }
    return [permutation.map { given[0][$0] }]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { inputs[0] }
  var probability: Probability { .asInput }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    var track = trace.track(of: node.inputs[0])
    track.axis = permutation.firstIndex(of: track.axis) ?? 0
    return track
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .moved(permutation) }
  var exactForm: ExactForm? { .transpose(permutation) }
}
