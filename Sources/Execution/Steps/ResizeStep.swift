import CKernels
import ModelGraph
import Tensors

/// An image at another size; input and output in one layout.
final class ResizeStep: Step {
  private let images: Int
  private var resize: kx_resize
  /// What the kernel reads through `resize`: places and weights, height then width.
  private let places: [UnsafeMutableBufferPointer<Int32>]
  private let weights: [UnsafeMutableBufferPointer<Float>]

  init(_ workspace: Workspace, _ operation: Resize, input: Slot, output: Slot) {
    let isChannelsLast = input.layout == .channelsLast
    images = input.batch * (isChannelsLast ? 1 : input.shape[0])
    let readings = (0..<2).map { operation.readings($0, of: input.shape[$0 + 1]) }
    places = readings.map { Self.copied($0.flatMap { $0.map { Int32($0.place) } }) }
    weights = readings.map { Self.copied($0.flatMap { $0.map(\.weight) }) }
    resize = kx_resize(
      height: Int32(input.shape[1]), width: Int32(input.shape[2]), out_height: Int32(output.shape[1]),
      out_width: Int32(output.shape[2]), taps: Int32(readings[0][0].count),
      block: isChannelsLast ? input.shape[0] : 1, rows: places[0].baseAddress,
      columns: places[1].baseAddress, row_weights: weights[0].baseAddress,
      column_weights: weights[1].baseAddress)
    super.init(workspace, inputs: [input], output: output)
  }

  deinit {
    for buffer in places { buffer.deallocate() }
    for buffer in weights { buffer.deallocate() }
  }

  private static func copied<Number>(_ numbers: [Number]) -> UnsafeMutableBufferPointer<Number> {
    let buffer = UnsafeMutableBufferPointer<Number>.allocate(capacity: numbers.count)
    _ = buffer.initialize(from: numbers)
    return buffer
  }

  override func forward() { kx_resize_images(output.pointer, inputs[0].pointer, images, &resize) }

  override func backward(to destinations: [UnsafeMutablePointer<Float>?]) {
    guard let destination = destinations[0] else { return }
    destination.update(repeating: 0, count: inputs[0].count)
    kx_resize_images_backward(destination, outputGradient, images, &resize)
  }
}
