import Foundation

struct LogSoftmax: OneInput, NewNumbers, NoParameters {
  let axis: Int

  var operation: Operation { .logSoftmax(axis: axis) }
  var name: String { "log-softmax" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    try given.check(axis: axis)
    return [given[0]]
  }

  /// The least is where all others are as large as they may be.
  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    let width = inputs[0].upperBound - inputs[0].lowerBound
    let count = graph[node.output].shape[axis]
    return width.isNaN ? -Double.infinity...0 : -(width + log(Double(count)))...0
  }

  var byteScale: ByteScale { .given(1.0 / 8) }

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
  var exactForm: ExactForm? { .logSoftmax(axis: axis) }
}
