// Functions of one number and of one number a channel.

import CKernels
import ModelGraph

extension Activation {
  package var kernel: kx_activation {
    switch self {
    case .relu: kx_activation(function: KX_RELU, a: 0, b: 0)
    case .leakyRelu(let alpha): kx_activation(function: KX_LEAKY_RELU, a: alpha, b: 0)
    case .clip(let low, let high): kx_activation(function: KX_CLIP, a: low, b: high)
    case .sigmoid: kx_activation(function: KX_SIGMOID, a: 0, b: 0)
    case .tanh: kx_activation(function: KX_TANH, a: 0, b: 0)
    case .hardSigmoid(let alpha, let beta):
      kx_activation(function: KX_HARD_SIGMOID, a: alpha, b: beta)
    case .hardSwish: kx_activation(function: KX_HARD_SWISH, a: 0, b: 0)
    case .elu(let alpha): kx_activation(function: KX_ELU, a: alpha, b: 0)
    }
  }

  /// Whether the function's slope follows from its output, so that the input need not be kept.
  var slopeFollowsFromOutput: Bool {
    switch self {
    case .relu, .clip, .sigmoid, .tanh: true
    case .hardSigmoid(let alpha, _): alpha != 0
    case .leakyRelu(let alpha), .elu(let alpha): alpha >= 0
    case .hardSwish: false
    }
  }
}

extension kx_activation {
  static let identity = kx_activation(function: KX_IDENTITY, a: 0, b: 0)

  /// Applies what a layer took in, where oneDNN has not done so as it wrote the output.
  func finish(_ output: Slot, training: Bool) {
    if function == KX_IDENTITY || elementwise(training: training) != nil { return }
    kx_activate(output.pointer, output.pointer, output.count, self)
  }

  /// Turns the gradient of a layer's output into that of the sum before the activation.
  func beginBackward(_ output: Slot, _ gradient: UnsafeMutablePointer<Float>) {
    if function == KX_IDENTITY { return }
    kx_activate_backward(gradient, gradient, output.pointer, output.count, self)
  }
}

/// An activation that no layer has taken in.
final class ActivationStep: Step {
  private let activation: kx_activation
  private let slopeFollowsFromOutput: Bool

  init(_ workspace: Workspace, _ activation: Activation, input: Slot, output: Slot) {
    self.activation = activation.kernel
    slopeFollowsFromOutput = activation.slopeFollowsFromOutput
    super.init(workspace, inputs: [input], output: output)
  }

  override var worksInPlaceBackward: Bool { true }

  override func forward() {
    kx_activate(output.pointer, inputs[0].pointer, output.count, activation)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    let known = slopeFollowsFromOutput ? output.pointer : inputs[0].pointer
    kx_activate_backward(destination, outputGradient, known, output.count, activation)
  }
}

/// x * scale[c] + shift[c], c along the first axis.
final class AffineStep: Step {
  private let scale: ParameterID
  private let shift: ParameterID
  private let sizes: (outer: Int, axis: Int, inner: Int)

  init(
    _ workspace: Workspace, scale: ParameterID, shift: ParameterID, input: Slot, output: Slot
  ) {
    self.scale = scale
    self.shift = shift
    sizes = input.split(at: 0)
    super.init(workspace, inputs: [input], output: output)
  }

  override var parameterIDs: [ParameterID] { [scale, shift] }

  override func forward() {
    kx_affine(
      output.pointer, inputs[0].pointer, workspace.parameter(scale), workspace.parameter(shift),
      sizes.outer, sizes.axis, sizes.inner)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    if let destination = destinations[0] {
      kx_affine_backward_data(
        destination, outputGradient, workspace.parameter(scale), sizes.outer, sizes.axis,
        sizes.inner)
    }
    kx_affine_backward_parameters(
      workspace.gradients?.sum(scale), workspace.gradients?.sum(shift), outputGradient,
      inputs[0].pointer, sizes.outer, sizes.axis, sizes.inner)
  }
}

/// Exponentials of beta x along one axis, normalised.
final class SoftmaxStep: Step {
  private let sizes: (outer: Int, axis: Int, inner: Int)
  private let beta: Float

  init(_ workspace: Workspace, axis: Int, beta: Float, input: Slot, output: Slot) {
    (sizes, self.beta) = (input.split(at: axis), beta)
    super.init(workspace, inputs: [input], output: output)
  }

  override var worksInPlaceBackward: Bool { true }

  override func forward() {
    kx_softmax(output.pointer, inputs[0].pointer, sizes.outer, sizes.axis, sizes.inner, beta)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_softmax_backward(
      destination, outputGradient, output.pointer, sizes.outer, sizes.axis, sizes.inner, beta)
  }
}
