// Dense layers: forward by oneDNN's inner product on weights packed to its liking, which is up to
// twice as fast as a matrix product on plain ones; backward by matrix products on plain ones, so
// that gradients of small batches add up where they are.

import CDNNL
import CKernels
import ModelGraph

/// A matrix applied to the last axis, a bias and perhaps an activation.
///
/// With X [rows, inputs] and W [outputs, inputs]: Y = X Wᵀ, dX = dY W, dW = dYᵀ X.
final class DenseStep: Step {
  private let place: Place
  private let dense: Dense
  private let activation: kx_activation
  private let rows: Int
  private let inputCount: Int
  private let outputCount: Int
  private let primitive: Primitive
  private let weights: PackedWeights

  init(
    _ workspace: Workspace, _ dense: Dense, activation: kx_activation, input: Slot, output: Slot,
    place: Place
  ) throws(ExecutionError) {
    self.place = place
    self.dense = dense
    self.activation = activation
    let shape = workspace.graph[dense.weight].tensor.shape
    outputCount = shape[0]
    inputCount = shape[1]
    rows = input.count / inputCount
    var source = try dnnl_memory_desc_t.make([rows, inputCount], dnnl_ab, place)
    var matrix = try dnnl_memory_desc_t.make(shape, dnnl_format_tag_any, place)
    var result = try dnnl_memory_desc_t.make([rows, outputCount], dnnl_ab, place)
    var bias = dnnl_memory_desc_t()
    if dense.bias != nil { bias = try .make([outputCount], dnnl_x, place) }
    var operation = dnnl_inner_product_desc_t()
    try place.check(
      dnnl_inner_product_forward_desc_init(
        &operation, dnnl_forward_inference, &source, &matrix, &bias, &result))
    let descriptor = try PrimitiveDescriptor(
      &operation, activation: activation.elementwise(training: workspace.trains), place)
    let plain = try dnnl_memory_desc_t.make(shape, dnnl_ab, place)
    let packed = descriptor.format(dnnl_query_weights_md) ?? plain
    weights = try PackedWeights(
      dense.weight, plain: plain, packed: packed, scratch: workspace.scratch, place)
    var arguments: [(Int32, dnnl_memory_desc_t)] = [
      (Int32(DNNL_ARG_SRC), source), (Int32(DNNL_ARG_WEIGHTS_0), packed),
      (Int32(DNNL_ARG_DST), result),
    ]
    if dense.bias != nil { arguments.append((Int32(DNNL_ARG_BIAS), bias)) }
    primitive = try Primitive(descriptor, scratch: workspace.scratch, arguments: arguments)
    super.init(workspace, inputs: [input], output: output)
  }

  override var parameterIDs: [ParameterID] { [dense.weight] + (dense.bias.map { [$0] } ?? []) }

  override func forward() throws(ExecutionError) {
    try primitive.bind(0, inputs[0].pointer)
    try primitive.bind(1, try weights.pointer(workspace))
    try primitive.bind(2, output.pointer)
    if let bias = dense.bias { try primitive.bind(3, workspace.parameter(bias)) }
    try primitive.execute(on: workspace.stream)
    activation.finish(output, training: workspace.trains)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) throws(ExecutionError) {
    let gradient = outputGradient
    activation.beginBackward(output, gradient)
    let (m, n, k) = (dnnl_dim_t(rows), dnnl_dim_t(outputCount), dnnl_dim_t(inputCount))
    if let destination = destinations[0] {
      try place.check(
        dnnl_sgemm(
          .plain, .plain, m, k, n, 1, gradient, n, workspace.parameter(dense.weight), k, 0,
          destination, k))
    }
    if let (target, accumulates) = workspace.gradients?.target(dense.weight) {
      try place.check(
        dnnl_sgemm(
          .transposed, .plain, n, k, m, 1, gradient, n, inputs[0].pointer, k,
          accumulates ? 1 : 0, target, k))
    }
    if let bias = dense.bias, let (target, accumulates) = workspace.gradients?.target(bias) {
      kx_column_sums(target, gradient, rows, outputCount, accumulates ? 1 : 0)
    }
  }
}

extension CChar {
  /// BLAS's letters.
  fileprivate static let plain = CChar(UInt8(ascii: "N"))
  fileprivate static let transposed = CChar(UInt8(ascii: "T"))
}
