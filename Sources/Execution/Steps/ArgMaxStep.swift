/// Where along an axis the largest number is, or the least; of equals the first. Nothing is larger than a NaN, nor is
/// that larger than anything. It has no slope.
final class ArgMaxStep: Step {
  private let sizes: (outer: Int, axis: Int, inner: Int)
  private let ofLeast: Bool

  init(_ workspace: Workspace, axis: Int, ofLeast: Bool, input: Slot, output: Slot) {
    sizes = input.split(at: axis)
    self.ofLeast = ofLeast
    super.init(workspace, inputs: [input], output: output)
  }

  override func forward() {
    for outer in 0..<sizes.outer {
      for inner in 0..<sizes.inner {
        let x = inputs[0].pointer + outer * sizes.axis * sizes.inner + inner
        var best = 0
        for place in 1..<sizes.axis {
          let (own, found) = (x[place * sizes.inner], x[best * sizes.inner])
          if ofLeast ? own < found : own > found { best = place }
        }
        output.pointer[outer * sizes.inner + inner] = Float(best)
      }
    }
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    destinations[0]?.update(repeating: 0, count: inputs[0].count)
  }
}
