// Operators that pick slices: STRIDED_SLICE, SLICE, SPLIT, SPLIT_V, GATHER, UNPACK. A step picks places of the
// last axis, ascending, so what is picked is brought there, and another order is put together of runs.

import ModelGraph

extension TFLiteBuilder {
  /// Slices of a value along an axis: in an order that does not ascend, runs side by side that do.
  mutating func picked(_ x: TFLiteValue, _ picks: Picks, axis: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    guard picks.fit(x.shape[axis]) else {
      throw node.unfit("it picks nothing, or what is not there, of axis \(axis) of \(x.shape)")
    }
    try reserve(picks.count, node)
    var shape = x.shape
    shape[axis] = picks.count
    if let runs = picks.ascending {
      guard runs.count <= Picks.mostRuns else {
        throw node.unsupported(
          "it picks \(runs.count) runs that do not ascend, and at most \(Picks.mostRuns) are read")
      }
      let parts = try runs.map { run throws(ModelLoadingError) in try picked(x, run, axis: axis, node) }
      return try joined(parts, axis: axis, shape, node)
    }
    if picks.count == x.shape[axis] { return x }
    // The axis and those behind it become one, so that nothing has to be transposed; unless they are many.
    var layout = layout(of: x).contains(axis) ? self.layout(of: x) : Array(x.shape.indices)
    let inner = layout.suffix(from: (layout.firstIndex(of: axis) ?? 0) + 1)
    var width = saturatingProduct(inner.map { shape[$0] })
    if width > 1, picks.count > Picks.shortList / width {
      layout = layout.filter { $0 != axis } + [axis]
      width = 1
    }
    try reserve(picks.count * width, node)
    let id = try arranged(x, layout, node)
    let places = picks.indices.flatMap { $0 * width..<($0 + 1) * width }
    let outer = graph[id].shape.prefix(layout.firstIndex(of: axis) ?? 0)
    let flat = try reshaped(id, to: outer + [x.shape[axis] * width], node)
    let gathered = try add(.gather(places), [flat], node)
    return value(try reshaped(gathered, to: layout.map { shape[$0] }, node), layout, shape)
  }

  /// Picks along every axis, and then takes the shape that the file says.
  private mutating func sliced(
    _ x: TFLiteValue, _ picks: [Picks], _ call: TFLiteOperator, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    var value = x
    for (axis, list) in picks.enumerated() { value = try picked(value, list, axis: axis, node) }
    let shape = outputShape(call)
    guard let result = viewed(value, shape) else {
      throw node.unfit("its output is \(shape) in the file, and \(value.shape) by its slices")
    }
    return result
  }

