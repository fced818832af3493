// The layers of a graph: those nodes whose weights are evolved, quantized and coded.

import Tensors

/// A convolution or dense node, seen as a matrix of filters.
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

  /// Weights of the layer, without biases.
  public var weightCount: Int { rows * columns }
}

extension Graph {
  /// Convolutions and dense layers, in running order.
  public var layers: [Layer] {
    nodes.enumerated().compactMap { index, node in
      let (weight, bias): (ParameterID, ParameterID?)
      switch node.operation {
      case .convolution(let c): (weight, bias) = (c.weight, c.bias)
      case .dense(let d): (weight, bias) = (d.weight, d.bias)
      default: return nil
      }
      let tensor = self[weight].tensor
      return Layer(
        name: node.name, nodeIndex: index, weight: weight, bias: bias, rows: tensor.shape[0],
        columns: tensor.shape[0] == 0 ? 0 : tensor.count / tensor.shape[0])
    }
  }

  /// For each output: the value on which losses are taken, which is a final softmax's input where
  /// the output is one.
  public var lossValues: [ValueID] {
    outputs.map { output in
      if let node = producer(of: output), case .softmax = node.operation { return node.inputs[0] }
      return output
    }
  }
}
