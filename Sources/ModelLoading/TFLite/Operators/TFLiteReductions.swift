// MEAN, SUM, REDUCE_MAX, ARG_MAX, ARG_MIN, and borders.

import ModelGraph

extension TFLiteBuilder {
  enum Reduction { case mean, sum, max }

  /// Over some axes of a sample: of a plane over all but the channels, the spatial mean; else, for each run
  /// of neighbouring axes, a pool over a view [outer, run, inner] with the run for its window.
  mutating func reduced(_ call: TFLiteOperator, _ kind: Reduction, keepsAxes: Bool, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let x = try data(call, 0, node)
    var axes = Set<Int>()
    for axis in try integers(call, 1, "list of axes", node) {
      axes.insert(try self.axis(axis, rank: x.rank, node))
    }
    if isExact, kind != .max { return try exactMean(x, axes, kind, keepsAxes: keepsAxes, node) }
    let layout = layout(of: x)
    let places = Set(axes.compactMap { layout.firstIndex(of: $0) })
    var id = try arranged(x, layout, node)
    let size = graph[id].shape
    id = try pooled(id, over: places, kind, node)
    if kind == .sum {
      let count = Float(saturatingProduct(places.map { size[$0] }))
      let factor = Literal(name: "count \(count)", shape: [1], content: .floats([count]))
      let parameter = try parameter(factor, .constant, shape: [1], node)
      let constant = try add(.constant(parameter), [], node, part: "constant")
      id = try add(.binary(.multiply), [id, constant], node, part: "sum")
    }
    return try reducedValue(id, layout, of: x, axes, keepsAxes: keepsAxes, node)
  }

  private func reducedValue(
    _ id: ValueID, _ layout: [Int], of x: TFLiteValue, _ axes: Set<Int>, keepsAxes: Bool, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    var shape = x.shape
    for axis in axes { shape[axis] = 1 }
    let kept = keepsAxes ? shape : shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    guard let result = viewed(value(id, layout, shape), kept) else { throw node.unfit("it has no axis left") }
    return result
  }

  /// One mean or sum of all that is reduced: means of means would be rounded in between.
  private mutating func exactMean(
    _ x: TFLiteValue, _ axes: Set<Int>, _ kind: Reduction, keepsAxes: Bool, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    let kept = TFLiteLayout.plain(x.shape).filter { !axes.contains($0) }
    let reduced = layout(of: x).filter(axes.contains)
    var id = try arranged(x, kept + reduced, node)
    let rows = kept.map { x.shape[$0] }
    id = try reshaped(id, to: [saturatingProduct(rows)] + reduced.map { x.shape[$0] }, node)
    id = try kind == .sum ? exactSum(id, node) : add(.globalAveragePool, [id], node)
    id = try reshaped(id, to: rows, node)
    return try reducedValue(id, kept, of: x, axes, keepsAxes: keepsAxes, node)
  }

  /// The sum of all but the first axis is a layer of ones: the reference's rules for the two are one.
  private mutating func exactSum(_ x: ValueID, _ node: TFLiteNode) throws(ModelLoadingError) -> ValueID {
    let (rows, count) = (graph[x].shape[0], saturatingProduct(graph[x].shape.dropFirst()))
    try reserve(count, node)
    guard let ones = IntegerTensor(
      shape: [1, count], integers: [Int32](repeating: 1, count: count),
      encoding: IntegerEncoding(.int8, scales: [1], zeroPoints: [0]))
    else { throw node.unfit("it sums \(count) elements") }
    let weight = graph.addParameter(Parameter(name: "\(node.name).ones", role: .weight, integers: ones))
    let id = try reshaped(x, to: [rows, count], node)
    return try add(.dense(Dense(weight: weight, bias: nil)), [id], node)
  }

  private mutating func pooled(_ x: ValueID, over axes: Set<Int>, _ kind: Reduction, _ node: TFLiteNode)
    throws(ModelLoadingError) -> ValueID
  {
    var (id, shape) = (x, graph[x].shape)
    if kind != .max, shape.count > 1, axes == Set(1..<shape.count) {
      return try add(.globalAveragePool, [id], node)
    }
    var axis = 0
    while axis < shape.count {
      let start = axis
      while axis < shape.count, axes.contains(axis) { axis += 1 }
      guard axis > start else {
        axis += 1
        continue
      }
      let count = saturatingProduct(shape[start..<axis])
      let view = [saturatingProduct(shape[..<start]), count, saturatingProduct(shape[axis...])]
      id = try reshaped(id, to: view, node)
      let window = Window(kernel: [count, 1])
      id = try add(
        kind == .max ? .maxPool(window) : .averagePool(window, countsPadding: false), [id], node,
        part: start == 0 ? "" : "along \(start)")
      for place in start..<axis { shape[place] = 1 }
    }
    return try reshaped(id, to: shape, node)
  }

  /// Where along an axis the largest is, or the least. The axes that are left get the file's order before, so that
  /// no number of a place is moved.
  mutating func argMax(_ call: TFLiteOperator, ofLeast: Bool, _ node: TFLiteNode) throws(ModelLoadingError)
    -> TFLiteValue
  {
    let x = try data(call, 0, node)
    let axes = try integers(call, 1, "axis", node)
    guard axes.count == 1 else { throw node.unfit("it looks along \(axes.count) axes, and along one it can") }
    let axis = try self.axis(axes[0], rank: x.rank, node)
    let element = model.tensors[call.outputs[0]].element
    guard element.holdsPlaces else {
      throw node.unsupported("its output holds \(element.name), and INT32 and INT64 are read")
    }
    var layout = layout(of: x)
    let left = layout.filter { $0 != axis && x.shape[$0] > 1 }
    if left != left.sorted() { layout = TFLiteLayout.plain(x.shape) }
    guard let place = layout.firstIndex(of: axis) else {
      throw node.unsupported("it looks along the first axis, which is the batch")
    }
    let id = try add(.argMax(axis: place, ofLeast: ofLeast), [try arranged(x, layout, node)], node)
    return try reducedValue(id, layout, of: x, [axis], keepsAxes: false, node)
  }

  /// PAD, PADV2 and MIRROR_PAD without its edge.
  mutating func pad(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue {
    let x = try data(call, 0, node)
    let pads = try integers(call, 1, "list of pads", node)
    guard pads.count == 2 * x.rank, pads.allSatisfy({ $0 >= 0 && $0 < 1 << 24 }) else {
      throw node.unfit("pads \(pads) are not two, of at least 0, for each axis of \(x.shape)")
    }
    var mode = Padding.Mode.constant(0)
    if case .mirrorPad(let isSymmetric) = call.operation { mode = isSymmetric ? .symmetric : .reflect }
    if case .padV2 = call.operation {
      guard case .floats(let numbers)? = try literal(call, 2, "number", node)?.content, numbers.count == 1,
        numbers[0].isFinite
      else { throw node.unfit("it does not pad with one number") }
      mode = .constant(isExact ? number(ofByte: numbers[0]) : numbers[0])
    }
    var layout = layout(of: x)
    if x.shape.indices.contains(where: { !layout.contains($0) && pads[2 * $0] + pads[2 * $0 + 1] > 0 }) {
      layout = Array(x.shape.indices)
    }
    let padding = Padding(
      before: layout.map { pads[2 * $0] }, after: layout.map { pads[2 * $0 + 1] }, mode: mode)
    let id = try add(.pad(padding), [try arranged(x, layout, node)], node)
    return value(id, layout, x.shape.indices.map { x.shape[$0] + pads[2 * $0] + pads[2 * $0 + 1] })
  }
}