  mutating func slice(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue {
    let x = try data(call, 0, node)
    let (begins, sizes) = (try integers(call, 1, "begin", node), try integers(call, 2, "size", node))
    guard begins.count == x.rank, sizes.count == x.rank else {
      throw node.unfit("its begin and size are not one for each axis of \(x.shape)")
    }
    var picks: [Picks] = []
    for axis in x.shape.indices {
      let room = x.shape[axis] - begins[axis]
      let size = sizes[axis] == -1 ? room : sizes[axis]
      guard begins[axis] >= 0, size >= 1, size <= room else {
        throw node.unfit("\(size) slices from \(begins[axis]) on are not in axis \(axis) of \(x.shape)")
      }
      picks.append(.run(start: begins[axis], count: size, stride: 1))
    }
    return try sliced(x, picks, call, node)
  }

  mutating func stridedSlice(_ call: TFLiteOperator, _ masks: TFLiteSliceMasks, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let x = try data(call, 0, node)
    guard !masks.isOffset else { throw node.unsupported("it has offsets, which are not read") }
    guard !isExact || masks.ellipsis == 0 && masks.newAxis == 0 else {
      throw node.unsupported("TensorFlow Lite Micro slices bytes without an ellipsis and new axes")
    }
    let lists = try (1...3).map { position throws(ModelLoadingError) in
      try integers(call, position, "list of begins, ends or strides", node)
    }
    guard Set(lists.map(\.count)).count == 1, lists[0].count <= Literal.maximumRank else {
      throw node.unfit("its begins, ends and strides are not as many")
    }
    var picks: [Picks] = []
    let places = lists[0].indices
    let added = places.count { masks.has(masks.newAxis, $0) && !masks.has(masks.ellipsis, $0) }
    for place in places {
      if masks.has(masks.ellipsis, place) {
        let all = x.rank - (places.count - 1 - added)
        for size in x.shape.dropFirst(picks.count).prefix(max(all, 0)) {
          picks.append(.run(start: 0, count: size, stride: 1))
        }
      } else if !masks.has(masks.newAxis, place) {
        guard picks.count < x.rank else { throw node.unfit("it slices more axes than \(x.shape) has") }
        picks.append(try slices(of: x, axis: picks.count, place, lists.map { $0[place] }, masks, node))
      }
    }
    return try sliced(x, picks, call, node)
  }

  /// Along an axis, by the begin, the end and the stride at a place of their lists.
  private func slices(
    of x: TFLiteValue, axis: Int, _ place: Int, _ numbers: [Int], _ masks: TFLiteSliceMasks, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> Picks {
    let (size, stride) = (x.shape[axis], numbers[2])
    guard stride != 0 else { throw node.unfit("its stride of axis \(axis) is 0") }
    let (first, last) = stride > 0 ? (0, size) : (size - 1, -1)
    func counted(_ number: Int) -> Int {
      min(max(number < 0 ? number + size : number, min(first, last)), max(first, last))
    }
    let begin = masks.has(masks.begin, place) ? first : counted(numbers[0])
    if masks.has(masks.shrink, place) {
      guard (0..<size).contains(begin) else {
        throw node.unfit("there is no slice \(numbers[0]) in axis \(axis) of \(x.shape)")
      }
      return .run(start: begin, count: 1, stride: 1)
    }
    let end = masks.has(masks.end, place) ? last : counted(numbers[1])
    let (room, step) = (stride > 0 ? end - begin : begin - end, abs(stride))
    guard room > 0 else { throw node.unfit("it picks nothing of axis \(axis) of \(x.shape)") }
    return .run(start: begin, count: (room - 1) / step + 1, stride: stride)
  }

  /// Inputs: axis, value.
  mutating func split(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> [TFLiteValue] {
    let (x, axes) = (try data(call, 1, node), try integers(call, 0, "axis", node))
    guard axes.count == 1 else { throw node.unfit("its axis is not one number") }
    let axis = try self.axis(axes[0], rank: x.rank, node)
    guard x.shape[axis] % call.outputs.count == 0 else {
      throw node.unfit("\(call.outputs.count) parts do not divide axis \(axis) of \(x.shape)")
    }
    let size = x.shape[axis] / call.outputs.count
    return try parts(of: x, [Int](repeating: size, count: call.outputs.count), axis: axis, node)
  }

  /// Inputs: value, sizes, axis.
  mutating func splitV(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> [TFLiteValue]
  {
    let (x, axes) = (try data(call, 0, node), try integers(call, 2, "axis", node))
    guard axes.count == 1 else { throw node.unfit("its axis is not one number") }
    let axis = try self.axis(axes[0], rank: x.rank, node)
    var sizes = try integers(call, 1, "list of sizes", node)
    guard sizes.count == call.outputs.count, sizes.allSatisfy({ $0 >= -1 && $0 <= x.shape[axis] }),
      sizes.count(where: { $0 == -1 }) <= 1
    else { throw node.unfit("sizes \(sizes) do not split axis \(axis) of \(x.shape)") }
    if let rest = sizes.firstIndex(of: -1) { sizes[rest] = x.shape[axis] - (sizes.reduce(0, +) + 1) }
    guard sizes.reduce(0, +) == x.shape[axis] else {
      throw node.unfit("sizes \(sizes) do not split axis \(axis) of \(x.shape)")
    }
    return try parts(of: x, sizes, axis: axis, node)
  }

  private mutating func parts(of x: TFLiteValue, _ sizes: [Int], axis: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> [TFLiteValue]
  {
    var (values, start) = ([TFLiteValue](), 0)
    for size in sizes {
      guard size >= 1 else { throw node.unfit("a part of size \(size) is empty") }
      values.append(try picked(x, .run(start: start, count: size, stride: 1), axis: axis, node))
      start += size
    }
    return values
  }

  mutating func gather(_ call: TFLiteOperator, axis: Int, batchAxes: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let (x, indices) = (try data(call, 0, node), try integers(call, 1, "list of indices", node))
    guard batchAxes == 0 else { throw node.unsupported("it gathers along batch axes, which is not read") }
    let axis = try self.axis(axis, rank: x.rank, node)
    let value = try picked(
      x, .list(indices.map { $0 < 0 ? $0 + x.shape[axis] : $0 }), axis: axis, node)
    let shape = outputShape(call)
    guard saturatingProduct(shape) == saturatingProduct(value.shape) else {
      throw node.unfit("its output is \(shape) in the file, and \(value.shape) by its indices")
    }
    return try reshaped(value, to: shape, of: call, node)
  }

  mutating func unpack(_ call: TFLiteOperator, axis: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> [TFLiteValue]
  {
    let x = try data(call, 0, node)
    let axis = try self.axis(axis, rank: x.rank, node)
    guard x.shape[axis] == call.outputs.count else {
      throw node.unfit("it has \(call.outputs.count) outputs for axis \(axis) of \(x.shape)")
    }
    var shape = x.shape
    shape.remove(at: axis)
    return try parts(of: x, [Int](repeating: 1, count: call.outputs.count), axis: axis, node)
      .compactMap { viewed($0, shape) }
  }
}
