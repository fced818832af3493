import CKernels

/// x less the logarithm of the sum of its exponentials, along one axis.
final class LogSoftmaxStep: Step {
  private let sizes: (outer: Int, axis: Int, inner: Int)

  init(_ workspace: Workspace, axis: Int, input: Slot, output: Slot) {
    sizes = input.split(at: axis)
    super.init(workspace, inputs: [input], output: output)
  }

  override var worksInPlaceBackward: Bool { true }

  override func forward() {
    kx_softmax_logarithm(output.pointer, inputs[0].pointer, sizes.outer, sizes.axis, sizes.inner)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_softmax_logarithm_backward(
      destination, outputGradient, output.pointer, sizes.outer, sizes.axis, sizes.inner)
  }
}
