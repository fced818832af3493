// A cut through a graph behind one layer: what has to be kept of the prefix so that only what
// follows the layer is run again.

import ModelGraph

/// Where a graph is cut to try changes of one layer.
package struct GraphCut: Equatable {
  /// The value that the layer reads, and the one it makes.
  package let layerInput: ValueID
  package let layerOutput: ValueID
  /// Other values that nodes behind the layer read and that do not depend on it.
  package let crossing: [ValueID]

  package init(_ graph: Graph, behind layer: Layer) {
    let node = graph.nodes[layer.nodeIndex]
    layerInput = node.inputs[0]
    layerOutput = node.output
    var depends: Set<ValueID> = [node.output]
    var constant: Set<ValueID> = []
    var crossing: [ValueID] = []
    for other in graph.nodes where other.output != node.output {
      if other.inputs.allSatisfy(constant.contains) {
        constant.insert(other.output)
      } else if other.inputs.contains(where: depends.contains) {
        depends.insert(other.output)
        for input in other.inputs
        where !depends.contains(input) && !constant.contains(input) && !crossing.contains(input) {
          crossing.append(input)
        }
      }
    }
    // An output that the layer does not bear on is compared too, and so has to come along.
    for value in graph.lossValues
    where !depends.contains(value) && !constant.contains(value) && !crossing.contains(value) {
      crossing.append(value)
    }
    self.crossing = crossing
  }
}
