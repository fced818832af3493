import FixedPoint
import ModelGraph
import Tensors

/// A layer's filters in integers, and how their sums are finished.
struct IntegerFilters: Sendable {
  let rows: Int
  let columns: Int
  /// [rows, columns]
  let weights: [Int32]
  /// One a row; 0 where there are none.
  let biases: [Int32]
  private let multipliers: [FixedMultiplier]
  let x: ByteEncoding
  /// Of sums that become 16 bits their scale.
  let y: ByteEncoding

  init(_ site: NodeSite) throws(IntegerExecutionError) {
    let graph = site.graph
    x = try site.inputs[0]
    if let shorts = site.shorts {
      y = ByteEncoding(scale: shorts.scales[0], zeroPoint: 0)
    } else {
      y = try site.output
    }
    guard let form = site.node.operation.layer, let weight = graph[form.weight].integers,
      weight.encoding.element == .int8, weight.encoding.zeroPoints.allSatisfy({ $0 == 0 }),
      weight.encoding.axis ?? 0 == 0
    else { throw site.inexact("its weights are not int8 about 0 with one scale or one a row") }
    rows = weight.shape[0]
    columns = weight.integers.count / max(rows, 1)
    weights = weight.integers
    let scales = weight.encoding.scales
    multipliers = (0..<rows).map { [x, y] in
      FixedMultiplier(from: x.scale, times: scales[scales.count == 1 ? 0 : $0], to: y)
    }
    guard let id = form.bias else {
      biases = [Int32](repeating: 0, count: rows)
      return
    }
    guard let bias = graph[id].integers, bias.encoding.element == .int32,
      bias.encoding.zeroPoints.allSatisfy({ $0 == 0 })
    else { throw site.inexact("its biases are not int32 about 0") }
    biases = bias.integers
  }

  /// The byte of a row's sum, its bias included.
  func finished(_ sum: Int32, row: Int) -> Int8 { y.byte(multipliers[row].applied(to: sum)) }

  /// [..., I] to [..., O].
  func dense(_ elements: [Int8]) -> [Int8] { dense(elements, finished) }

  /// The same where a row's sum becomes 16 bits.
  func shorts(_ elements: [Int8]) -> [Int16] {
    dense(elements) { Int16(clamping: multipliers[$1].applied(to: $0)) }
  }

  private func dense<Result>(_ elements: [Int8], _ finished: (Int32, Int) -> Result) -> [Result] {
    let distances = elements.map { Int32($0) - x.zeroPoint }
    var results: [Result] = []
    results.reserveCapacity(elements.count / columns * rows)
    distances.withUnsafeBufferPointer { x in
      weights.withUnsafeBufferPointer { w in
        for start in stride(from: 0, to: x.count, by: columns) {
          for row in 0..<rows {
            var sum = biases[row]
            for column in 0..<columns { sum &+= w[row * columns + column] &* x[start + column] }
            results.append(finished(sum, row))
          }
        }
      }
    }
    return results
  }
}
