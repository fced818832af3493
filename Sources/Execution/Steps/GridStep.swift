import ModelGraph

/// Numbers rounded to those of a grid. Gradients pass as they are, as training with rounded values has it: the
/// slope of a stair says nothing.
final class GridStep: Step {
  private let grid: NumberGrid

  init(_ workspace: Workspace, _ grid: NumberGrid, input: Slot, output: Slot) {
    self.grid = grid
    super.init(workspace, inputs: [input], output: output)
  }

  override var worksInPlaceBackward: Bool { true }

  override func forward() {
    output.pointer.update(from: inputs[0].pointer, count: output.count)
    for sample in 0..<output.batch {
      let start = output.pointer + sample * output.sampleCount
      grid.round(UnsafeMutableBufferPointer(start: start, count: output.sampleCount))
    }
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0], destination != outputGradient else { return }
    destination.update(from: outputGradient, count: output.count)
  }
}
