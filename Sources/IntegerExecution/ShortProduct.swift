import FixedPoint
import ModelGraph
import Tensors

/// Sums over windows of 16 bits by weights of 16 bits, each of its own window: what SVDF makes of what it keeps.
struct ShortProduct: Sendable {
  private let weights: [Int32]
  private let biases: [Int32]
  private let multiplier: FixedMultiplier
  private let y: ByteEncoding
  private let inner: Int

  init(_ site: NodeSite) throws(IntegerExecutionError) {
    let graph = site.graph
    guard let form = site.node.operation.layer, let weight = graph[form.weight].integers,
      let x = graph[site.node.inputs[0]].integers, let (window, units) = site.windows,
      weight.encoding.element == .int16, weight.encoding.scales.count == 1, weight.encoding.zeroPoints == [0],
      x.zeroPoints == [0], x.scales.count == 1
    else { throw site.inexact("windows of 16 bits are not summed by weights of 16 bits about 0, each by its own") }
    y = try site.output
    (weights, inner) = (weight.integers, window)
    multiplier = FixedMultiplier(from: x.scales[0], times: weight.encoding.scales[0], to: y)
    guard let id = form.bias else {
      biases = [Int32](repeating: 0, count: units)
      return
    }
    guard let bias = graph[id].integers, bias.encoding.element == .int32 else {
      throw site.inexact("its biases are not int32")
    }
    biases = bias.integers
  }

  func callAsFunction(_ x: [Int16]) -> [Int8] {
    biases.indices.map { unit in
      var sum = biases[unit]
      for place in unit * inner..<(unit + 1) * inner { sum &+= Int32(x[place]) &* weights[place] }
      return y.byte(multiplier.applied(to: sum))
    }
  }
}

extension NodeSite {
  /// Whether it reads numbers of 16 bits.
  var takesShorts: Bool { graph[node.inputs[0]].integers?.element == .int16 }

  /// Of a layer whose filters each see the whole of their own channels once: elements of a filter, and how many there are.
  fileprivate var windows: (inner: Int, units: Int)? {
    let (x, y) = (graph[node.inputs[0]].shape, graph[node.output].shape)
    guard let form = node.operation.layer, let window = form.window, x.count == 3, y == [form.groups, 1, 1],
      window.kernel == [x[1], x[2]], window.padBefore == [0, 0], window.dilations == [1, 1]
    else { return nil }
    return (x.reduce(1, *) / form.groups, form.groups)
  }
}
