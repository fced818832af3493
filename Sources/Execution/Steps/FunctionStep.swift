import CKernels
import ModelGraph

/// A function of every number.
final class FunctionStep: Step {
  private let function: MathFunction

  init(_ workspace: Workspace, _ function: MathFunction, input: Slot, output: Slot) {
    self.function = function
    super.init(workspace, inputs: [input], output: output)
  }

  override var worksInPlaceBackward: Bool { true }

  override func forward() {
    kx_map(
      output.pointer, inputs[0].pointer, output.count, UInt32(function.kind.rawValue), function.parameter)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_map_backward(
      destination, outputGradient, inputs[0].pointer, output.count, UInt32(function.kind.rawValue),
      function.parameter)
  }
}
