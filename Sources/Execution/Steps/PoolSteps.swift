import CKernels
import ModelGraph
import Tensors

extension kx_pool {
  init(_ window: Window, input: Slot, output: Slot) {
    func pair(_ values: [Int]) -> (Int32, Int32) { (Int32(values[0]), Int32(values[1])) }
    self.init(
      channels: Int32(input.shape[0]), height: Int32(input.shape[1]), width: Int32(input.shape[2]),
      out_height: Int32(output.shape[1]), out_width: Int32(output.shape[2]),
      kernel: pair(window.kernel), strides: pair(window.strides),
      dilations: pair(window.dilations), pad_before: pair(window.padBefore),
      pad_after: pair(window.padAfter))
  }
}

/// The largest of each window.
final class MaxPoolStep: Step {
  private var pool: kx_pool
  private var winners: [Int32]

  init(_ workspace: Workspace, _ window: Window, input: Slot, output: Slot) {
    pool = kx_pool(window, input: input, output: output)
    winners = workspace.trains ? Array(repeating: 0, count: output.count) : []
    super.init(workspace, inputs: [input], output: output)
  }

  override func forward() {
    let (out, x, batch) = (output.pointer, inputs[0].pointer, output.batch)
    if winners.isEmpty {
      kx_max_pool(out, nil, x, batch, &pool)
    } else {
      kx_max_pool(out, &winners, x, batch, &pool)
    }
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_max_pool_backward(destination, outputGradient, winners, output.batch, &pool)
  }
}

/// The mean of each window.
final class AveragePoolStep: Step {
  private var pool: kx_pool
  private let countsPadding: Int32

  init(_ workspace: Workspace, _ window: Window, countsPadding: Bool, input: Slot, output: Slot) {
    pool = kx_pool(window, input: input, output: output)
    self.countsPadding = countsPadding ? 1 : 0
    super.init(workspace, inputs: [input], output: output)
  }

  override func forward() {
    kx_average_pool(output.pointer, inputs[0].pointer, output.batch, &pool, countsPadding)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_average_pool_backward(destination, outputGradient, output.batch, &pool, countsPadding)
  }
}

/// The mean over every axis but the first.
final class GlobalAveragePoolStep: Step {
  private let sizes: (outer: Int, axis: Int, inner: Int)

  init(_ workspace: Workspace, input: Slot, output: Slot) {
    let (channels, plane) = (input.shape[0], input.shape.dropFirst().elementCount)
    sizes =
      input.layout == .channelsLast
      ? (input.batch, plane, channels) : (input.batch * channels, plane, 1)
    super.init(workspace, inputs: [input], output: output)
  }

  override func forward() {
    kx_mean(output.pointer, inputs[0].pointer, sizes.outer, sizes.axis, sizes.inner)
  }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    kx_mean_backward(destination, outputGradient, sizes.outer, sizes.axis, sizes.inner)
  }
}
