import FixedPoint
import ModelGraph
import Tensors

/// What each window of a pool sees of a plane.
struct WindowPlaces: Sendable {
  private let window: Window
  /// [C, H, W] and [C, OH, OW].
  private let input: [Int]
  private let output: [Int]

  init(_ window: Window, _ site: NodeSite) throws(IntegerExecutionError) {
    _ = try (site.inputs, site.output)
    self.window = window
    (input, output) = (site.graph[site.node.inputs[0]].shape, site.graph[site.node.output].shape)
    guard seesAlways(0) && seesAlways(1) else {
      throw site.inexact("a window may see nothing but its border")
    }
  }

  func maxima(_ x: [Int8]) -> [Int8] {
    folded(x, from: Int(Int8.min), max) { largest, _ in Int8(clamping: largest) }
  }

  func averages(_ x: [Int8]) -> [Int8] {
    folded(x, from: 0, +) { Int8(clamping: FixedPoint.average(sum: $0, count: $1)) }
  }

  /// Whether every window sees some of the image along an axis. The first hangs over its beginning most, the
  /// last over its end, and none jumps over it whose taps are no further apart than it is wide.
  private func seesAlways(_ axis: Int) -> Bool {
    let (size, pad, dilation) = (input[axis + 1], window.padBefore[axis], window.dilations[axis])
    let last = (output[axis + 1] - 1) * window.strides[axis] - pad
    return last < size && (pad == 0 || pad <= (window.kernel[axis] - 1) * dilation && dilation <= size)
  }

  /// The rows or columns of the image that a row or column of windows sees.
  private func seen(_ place: Int, _ axis: Int) -> StrideThrough<Int> {
    let (size, dilation) = (input[axis + 1], window.dilations[axis])
    let start = place * window.strides[axis] - window.padBefore[axis]
    let first = start < 0 ? (-start + dilation - 1) / dilation : 0
    let last = min(window.kernel[axis] - 1, (size - 1 - start) / dilation)
    return stride(from: start + first * dilation, through: start + last * dilation, by: dilation)
  }

  /// What is made of the elements that a window sees, and of their number.
  private func folded(
    _ x: [Int8], from none: Int, _ with: (Int, Int) -> Int, _ finished: (Int, Int) -> Int8
  ) -> [Int8] {
    let (rows, columns) = ((0..<output[1]).map { seen($0, 0) }, (0..<output[2]).map { seen($0, 1) })
    var results: [Int8] = []
    results.reserveCapacity(output.elementCount)
    for channel in 0..<input[0] {
      for rows in rows {
        for columns in columns {
          var (sum, count) = (none, 0)
          for row in rows {
            let start = (channel * input[1] + row) * input[2]
            for column in columns {
              sum = with(sum, Int(x[start + column]))
              count += 1
            }
          }
          results.append(finished(sum, count))
        }
      }
    }
    return results
  }
}
