import CKernels
import ModelGraph
import Tensors

/// A window that moves on by what is new; inputs and output in one layout.
final class SlideStep: Step {
  private let axis: Int

  init(_ workspace: Workspace, axis: Int, inputs: [Slot], output: Slot) {
    self.axis = axis
    super.init(workspace, inputs: inputs, output: output)
  }

  /// Rows of the window, the numbers of each, and how many of these are new.
  private var sizes: (rows: Int, row: Int, new: Int) {
    let (rows, size, inner) = output.split(at: axis)
    return (rows, size * inner, inputs[1].shape[axis] * inner)
  }

  override func forward() {
    let (rows, row, new) = sizes
    kx_copy_rows(output.pointer, row, inputs[0].pointer + new, row, rows, row - new)
    kx_copy_rows(output.pointer + row - new, row, inputs[1].pointer, new, rows, new)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    let (rows, row, new) = sizes
    if let window = destinations[0] {
      window.update(repeating: 0, count: rows * row)
      kx_copy_rows(window + new, row, outputGradient, row, rows, row - new)
    }
    if let latest = destinations[1] { kx_copy_rows(latest, new, outputGradient + row - new, row, rows, new) }
  }
}
