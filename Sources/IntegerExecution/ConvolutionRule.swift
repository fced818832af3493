// A convolution as sums of shifted planes: each weight that is not 0 adds its multiple of a part of the
// input to all places of the output, which is a loop without a condition.

import FixedPoint
import ModelGraph
import Tensors

struct ConvolutionRule: Sendable {
  private let filters: IntegerFilters
  private let window: Window
  private let groups: Int
  /// [C, H, W] and [O, OH, OW].
  private let input: [Int]
  private let output: [Int]
  /// Height and width with the border.
  private let padded: (height: Int, width: Int)

  /// nil for a layer whose filters are not swept.
  init?(_ filters: IntegerFilters, _ site: NodeSite) {
    guard let form = site.node.operation.layer, let window = form.window else { return nil }
    (self.filters, self.window, groups) = (filters, window, form.groups)
    (input, output) = (site.graph[site.node.inputs[0]].shape, site.graph[site.node.output].shape)
    padded = (
      input[1] + window.padBefore[0] + window.padAfter[0], input[2] + window.padBefore[1] + window.padAfter[1]
    )
  }

  func callAsFunction(_ elements: [Int8]) -> [Int8] {
    let planes = bordered(elements)
    let places = output[1] * output[2]
    var (results, sums) = ([Int8](), [Int32](repeating: 0, count: places))
    results.reserveCapacity(filters.rows * places)
    for row in 0..<filters.rows {
      planes.withUnsafeBufferPointer { planes in
        sums.withUnsafeMutableBufferPointer { sums in add(row, of: planes, to: sums) }
      }
      for sum in sums { results.append(filters.finished(sum, row: row)) }
    }
    return results
  }

  /// Distances from the zero point, in a border of 0.
  private func bordered(_ elements: [Int8]) -> [Int32] {
    let (height, width) = (input[1], input[2])
    var planes = [Int32](repeating: 0, count: input[0] * padded.height * padded.width)
    for line in 0..<input[0] * height {
      let (channel, h) = (line / height, line % height)
      let start = (channel * padded.height + h + window.padBefore[0]) * padded.width + window.padBefore[1]
      for w in 0..<width { planes[start + w] = Int32(elements[line * width + w]) - filters.x.zeroPoint }
    }
    return planes
  }

  /// The sums of one filter.
  private func add(
    _ row: Int, of planes: UnsafeBufferPointer<Int32>, to sums: UnsafeMutableBufferPointer<Int32>
  ) {
    let (kh, kw) = (window.kernel[0], window.kernel[1])
    let channels = input[0] / groups
    let first = row / (filters.rows / groups) * channels
    sums.update(repeating: filters.biases[row])
    for column in 0..<filters.columns {
      let weight = filters.weights[row * filters.columns + column]
      if weight == 0 { continue }
      let (channel, tap) = (column / (kh * kw), column % (kh * kw))
      let h = (first + channel) * padded.height + tap / kw * window.dilations[0]
      add(weight, of: planes, from: h * padded.width + tap % kw * window.dilations[1], to: sums)
    }
  }

  /// A weight times what it meets, from where it meets the first place.
  private func add(
    _ weight: Int32, of planes: UnsafeBufferPointer<Int32>, from start: Int,
    to sums: UnsafeMutableBufferPointer<Int32>
  ) {
    let (down, right, width) = (window.strides[0], window.strides[1], output[2])
    for h in 0..<output[1] {
      let (source, place) = (start + h * down * padded.width, h * width)
      if right == 1 {
        for w in 0..<width { sums[place + w] &+= weight &* planes[source + w] }
      } else {
        for w in 0..<width { sums[place + w] &+= weight &* planes[source + w * right] }
      }
    }
  }
}
