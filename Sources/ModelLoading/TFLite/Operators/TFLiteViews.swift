// Operators that rearrange or pick: most only rename axes, or look at the same numbers under another shape.

import ModelGraph

extension TFLiteBuilder {
  /// A value under another shape that differs in axes of size 1 only; nil where it differs in more.
  func viewed(_ value: TFLiteValue, _ shape: [Int]) -> TFLiteValue? {
    let (old, new) = (value.shape.indices.filter { value.shape[$0] > 1 }, shape.indices.filter { shape[$0] > 1 })
    guard old.map({ value.shape[$0] }) == new.map({ shape[$0] }) else { return nil }
    let renamed = Dictionary(uniqueKeysWithValues: zip(old, new))
    return TFLiteValue(id: value.id, axes: value.axes.compactMap { renamed[$0] }, shape: shape)
  }

  /// RESHAPE, SQUEEZE and EXPAND_DIMS: the file says what comes out.
  mutating func reshape(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> Traced {
    let shape = outputShape(call)
    switch try traced(call, 0, node) {
    case .known(let literal)?:
      guard literal.count == saturatingProduct(shape) else {
        throw node.unfit("\(literal.shape) cannot take the shape \(shape)")
      }
      return .known(literal.reshaped(to: shape))
    case .computed(let x)?:
      guard saturatingProduct(x.shape) == saturatingProduct(shape) else {
        throw node.unfit("\(x.shape) cannot take the shape \(shape)")
      }
      return .computed(try reshaped(x, to: shape, of: call, node))
    case .size?, .unread?, nil: throw node.unsupported("it computes with a shape, which is not read")
    }
  }

  private mutating func reshaped(_ x: TFLiteValue, to shape: [Int], of call: TFLiteOperator, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    if let view = viewed(x, shape) { return view }
    if !x.isPlain { flattened[call.outputs[0]] = x }
    let plain = try arranged(x, TFLiteLayout.plain(x.shape), node)
    let layout = TFLiteLayout.plain(shape)
    let id = try add(.reshape(layout.map { shape[$0] }), [plain], node)
    return value(id, layout, shape)
  }

  /// Axis i of the output is axis `permutation[i]` of the input: nothing moves until someone cares.
  mutating func transpose(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue {
    let x = try data(call, 0, node)
    let permutation = try integers(call, 1, "order of axes", node)
    guard permutation.sorted() == Array(x.shape.indices) else {
      throw node.unfit("\(permutation) is not an order of the \(x.rank) axes")
    }
    return TFLiteValue(
      id: x.id, axes: x.axes.compactMap { permutation.firstIndex(of: $0) },
      shape: permutation.map { x.shape[$0] })
  }

  /// SPACE_TO_DEPTH and DEPTH_TO_SPACE.
  mutating func blocks(_ call: TFLiteOperator, _ block: Int, toDepth: Bool, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let x = try data(call, 0, node)
    guard x.rank == 4, x.shape[0] == 1 else {
      throw node.unsupported("its input \(x.shape) is not one plane [1, height, width, channels]")
    }
    let (h, w, c) = (x.shape[1], x.shape[2], x.shape[3])
    guard toDepth ? h % block == 0 && w % block == 0 : c % (block * block) == 0 else {
      throw node.unfit("blocks of \(block) do not divide \(x.shape)")
    }
    let depth = c / (block * block)
    let parts = toDepth ? [h / block, block, w / block, block, c] : [h, w, block, block, depth]
    let shape = toDepth ? [1, h / block, w / block, block * block * c] : [1, h * block, w * block, depth]
    var id = try reshaped(try arranged(x, [1, 2, 3], node), to: parts, node)
    id = try add(.transpose([0, 2, 1, 3, 4]), [id], node)
    return value(try reshaped(id, to: Array(shape[1...]), node), [1, 2, 3], shape)
  }
}

// MARK: - Picking

/// Slices of an axis.
enum TFLitePicks {
  case run(start: Int, count: Int, stride: Int)
  case list([Int])

  var count: Int {
    switch self {
    case .run(_, let count, _): count
    case .list(let list): list.count
    }
  }

  var indices: [Int] {
    switch self {
    case .run(let start, let count, let stride): (0..<count).map { start + $0 * stride }
    case .list(let list): list
    }
  }

  /// Whether there are any, ascending, of an axis of that size.
  func fit(_ size: Int) -> Bool {
    switch self {
    case .run(let start, let count, let stride):
      count >= 1 && start >= 0 && start < size && (count - 1) * stride < size - start
    case .list(let list):
      !list.isEmpty && list.allSatisfy((0..<size).contains) && zip(list, list.dropFirst()).allSatisfy(<)
    }
  }
}

extension TFLiteBuilder {
  /// Places that a step picks by are listed one by one; so many are no burden.
  private static let shortList = 4096

  /// Slices of a value along an axis, ascending.
  mutating func picked(_ x: TFLiteValue, _ picks: TFLitePicks, axis: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    guard picks.fit(x.shape[axis]) else {
      throw node.unsupported(
        "it picks nothing, what is not there, or in an order that is not ascending, of axis \(axis) of \(x.shape)")
    }
    if picks.count == x.shape[axis] { return x }
    var shape = x.shape
    shape[axis] = picks.count
    // The axis and those behind it become one, so that nothing has to be transposed; unless they are many.
    var layout = layout(of: x).contains(axis) ? self.layout(of: x) : Array(x.shape.indices)
    let inner = layout.suffix(from: (layout.firstIndex(of: axis) ?? 0) + 1)
    var width = saturatingProduct(inner.map { shape[$0] })
    if width > 1, picks.count > Self.shortList / width {
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
    _ x: TFLiteValue, _ picks: [TFLitePicks], _ call: TFLiteOperator, _ node: TFLiteNode
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
    var picks: [TFLitePicks] = []
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
    guard masks.ellipsis == 0, masks.newAxis == 0, !masks.isOffset else {
      throw node.unsupported("it has an ellipsis, a new axis or offsets, which are not read")
    }
    let lists = try (1...3).map { position throws(ModelLoadingError) in
      try integers(call, position, "list of begins, ends or strides", node)
    }
    guard lists.allSatisfy({ $0.count == x.rank }) else {
      throw node.unfit("its begins, ends and strides are not one for each axis of \(x.shape)")
    }
    var picks: [TFLitePicks] = []
    for (axis, size) in x.shape.enumerated() {
      func has(_ mask: Int32) -> Bool { mask >> Int32(axis) & 1 == 1 }
      func counted(_ number: Int) -> Int { min(max(number < 0 ? number + size : number, 0), size) }
      let (begin, stride) = (has(masks.begin) ? 0 : counted(lists[0][axis]), lists[2][axis])
      guard stride >= 1 else { throw node.unsupported("its stride \(stride) goes backwards or nowhere") }
      if has(masks.shrink) {
        guard begin < size else { throw node.unfit("there is no slice \(begin) in axis \(axis) of \(x.shape)") }
        picks.append(.run(start: begin, count: 1, stride: 1))
      } else {
        let end = has(masks.end) ? size : counted(lists[1][axis])
        guard end > begin else { throw node.unfit("it picks nothing of axis \(axis) of \(x.shape)") }
        picks.append(.run(start: begin, count: (end - begin + stride - 1) / stride, stride: stride))
      }
    }
    return try sliced(x, picks, call, node)
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
  mutating func splitV(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> [TFLiteValue] {
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
    guard let result = viewed(value, outputShape(call)) else {
      throw node.unfit("its output is \(outputShape(call)) in the file, and \(value.shape) by its indices")
    }
    return result
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

// MARK: - Stacking

extension TFLiteBuilder {
  mutating func pack(_ call: TFLiteOperator, axis: Int, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue {
    let shape = outputShape(call)
    let axis = try self.axis(axis, rank: shape.count, node)
    var part = shape
    part[axis] = 1
    var parts: [TFLiteValue] = []
    for position in call.inputs.indices {
      guard let view = viewed(try data(call, position, node), part) else {
        throw node.unfit("its inputs do not have the shape \(part) of its output's parts")
      }
      parts.append(view)
    }
    return try joined(parts, axis: axis, shape, node)
  }

  /// Repeats along axes.
  mutating func tile(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue {
    var x = try data(call, 0, node)
    let counts = try integers(call, 1, "list of counts", node)
    guard counts.count == x.rank, counts.allSatisfy({ $0 >= 1 && $0 <= TFLiteOptions.largest }) else {
      throw node.unfit("counts \(counts) are not one, of at least 1, for each axis of \(x.shape)")
    }
    for (axis, count) in counts.enumerated() where count > 1 {
      var shape = x.shape
      shape[axis] *= count
      try reserve(count, node)
      x = try joined([TFLiteValue](repeating: x, count: count), axis: axis, shape, node)
    }
    return x
  }

  private mutating func joined(_ parts: [TFLiteValue], axis: Int, _ shape: [Int], _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    if parts.count == 1 { return parts[0] }
    var layout = layout(of: parts[0])
    if !layout.contains(axis) { layout = Array(shape.indices) }
    var ids: [ValueID] = []
    for part in parts { ids.append(try arranged(part, layout, node)) }
    let id = try add(.concat(axis: layout.firstIndex(of: axis) ?? 0), ids, node)
    return try result(id, layout, shape, node)
  }
}
