// The layers of a graph: those nodes whose weights are evolved, quantized and coded.

import Tensors

/// Nodes with the same weights, convolutions or dense layers, seen as a matrix of filters. Most layers are one node; the
/// recurrent matrix of a network that is unrolled is one in every frame.
public struct Layer: Equatable, Sendable {
  /// Of its first node.
  public let name: String
  /// Index in `Graph.nodes` of the first.
  public let nodeIndex: Int
  /// Indices of all of them, ascending.
  public internal(set) var uses: [Int]
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
  /// Whether several nodes have its weights.
  package var isShared: Bool { uses.count > 1 }
  /// Columns that read the same channel or feature.
  package var taps: Int { window?.kernel.elementCount ?? 1 }
}

extension Graph {
  /// Convolutions and dense layers, in running order of their first nodes. Nodes of floats that do the very same with the
  /// same weights and biases are one layer; among integers each is one, since each has its own scales.
  public var layers: [Layer] {
    var layers: [Layer] = []
    var places: [ParameterID: [Int]] = [:]
    for (index, node) in nodes.enumerated() {
      guard let form = node.operation.layer else { continue }
      if self[form.weight].integers == nil,
        let place = places[form.weight]?.first(where: { nodes[layers[$0].nodeIndex].operation == node.operation })
      {
        layers[place].uses.append(index)
        continue
      }
      places[form.weight, default: []].append(layers.count)
      let tensor = self[form.weight].tensor
      layers.append(
        Layer(
          name: node.name, nodeIndex: index, uses: [index], weight: form.weight, bias: form.bias,
          rows: tensor.shape[0], columns: tensor.shape[0] == 0 ? 0 : tensor.count / tensor.shape[0],
          window: form.window, groups: form.groups))
    }
    return layers
  }

  /// For each node with weights, in running order, the place of its layer among ``layers``.
  package var layersOfNodes: [Int] {
    layers.enumerated().flatMap { place, layer in layer.uses.map { (node: $0, place: place) } }
      .sorted { $0.node < $1.node }.map(\.place)
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
    for index in layer.uses {
      nodes[index].operation.layer?.weight = weightID
      nodes[index].operation.layer?.bias = biasID
    }
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
