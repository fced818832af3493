import FixedPoint
import ModelGraph
import Tensors

/// What each window of a pool sees of a plane.
struct WindowPlaces: Sendable {
  /// Rows and columns of the input that each row and column of the output sees, border left out.
  private let rows: [StrideThrough<Int>]
  private let columns: [StrideThrough<Int>]
  /// [C, H, W]
  private let input: [Int]

  init(_ window: Window, _ site: NodeSite) throws(IntegerExecutionError) {
    _ = try (site.inputs, site.output)
    input = site.graph[site.node.inputs[0]].shape
    let output = site.graph[site.node.output].shape
    rows = try Self.seen(window, axis: 0, size: input[1], count: output[1], site)
    columns = try Self.seen(window, axis: 1, size: input[2], count: output[2], site)
  }

  private static func seen(_ window: Window, axis: Int, size: Int, count: Int, _ site: NodeSite)
    throws(IntegerExecutionError) -> [StrideThrough<Int>]
  {
    let (dilation, taps) = (window.dilations[axis], window.kernel[axis])
    var seen: [StrideThrough<Int>] = []
    for place in 0..<count {
      let start = place * window.strides[axis] - window.padBefore[axis]
      let first = start < 0 ? (-start + dilation - 1) / dilation : 0
      let last = start < size ? min(taps - 1, (size - 1 - start) / dilation) : -1
      guard first <= last else { throw site.inexact("a window sees nothing but its border") }
      seen.append(stride(from: start + first * dilation, through: start + last * dilation, by: dilation))
    }
    return seen
  }

  func maxima(_ x: [Int8]) -> [Int8] { map(x) { $0.reduce(Int8.min, max) } }

  func averages(_ x: [Int8]) -> [Int8] {
    map(x) { seen in
      Int8(clamping: FixedPoint.average(sum: seen.reduce(0) { $0 + Int($1) }, count: seen.count))
    }
  }

  private func map(_ x: [Int8], _ result: ([Int8]) -> Int8) -> [Int8] {
    (0..<input[0]).flatMap { channel in
      rows.flatMap { rows in
        columns.map { columns in
          result(
            rows.flatMap { row in columns.map { x[(channel * input[1] + row) * input[2] + $0] } })
        }
      }
    }
  }
}
