import Tensors

struct Constant: NewNumbers, NoLayer {
  var parameter: ParameterID

  var operation: Operation { .constant(parameter) }
  var name: String { "constant" }
  var arity: ClosedRange<Int> { 0...0 }
  mutating func visitParameters(_ visit: (inout ParameterID) -> Void) { visit(&parameter) }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    [given.shape(of: parameter)]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    graph.range(of: parameter)
  }

  /// A constant is cut along its longest axis.
  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let shape = trace.extent(output)
    let axis = shape.indices.max { (shape[$0], -$0) < (shape[$1], -$1) } ?? 0
    return trace.freshTrack(
      output, axis: axis,
      constants: trace.graph[parameter].tensor.reshaped(to: shape).uniformSlices(along: axis))
  }

  mutating func cut(_ cutting: inout UnitCutting) {
    if let output = cutting.output { cutting.slice(&parameter, [output.axis: output.kept]) }
  }

  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .constant }
  var exactForm: ExactForm? { .constant(parameter) }
}
