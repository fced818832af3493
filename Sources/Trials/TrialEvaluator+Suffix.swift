// What follows the tried layer, as steps over blocks of samples: possible where it is a chain of
// activations, channel scales, pools, means and dense layers, as behind most dense layers and last
// convolutions. A block is an image whose innermost axis is the samples, so the kernels for images
// channels last do all but dense layers.

import CKernels
import Execution
import ModelGraph
import Tensors

/// One operation on a block; in place where it says so.
enum BlockStep {
  case affine(
    scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, channels: Int, inner: Int)
  /// In place.
  case activation(kx_activation, elements: Int)
  case mean(channels: Int, area: Int)
  case maxPool(kx_pool, channels: Int)
  case averagePool(kx_pool, channels: Int, countsPadding: Bool)
  case dense(
    packed: UnsafePointer<Float>, bias: UnsafePointer<Float>?, vectors: Int, inputs: Int,
    outputs: Int)

  /// - Returns: the block that holds the result, one of the two.
  func run(_ x: UnsafeMutablePointer<Float>, to y: UnsafeMutablePointer<Float>, lanes: Int)
    -> UnsafeMutablePointer<Float>
  {
    switch self {
    case .activation(let activation, let elements):
      kx_activate(x, x, elements * lanes, activation)
      return x
    case .affine(let scale, let shift, let channels, let inner):
      kx_affine(y, x, scale, shift, 1, channels, inner * lanes)
    case .mean(let channels, let area):
      kx_block_mean(x, Int32(channels), Int32(area), Int32(lanes), y)
    case .maxPool(var pool, let channels):
      kx_max_pool(y, nil, x, channels, &pool)
    case .averagePool(var pool, let channels, let countsPadding):
      kx_average_pool(y, x, channels, &pool, countsPadding ? 1 : 0)
    case .dense(let packed, let bias, let vectors, let inputs, let outputs):
      kx_block_dense(
        x, Int32(vectors), Int32(inputs), Int32(outputs), Int32(lanes), packed, bias, y)
    }
    return y
  }
}

/// The steps behind a layer with the parameters of the moment. Reads the store's memory.
final class BlockSuffix: @unchecked Sendable {
  /// What the sparse difference does to its sums before it writes them.
  let finish: kx_finish
  let steps: [BlockStep]
  /// Elements of the largest value.
  let largest: Int
  private let packed: [FloatBuffer]

  /// - Returns: nil where the suffix is not such a chain, or a divergence of it not one of blocks.
  static func chain(_ graph: Graph, _ cut: GraphCut) -> [Node]? {
    guard graph.lossValues.count == 1,
      let chain = cut.chain(to: graph.lossValues[0], in: graph)
    else { return nil }
    return chain.allSatisfy { $0.operation.onBlocks != nil } ? chain : nil
  }

  /// - Parameter chain: what ``chain(_:_:)`` gave.
  init(
    _ graph: Graph, _ layer: Layer, _ chain: [Node], parameters: ParameterStore, lanes: Int
  ) throws(ExecutionError) {
    var rest = chain[...]
    finish = Self.takeFinish(&rest, graph, layer, parameters)
    var (steps, packed): ([BlockStep], [FloatBuffer]) = ([], [])
    for node in rest {
      let (input, output) = (graph[node.inputs[0]].shape, graph[node.output].shape)
      let (channels, area) = (input.first ?? 1, input.dropFirst().elementCount)
      switch node.operation.onBlocks {
      case .dense(let dense):
        let matrix = graph[dense.weight].tensor.shape
        let buffer = try FloatBuffer(count: matrix.elementCount)
        kx_pack_matrix(
          parameters.address(dense.weight), Int32(matrix[0]), Int32(matrix[1]), Int32(lanes),
          buffer.pointer)
        packed.append(buffer)
        steps.append(
          .dense(
            packed: UnsafePointer(buffer.pointer), bias: dense.bias.map(parameters.address),
            vectors: input.dropLast().elementCount, inputs: matrix[1], outputs: matrix[0]))
      case .affine(let scale, let shift):
        steps.append(
          .affine(
            scale: parameters.address(scale), shift: parameters.address(shift),
            channels: channels, inner: area))
      case .activation(let activation):
        steps.append(.activation(activation.kernel, elements: input.elementCount))
      case .mean: steps.append(.mean(channels: channels, area: area))
      case .maxPool(let window):
        steps.append(.maxPool(kx_pool(window, input, output, lanes: lanes), channels: channels))
      case .averagePool(let window, let countsPadding):
        steps.append(
          .averagePool(
            kx_pool(window, input, output, lanes: lanes), channels: channels,
            countsPadding: countsPadding))
      case .same: break
      case nil: preconditionFailure("node \(node.name) is not run on blocks")
      }
    }
    (self.steps, self.packed) = (steps, packed)
    largest = chain.reduce(1) { max($0, graph[$1.output].shape.elementCount) }
  }

  /// A scale a filter and limits, where the suffix begins with them.
  private static func takeFinish(
    _ rest: inout ArraySlice<Node>, _ graph: Graph, _ layer: Layer, _ parameters: ParameterStore
  ) -> kx_finish {
    var finish = kx_finish()
    let shape = graph[graph.nodes[layer.nodeIndex].output].shape
    if case .affine(let scale, let shift) = rest.first?.operation,
      shape.count == 1 || layer.window != nil
    {
      finish.scale = parameters.address(scale)
      finish.shift = parameters.address(shift)
      rest = rest.dropFirst()
    }
    guard case .activation(let activation) = rest.first?.operation else { return finish }
    switch activation {
    case .relu: (finish.limits, finish.low, finish.high) = (1, 0, .infinity)
    case .clip(let low, let high): (finish.limits, finish.low, finish.high) = (1, low, high)
    case .leakyRelu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .elu: return finish
    }
    rest = rest.dropFirst()
    return finish
  }
}

extension ParameterStore {
  /// Where a parameter's numbers are, for as long as the store lives.
  fileprivate func address(_ id: ParameterID) -> UnsafePointer<Float> {
    guard let address = self[id].baseAddress else {
      preconditionFailure("a parameter without an address")
    }
    return address
  }
}

extension kx_pool {
  /// A pool over one channel of a block, its samples as the innermost axis.
  fileprivate init(_ window: Window, _ input: [Int], _ output: [Int], lanes: Int) {
    self.init(
      channels: Int32(lanes), height: Int32(input[1]), width: Int32(input[2]),
      out_height: Int32(output[1]), out_width: Int32(output[2]),
      kernel: (Int32(window.kernel[0]), Int32(window.kernel[1])),
      strides: (Int32(window.strides[0]), Int32(window.strides[1])),
      dilations: (Int32(window.dilations[0]), Int32(window.dilations[1])),
      pad_before: (Int32(window.padBefore[0]), Int32(window.padBefore[1])),
      pad_after: (Int32(window.padAfter[0]), Int32(window.padAfter[1])))
  }
}
