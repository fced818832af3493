import Tensors

struct Reshape: OneInput, SameNumbers {
  var shape: [Int]

  var operation: Operation { .reshape(shape) }
  var name: String { "reshape" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    guard shape.allSatisfy({ $0 >= 1 && $0 <= Graph.maximumElements }),
      shape.count <= Graph.maximumRank,
      ShapeInference.product(shape) == ShapeInference.product(given[0])
    else { throw given.unfit("\(given[0]) cannot take the shape \(shape)") }
    return [shape]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { inputs[0] }
  var probability: Probability { .asInput }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }

  /// What shares a position of the new axis goes together. Of the axes that the new shape has, the
  /// one that joins fewest.
  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let old = trace.track(of: node.inputs[0])
    let (from, to) = (trace.extent(node.inputs[0]), trace.extent(output))
    let source = Places(shape: from, axis: old.axis)
    let choices = to.indices.map { Places(shape: to, axis: $0) }
    let counts = choices.map { source.parts($0, elements: from.elementCount) }
    let axis = to.indices.max { (counts[$0], -$0) < (counts[$1], -$1) } ?? 0
    let target = choices[axis]
    var units = [Int?](repeating: nil, count: target.count)
    var constants = [Float?](repeating: nil, count: target.count)
    for element in 0..<from.elementCount {
      let (a, b) = (source.place(element), target.place(element))
      guard let unit = units[b] else {
        (units[b], constants[b]) = (old.units[a], old.constants[a])
        continue
      }
      if unit != old.units[a] { trace.join(unit, old.units[a]) }
      if constants[b] != old.constants[a] { constants[b] = nil }
    }
    return UnitTrack(axis: axis, units: units.compactMap { $0 }, constants: constants)
  }

  mutating func cut(_ cutting: inout UnitCutting) { shape = cutting.outputShape }
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { .same }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .viewed }
  var exactForm: ExactForm? { .same }
}

/// The position along an axis of each element of a row-major array.
private struct Places {
  let count: Int
  private let inner: Int

  init(shape: [Int], axis: Int) {
    (count, inner) = (shape[axis], shape[(axis + 1)...].elementCount)
  }

  func place(_ element: Int) -> Int { element / inner % count }

  /// How many parts remain independent if positions of two axes that share elements are joined.
  func parts(_ other: Places, elements: Int) -> Int {
    var sets = DisjointSets(count: count + other.count)
    return (0..<elements).reduce(count + other.count) { parts, element in
      sets.join(place(element), count + other.place(element)) ? parts - 1 : parts
    }
  }
}
