struct AveragePool: NewNumbers, NoParameters {
  let window: Window
  let countsPadding: Bool

  var operation: Operation { .averagePool(window, countsPadding: countsPadding) }
  var name: String { "average-pool" }
  var arity: ClosedRange<Int> { 1...1 }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    [try given.pooled(window)]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    inputs[0].joined(with: .zero)
  }

  var probability: Probability { .none }
  var byteScale: ByteScale { .kept }

  func units(of node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let sees = window.alwaysSees(trace.extent(node.inputs[0]))
    return trace.pooled(node) { sees && ($0 == 0 || window.isUnpadded || !countsPadding) }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
}
