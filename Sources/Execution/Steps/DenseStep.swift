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

  init(
    _ workspace: Workspace, _ dense: Dense, activation: kx_activation, input: Slot, output: Slot,
    place: Place
  ) {
    self.place = place
    self.dense = dense
    self.activation = activation
    let shape = workspace.graph[dense.weight].tensor.shape
    outputCount = shape[0]
    inputCount = shape[1]
    rows = input.count / inputCount
    super.init(workspace, inputs: [input], output: output)
  }

  override var parameterIDs: [ParameterID] { [dense.weight] + (dense.bias.map { [$0] } ?? []) }

  override func forward() throws(ExecutionError) {
    let (m, n, k) = (dnnl_dim_t(rows), dnnl_dim_t(outputCount), dnnl_dim_t(inputCount))
    try place.check(
      dnnl_sgemm(
        .plain, .transposed, m, n, k, 1, inputs[0].pointer, k, workspace.parameter(dense.weight),
        k, 0, output.pointer, n))
    if dense.bias == nil && activation.function == KX_IDENTITY { return }
    kx_bias_activate(
      output.pointer, dense.bias.map { workspace.parameter($0) }, rows, outputCount, activation)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) throws(ExecutionError) {
    let gradient = outputGradient
    if activation.function != KX_IDENTITY {
      kx_activate_backward(gradient, gradient, output.pointer, output.count, activation)
    }
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
