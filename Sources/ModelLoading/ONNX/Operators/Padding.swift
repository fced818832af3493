// Pad.

import ModelGraph

extension GraphBuilder {
  /// Pads and value are attributes before operator set 11 and inputs from then on.
  mutating func pad(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let rank = rank(x)
    let pads = try fullPads(node, rank: rank)
    if let axis = x.batchAxis {
      guard pads[axis] == 0, pads[rank + axis] == 0 else {
        throw node.mixesSamples("it pads the batch axis")
      }
    }
    guard pads.allSatisfy({ $0 >= 0 }) else {
      throw node.unsupported("pads \(pads) are negative, which would crop")
    }
    if pads.allSatisfy({ $0 == 0 }) { return x }
    let mode = try padMode(node)
    let kept = (0..<rank).filter { $0 != x.batchAxis }
    let padding = Padding(
      before: kept.map { pads[$0] }, after: kept.map { pads[rank + $0] }, mode: mode)
    return ComputedValue(id: try add(.pad(padding), [x.id], node), batchAxis: x.batchAxis)
  }

  /// Pads of every ONNX axis, first all before, then all after.
  private mutating func fullPads(_ node: ONNXNode, rank: Int) throws(ModelLoadingError) -> [Int] {
    var pads: [Int]
    if node.opset < 11 {
      guard let list = try node.integers(node.opset < 2 ? "paddings" : "pads") else {
        throw node.unfit("it has no pads")
      }
      pads = list
    } else {
      guard !node.has("pads"), let literal = try constant(node, 1, "list of pads") else {
        throw node.unfit("it has no pads")
      }
      pads = try integers(literal, "list of pads", node)
    }
    var axes = Array(0..<rank)
    if node.opset >= 18, let literal = try constant(node, 3, "list of axes") {
      axes = []
      for axis in try integers(literal, "list of axes", node) {
        axes.append(try self.axis(axis, rank: rank, node))
      }
      guard Set(axes).count == axes.count else { throw node.unfit("axes \(axes) repeat") }
    }
    guard pads.count == 2 * axes.count else {
      throw node.unfit("pads \(pads) are not two for each of \(axes.count) axes")
    }
    var full = Array(repeating: 0, count: 2 * rank)
    for (place, axis) in axes.enumerated() {
      full[axis] = pads[place]
      full[rank + axis] = pads[axes.count + place]
    }
    return full
  }

  private mutating func padMode(_ node: ONNXNode) throws(ModelLoadingError) -> Padding.Mode {
    switch try node.string("mode", or: "constant") {
    case "constant":
      var value = try node.float("value", or: 0)
      if node.opset >= 11, let literal = try constant(node, 2, "value") {
        value = try scalar(literal, "value", node)
      }
      guard value.isFinite else { throw node.unsupported("it pads with \(value)") }
      return .constant(value)
    case "reflect": return .reflect
    case "edge": return .edge
    case let mode: throw node.unsupported("mode \(mode) is not read")
    }
  }
}
