struct MaxPool: NoParameters {
  let window: Window

  var operation: Operation { .maxPool(window) }
  var name: String { "max-pool" }
  var arity: ClosedRange<Int> { 1...1 }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    [try given.pooled(window)]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    inputs[0].joined(with: .zero)
  }

  /// Blind to what is below the least that it ever gives: a border of huge negative numbers before
  /// it is never seen.
  func readRange(of read: Interval, seen: Interval) -> Interval {
    read.clamped(to: seen.lowerBound...(.infinity))
  }

  var probability: Probability { .none }
  var byteScale: ByteScale { .kept }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }

  func units(of node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let sees = window.alwaysSees(trace.extent(node.inputs[0]))
    return trace.pooled(node) { _ in sees }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
}
