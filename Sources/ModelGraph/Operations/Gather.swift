struct Gather: OneInput, SameNumbers {
  /// Of the last axis, ascending.
  var places: [Int]

  var operation: Operation { .gather(places) }
  var name: String { "gather" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    guard let size = given[0].last, let first = places.first, let last = places.last,
      first >= 0, last < size, zip(places, places.dropFirst()).allSatisfy(<)
    else {
      throw given.unfit("its places are not an ascending choice of the last axis of \(given[0])")
    }
    return [given[0].dropLast() + [places.count]]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { inputs[0] }
  var probability: Probability { .asInput }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let track = trace.track(of: node.inputs[0])
    guard track.axis == trace.extent(output).count - 1 else { return track }
    return UnitTrack(
      axis: track.axis, units: places.map { track.units[$0] },
      constants: places.map { track.constants[$0] })
  }

  mutating func cut(_ cutting: inout UnitCutting) {
    guard let input = cutting.input, input.axis == cutting.oldOutputShape.count - 1 else { return }
    let wanted = Set(cutting.output.map { $0.kept.map { places[$0] } } ?? places)
    places = input.kept.indices.filter { wanted.contains(input.kept[$0]) }
  }

  var overwrites: Overwrites { .always }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .picked(places) }
  var exactForm: ExactForm? { .gather(places) }
}
