// ReduceMean and Pad.

import ModelGraph

extension GraphBuilder {
  /// The mean over some axes of a sample: over all but the first, the spatial mean; else, for each
  /// run of neighbouring axes, an average pool over a view [outer, run, inner] with the run for its
  /// window.
  mutating func reduceMean(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let rank = rank(x)
    var axes = Set<Int>()
    for axis in try self.axes(node) ?? [] { axes.insert(try self.axis(axis, rank: rank, node)) }
    if axes.isEmpty {
      if try node.integer("noop_with_empty_axes", or: 0) != 0 { return x }
      axes = Set(0..<rank)
    }
    guard !axes.contains(where: { $0 == x.batchAxis }) else {
      throw node.mixesSamples("it runs over the batch axis")
    }
    let keepsAxes = try node.integer("keepdims", or: 1) != 0
    let reduced = Set(axes.map { sampleAxis($0, of: x) })
    let id = try mean(of: x.id, over: reduced, keepsAxes: keepsAxes, node)
    let gone = keepsAxes ? 0 : axes.count { $0 < x.batchAxis ?? 0 }
    return ComputedValue(id: id, batchAxis: x.batchAxis.map { $0 - gone })
  }

  private mutating func mean(
    of x: ValueID, over axes: Set<Int>, keepsAxes: Bool, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ValueID {
    var shape = graph[x].shape
    var id = x
    if shape.count > 1, axes == Set(1..<shape.count) {
      id = try add(.globalAveragePool, [id], node)
    } else {
      for (number, run) in runs(axes).enumerated() {
        let outer = saturatingProduct(shape[..<run.lowerBound])
        let inner = saturatingProduct(shape[(run.upperBound + 1)...])
        let count = saturatingProduct(shape[run])
        let view = try reshaped(id, to: [outer, count, inner], node)
        id = try add(
          .averagePool(Window(kernel: [count, 1]), countsPadding: false), [view], node,
          part: number == 0 ? "" : "mean")
        for axis in run { shape[axis] = 1 }
      }
    }
    let kept = shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    for axis in axes { shape[axis] = 1 }
    return try reshaped(id, to: keepsAxes ? shape : kept, node)
  }

  /// A value of the graph under another shape; itself where it has that shape.
  private mutating func reshaped(_ id: ValueID, to shape: [Int], _ node: ONNXNode)
    throws(ModelLoadingError) -> ValueID
  {
    graph[id].shape == shape ? id : try add(.reshape(shape), [id], node, part: "view")
  }

  /// Runs of neighbouring numbers.
  private func runs(_ axes: Set<Int>) -> [ClosedRange<Int>] {
    axes.sorted().reduce(into: []) { runs, axis in
      if let last = runs.last, last.upperBound == axis - 1 {
        runs[runs.count - 1] = last.lowerBound...axis
      } else {
        runs.append(axis...axis)
      }
    }
  }

  // MARK: Pad

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
