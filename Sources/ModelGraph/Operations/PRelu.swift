import Tensors

struct PRelu: OneInput, NewNumbers, NoLayer {
  /// Broadcasts over the sample from the right.
  var slope: ParameterID

  var operation: Operation { .prelu(slope: slope) }
  var name: String { "prelu" }
  mutating func visitParameters(_ visit: (inout ParameterID) -> Void) { visit(&slope) }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    let slopes = given.shape(of: slope)
    guard let joined = try? given.broadcast(given[0], slopes), joined == given[0] else {
      throw given.unfit("slopes \(slopes) do not broadcast to the input \(given[0])")
    }
    return [joined]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    inputs[0].positive.joined(with: inputs[0].negative.times(graph.range(of: slope)))
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let track = trace.track(of: node.inputs[0])
    let slopes = trace.graph[slope].tensor
    let rank = trace.extent(output).count
    let shape = Array(repeating: 1, count: rank - slopes.shape.count) + slopes.shape
    let slices = slopes.reshaped(to: shape).uniformSlices(along: track.axis)
    return track.mapping { position, constant in
      guard let constant, constant < 0 else { return constant }
      return slices[slices.count == 1 ? 0 : position].map { $0 * constant }
    }
  }

  mutating func cut(_ cutting: inout UnitCutting) {
    guard let output = cutting.output else { return }
    let shape = cutting.old[slope].tensor.shape
    let axis = output.axis - (cutting.oldOutputShape.count - shape.count)
    guard axis >= 0, shape[axis] > 1 else { return }
    cutting.slice(&slope, [axis: output.kept])
  }

  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .sameShape }
  var onBlocks: OnBlocks? { nil }
  var exactForm: ExactForm? { .prelu(slope: slope) }

  /// Slopes that differ along an axis tell its places apart.
  func streamForm(of node: Node, in graph: Graph) -> StreamForm {
    let slopes = graph[slope].tensor.shape
    let before = graph[node.inputs[0]].shape.count - slopes.count
    return .places(mixing: Set(slopes.indices.filter { slopes[$0] > 1 }.map { $0 + before }))
  }
}
