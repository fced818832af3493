// One step of a program: an operation over slots, forward and, where it trains, backward.

import CDNNL
import CKernels
import ModelGraph

/// What the steps of one program share.
final class Workspace {
  let graph: Graph
  let parameters: ParameterStore
  let batch: Int
  /// Where parameters' gradients go; nil where the program only runs forward.
  let gradients: GradientStore?
  let scratch = Scratch()
  let stream: Stream

  init(
    graph: Graph, parameters: ParameterStore, batch: Int, gradients: GradientStore?
  ) throws(ExecutionError) {
    self.graph = graph
    self.parameters = parameters
    self.batch = batch
    self.gradients = gradients
    stream = try Stream(Place(node: "", operation: "stream"))
  }

  var trains: Bool { gradients != nil }

  /// A parameter's numbers, to be read only.
  func parameter(_ id: ParameterID) -> UnsafeMutablePointer<Float> { parameters.pointer(id) }
}

/// An operation over slots. Subclasses say what it computes.
class Step {
  let workspace: Workspace
  let inputs: [Slot]
  let output: Slot

  init(_ workspace: Workspace, inputs: [Slot], output: Slot) {
    self.workspace = workspace
    self.inputs = inputs
    self.output = output
  }

  /// Parameters that this step can train.
  var parameterIDs: [ParameterID] { [] }

  /// Whether `backward` may be given the output's gradient as its destination.
  var worksInPlaceBackward: Bool { false }

  /// Computes the output from the inputs.
  func forward() throws(ExecutionError) {}

  /// From the output's gradient, which it may overwrite: writes the gradient of each input that has
  /// a destination, and hands parameters' gradients to the workspace.
  func backward(to destinations: [UnsafeMutablePointer<Float>?]) throws(ExecutionError) {}

  /// The gradient of the output.
  var outputGradient: UnsafeMutablePointer<Float> {
    guard let gradient = output.gradient else {
      preconditionFailure("backward of a step whose output has no gradient")
    }
    return gradient.pointer
  }
}
