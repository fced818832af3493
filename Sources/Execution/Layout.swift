// How a value lies in memory. Shapes in a graph are logical, [channels, height, width]; kernels see
// the physical order of the axes, with the batch in front.

import Tensors

/// The order in which a sample's numbers are kept.
public enum Layout: Sendable {
  /// As the shape says, the last axis fastest: [channels, height, width] for an image.
  case rowMajor
  /// Images as [height, width, channels], the order in which convolutions are fast; values that are
  /// not images as `rowMajor`.
  case channelsLast

  /// This layout, or `rowMajor` where the two are the same order.
  func normalized(for shape: [Int]) -> Layout {
    guard self == .channelsLast, shape.count == 3, shape[0] > 1, shape[1] * shape[2] > 1 else {
      return .rowMajor
    }
    return .channelsLast
  }
}

/// The logical axes from slowest to fastest.
func physicalOrder(_ layout: Layout, rank: Int) -> [Int] {
  layout == .channelsLast ? [1, 2, 0] : Array(0..<rank)
}

/// A form of a value within a program: its numbers for the whole batch in one layout.
final class Slot {
  let shape: [Int]
  let batch: Int
  let layout: Layout
  let storage: Storage
  /// Where the loss's slope in this value is gathered; nil where nobody needs it.
  var gradient: Storage?

  init(shape: [Int], batch: Int, layout: Layout, storage: Storage? = nil) {
    self.shape = shape
    self.batch = batch
    self.layout = layout.normalized(for: shape)
    self.storage = storage ?? Storage(count: batch * shape.elementCount)
  }

  /// Elements of one sample.
  var sampleCount: Int { shape.elementCount }
  /// Elements of the batch.
  var count: Int { batch * sampleCount }
  var pointer: UnsafeMutablePointer<Float> { storage.pointer }

  /// Logical axes from slowest to fastest.
  var order: [Int] { physicalOrder(layout, rank: shape.count) }

  /// Sizes of the axes in the order of memory, without the batch.
  var physicalShape: [Int] { order.map { shape[$0] } }

  /// How far apart neighbours along each logical axis lie, in elements.
  var strides: [Int] {
    var result = Array(repeating: 1, count: shape.count)
    var stride = 1
    for axis in order.reversed() {
      result[axis] = stride
      stride *= shape[axis]
    }
    return result
  }

  /// The value as [outer, size of the axis, inner], the batch in `outer`.
  func split(at axis: Int) -> (outer: Int, axis: Int, inner: Int) {
    guard let position = order.firstIndex(of: axis) else {
      preconditionFailure("axis \(axis) of \(shape)")
    }
    let sizes = physicalShape
    return (
      batch * sizes[..<position].elementCount, sizes[position],
      sizes[(position + 1)...].elementCount
    )
  }
}
