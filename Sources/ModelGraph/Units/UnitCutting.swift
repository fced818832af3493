// Cutting units out of a graph: values, and every parameter that runs along with them.

import Tensors

/// The axis along which a value is cut, and which positions stay.
package struct UnitCut: Equatable {
  package var axis: Int
  package var kept: [Int]

  package init(axis: Int, kept: [Int]) { (self.axis, self.kept) = (axis, kept) }
}

/// What a node's operation is told of the cut.
struct UnitCutting {
  /// As it was.
  let old: Graph
  /// With the new shapes, and parameters that are cut added to it.
  fileprivate(set) var graph: Graph
  fileprivate let node: Node
  /// Of inputs and outputs; nil: all stay.
  let inputs, outputs: [UnitCut?]

  var input: UnitCut? { inputs.first ?? nil }
  var output: UnitCut? { outputs[0] }
  var oldOutputShape: [Int] { old[node.outputs[0]].shape }
  var outputShape: [Int] { graph[node.outputs[0]].shape }

  /// Some positions of some axes of a parameter, as a new one; the old one where all stay.
  mutating func slice(_ id: inout ParameterID, _ kept: [Int: [Int]?]) {
    var parameter = graph[id]
    for case (let axis, let kept?) in kept { parameter = parameter.picking(kept, along: axis) }
    if parameter.tensor.shape != graph[id].tensor.shape { id = graph.addParameter(parameter) }
  }
}

extension Graph {
  /// The graph without the positions that are cut; its numbers are otherwise as they were.
  ///
  /// - Parameter cuts: by value; nil: all stay.
  package func cut(by cuts: [UnitCut?]) -> Graph {
    guard cuts.contains(where: { $0 != nil }) else { return self }
    var small = self
    for (index, cut) in cuts.enumerated() {
      if let cut { small.values[index].shape[cut.axis] = cut.kept.count }
    }
    for (index, node) in nodes.enumerated() {
      var cutting = UnitCutting(
        old: self, graph: small, node: node, inputs: node.inputs.map { cuts[$0.index] },
        outputs: node.outputs.map { cuts[$0.index] })
      var operation = node.operation
      operation.facts.cut(&cutting)
      small = cutting.graph
      small.nodes[index].operation = operation
    }
    return small.droppingUnusedParameters()
  }
}

extension Tensor {
  /// Some positions of an axis.
  package func picking(_ places: [Int], along axis: Int) -> Tensor {
    var picked = shape
    picked[axis] = places.count
    return Tensor(shape: picked, values: values.picking(places, along: axis, of: shape))
  }
}

extension Array {
  /// Some positions of an axis of a row-major array.
  func picking(_ places: [Int], along axis: Int, of shape: [Int]) -> [Element] {
    let inner = shape[(axis + 1)...].elementCount
    var picked: [Element] = []
    picked.reserveCapacity(count / Swift.max(shape[axis], 1) * places.count)
    for block in 0..<shape[..<axis].elementCount {
      for place in places {
        let start = (block * shape[axis] + place) * inner
        picked += self[start..<start + inner]
      }
    }
    return picked
  }
}
