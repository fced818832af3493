import CKernels
import ModelGraph

/// Matrices times matrices, all row-major.
final class MatrixProductStep: Step {
  private let sizes: kx_products

  init(_ workspace: Workspace, _ factors: [Slot], output: Slot) {
    let (a, b) = (factors[0].shape, factors[1].shape)
    sizes = kx_products(
      count: output.batch * a.dropLast(2).elementCount, rows: a[a.count - 2], inner: a[a.count - 1],
      columns: b[b.count - 1])
    super.init(workspace, inputs: factors, output: output)
  }

  override func forward() {
    kx_multiply_matrices(output.pointer, inputs[0].pointer, inputs[1].pointer, sizes)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    if let destination = destinations[0] {
      kx_multiply_matrices_backward_left(destination, outputGradient, inputs[1].pointer, sizes)
    }
    if let destination = destinations[1] {
      kx_multiply_matrices_backward_right(destination, outputGradient, inputs[0].pointer, sizes)
    }
  }
}
