/// [..., M, K] times [..., K, N]: a matrix for each place of the axes before, which both have alike.
struct MatrixProduct: NewNumbers, NoParameters {
  var operation: Operation { .matrixProduct }
  var name: String { "matrix-product" }
  var arity: ClosedRange<Int> { 2...2 }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    let (a, b) = (given[0], given[1])
    guard a.count >= 2, a.count == b.count, a.dropLast(2) == b.dropLast(2), a[a.count - 1] == b[b.count - 2] else {
      throw given.unfit("\(a) and \(b) are not matrices whose product there is")
    }
    return [a.dropLast() + [b[b.count - 1]]]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    let inner = Double(graph[node.inputs[0]].shape.last ?? 1)
    return inputs[0].times(inputs[1]).times(inner...inner)
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    for input in node.inputs { trace.pin(trace.track(of: input)) }
    return trace.pinnedTrack(output, axis: trace.extent(output).count - 1)
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .product }
  var exactForm: ExactForm? { nil }
}
