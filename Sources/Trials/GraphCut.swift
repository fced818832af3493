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
  /// Parameters on which the layer's input and what crosses depend.
  package let prefixParameters: [ParameterID]
  /// The layer's own.
  package let layerParameters: [ParameterID]

  package init(_ graph: Graph, behind layer: Layer) {
    let node = graph.nodes[layer.nodeIndex]
    layerInput = node.inputs[0]
    layerOutput = node.output
    var depends: Set<ValueID> = [node.output]
    var constant: Set<ValueID> = []
    var crossing: [ValueID] = []
    for other in graph.nodes where other.outputs != node.outputs {
      if other.inputs.allSatisfy(constant.contains) {
        constant.formUnion(other.outputs)
      } else if other.inputs.contains(where: depends.contains) {
        depends.formUnion(other.outputs)
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
    prefixParameters = Self.parameters(of: [node.inputs[0]] + crossing, in: graph)
    layerParameters = node.operation.parameterIDs
  }

  /// Parameters that bear on some values.
  static func parameters(of values: [ValueID], in graph: Graph) -> [ParameterID] {
    var needed = Set(values)
    var found: Set<ParameterID> = []
    for node in graph.nodes.reversed() where !needed.isDisjoint(with: node.outputs) {
      needed.formUnion(node.inputs)
      found.formUnion(node.operation.parameterIDs)
    }
    return found.sorted { $0.index < $1.index }
  }

  /// The nodes from the layer's output to a value, where they are a chain: each reads the one
  /// before it alone, and nobody else does. Nil where they are not.
  package func chain(to end: ValueID, in graph: Graph) -> [Node]? {
    guard crossing.isEmpty else { return nil }
    var chain: [Node] = []
    var value = layerOutput
    while value != end {
      let readers = graph.nodes.filter { $0.inputs.contains(value) }
      guard readers.count == 1, readers[0].inputs == [value] else { return nil }
      chain.append(readers[0])
      value = readers[0].output
    }
    return chain
  }
}
