// Folds what inference leaves of batch normalization into the layer before it.
//
// A student trains effective weights; when its table is built each filter is divided by its own
// scale again (Quantization), so folding here costs the table nothing.

import Tensors

extension Graph {
  /// The same function with every affine node that alone reads a convolution or dense node folded
  /// into that node's weights and bias, and a bias on every layer.
  public func foldingAffine() -> Graph {
    var folded = self
    folded.addMissingBiases()
    while let pair = folded.foldablePair() { folded.fold(affine: pair.affine, into: pair.layer) }
    return folded.droppingUnusedParameters()
  }

  private mutating func addMissingBiases() {
    for layer in layers where layer.bias == nil {
      let bias = addParameter(
        name: layer.name + ".bias", role: .bias, tensor: Tensor(shape: [layer.rows]))
      for index in layer.uses { nodes[index].operation.layer?.bias = bias }
    }
  }

  /// An affine node and the layer it can be folded into: the layer's only reader, over the same
  /// channels, with parameters no other node shares.
  private func foldablePair() -> (affine: Int, layer: Layer)? {
    let uses = nodes.flatMap(\.operation.parameterIDs).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let producers = Dictionary(uniqueKeysWithValues: layers.map { (nodes[$0.nodeIndex].output, $0) })
    for (index, node) in nodes.enumerated() {
      guard case .affine = node.operation, let layer = producers[node.inputs[0]],
        let bias = layer.bias, uses[layer.weight] == 1, uses[bias] == 1,
        readerCount(of: node.inputs[0]) == 1
      else { continue }
      // A dense layer's channels are its last axis; an affine node's are the first.
      if layer.window == nil && self[node.output].shape.count != 1 { continue }
      return (index, layer)
    }
    return nil
  }

  private mutating func fold(affine index: Int, into layer: Layer) {
    guard case .affine(let scaleID, let shiftID) = nodes[index].operation, let biasID = layer.bias
    else { return }
    let (scale, shift) = (self[scaleID].tensor.values, self[shiftID].tensor.values)
    var (weight, bias) = (self[layer.weight].tensor, self[biasID].tensor)
    weight.values = weight.values.enumerated().map { $1 * scale[$0 / layer.columns] }
    bias.values = bias.values.indices.map { bias.values[$0] * scale[$0] + shift[$0] }
    setParameter(layer.weight, to: weight)
    setParameter(biasID, to: bias)
    nodes[layer.nodeIndex].outputs = nodes[index].outputs
    nodes.remove(at: index)
  }

  /// The same graph without parameters that no node reads.
  public func droppingUnusedParameters() -> Graph {
    let used = Set(nodes.flatMap(\.operation.parameterIDs))
    var renamed: [ParameterID: ParameterID] = [:]
    var result = self
    result.parameters = []
    for index in parameters.indices where used.contains(ParameterID(index)) {
      renamed[ParameterID(index)] = ParameterID(result.parameters.count)
      result.parameters.append(parameters[index])
    }
    for index in nodes.indices {
      result.nodes[index].operation = nodes[index].operation.replacingParameters { renamed[$0] ?? $0 }
    }
    return result
  }
}
