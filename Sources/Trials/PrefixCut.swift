import ModelGraph

/// Where a graph is cut to try changes of several layers: before the first of them.
struct PrefixCut: Equatable {
  /// What nodes behind the cut read that does not depend on the layers, and outputs that do not.
  let values: [ValueID]
  /// Parameters on which these depend.
  let parameters: [ParameterID]

  /// Nil where no layer lies before the cut, so that nothing would be saved, or one that shares its weights.
  init?(_ graph: Graph, before layers: [Layer]) {
    let changed = Set(layers.flatMap(\.uses))
    var (depends, constant): (Set<ValueID>, Set<ValueID>) = ([], [])
    var crossing: [ValueID] = []
    func cross(_ value: ValueID) {
      if !depends.contains(value), !constant.contains(value), !crossing.contains(value) { crossing.append(value) }
    }
    for (index, node) in graph.nodes.enumerated() {
      if changed.contains(index) || node.inputs.contains(where: depends.contains) {
        node.inputs.forEach(cross)
        depends.formUnion(node.outputs)
      } else if node.inputs.allSatisfy(constant.contains) {
        constant.formUnion(node.outputs)
      }
    }
    graph.lossValues.forEach(cross)
    values = crossing
    parameters = GraphCut.parameters(of: crossing, in: graph)
    let weights = Set(graph.layers.map(\.weight))
    guard parameters.contains(where: weights.contains),
      !layers.contains(where: { parameters.contains($0.weight) })
    else { return nil }
  }
}
