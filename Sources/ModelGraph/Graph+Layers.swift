// The layers of a graph: those nodes whose weights are evolved, quantized and coded.

import Tensors

/// A node with weights, a convolution or dense layer, seen as a matrix of filters.
public struct Layer: Equatable, Sendable {
  public let name: String
  /// Index in `Graph.nodes`.
  public let nodeIndex: Int
  public let weight: ParameterID
  public let bias: ParameterID?
  /// Filters: output channels or output features.
  public let rows: Int
  /// Weights a filter: input channels of a group times kernel taps, or input features.
  public let columns: Int
  /// What a convolution's filters are swept by; nil for a dense layer.
  public let window: Window?
  /// Groups of a convolution; 1 for a dense layer.
  public let groups: Int

  /// Weights of the layer, without biases.
  public var weightCount: Int { rows * columns }
  /// Columns that read the same channel or feature.
  package var taps: Int { window?.kernel.elementCount ?? 1 }
}

extension Graph {
  /// Convolutions and dense layers, in running order.
  public var layers: [Layer] {
    nodes.enumerated().compactMap { index, node in
      guard let form = node.operation.layer else { return nil }
      let tensor = self[form.weight].tensor
      return Layer(
        name: node.name, nodeIndex: index, weight: form.weight, bias: form.bias,
        rows: tensor.shape[0], columns: tensor.shape[0] == 0 ? 0 : tensor.count / tensor.shape[0],
        window: form.window, groups: form.groups)
    }
  }

  /// Gives a layer other numbers, in parameters of its own.
  package mutating func replaceParameters(of layer: Layer, weight: Tensor, bias: Tensor?) {
    replaceParameters(
      of: layer, weight: Parameter(name: self[layer.weight].name, role: .weight, tensor: weight),
      bias: bias.map { Parameter(name: layer.name + ".bias", role: .bias, tensor: $0) })
  }

  package mutating func replaceParameters(of layer: Layer, weight: Parameter, bias: Parameter?) {
    let weightID = addParameter(weight)
    let biasID = bias.map { addParameter($0) }
    nodes[layer.nodeIndex].operation.layer?.weight = weightID
    nodes[layer.nodeIndex].operation.layer?.bias = biasID
  }

  /// For each output: the value on which losses are taken. Where the output is the number of a place, it is
  /// what the place is looked for among; and of a final softmax its input.
  public var lossValues: [ValueID] {
    outputs.map { output in
      let value = placeFinder(of: output)?.inputs[0] ?? output
      guard let node = producer(of: value), node.operation.probability == .distribution else {
        return value
      }
      return node.inputs[0]
    }
  }
}
