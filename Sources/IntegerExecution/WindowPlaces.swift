import FixedPoint
import ModelGraph
import Tensors

/// What each window of a pool sees of a plane.
struct WindowPlaces: Sendable {
  /// Rows and columns of the input that each row and column of the output sees, border left out.
  private let rows: [[Int]]
  private let columns: [[Int]]
  /// [C, H, W]
  private let input: [Int]

  init(_ window: Window, _ site: NodeSite) throws(IntegerExecutionError) {
    _ = try (site.inputs, site.output)
    input = site.graph[site.node.inputs[0]].shape
    let output = site.graph[site.node.output].shape
    rows = Self.seen(window, axis: 0, size: input[1], count: output[1])
    columns = Self.seen(window, axis: 1, size: input[2], count: output[2])
    guard !(rows + columns).contains(where: \.isEmpty) else {
      throw site.inexact("a window sees nothing but its border")
    }
  }

  private static func seen(_ window: Window, axis: Int, size: Int, count: Int) -> [[Int]] {
    (0..<count).map { place in
      (0..<window.kernel[axis])
        .map { place * window.strides[axis] + $0 * window.dilations[axis] - window.padBefore[axis] }
        .filter { (0..<size).contains($0) }
    }
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
