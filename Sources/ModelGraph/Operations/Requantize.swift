/// The encoding of the output is said by its value; in numbers nothing changes.
struct Requantize: OneInput, SameNumbers {
  var operation: Operation { .requantize }
  var name: String { "requantize" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] { [given[0]] }
  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { inputs[0] }
  var probability: Probability { .asInput }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    trace.track(of: node.inputs[0])
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { .same }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .places(mixing: []) }
  var exactForm: ExactForm? { .requantize }
}
