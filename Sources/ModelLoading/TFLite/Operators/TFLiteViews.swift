// Operators that rearrange or stack: most only rename axes, or look at the same numbers as another shape.

import ModelGraph

extension TFLiteBuilder {
  /// A value under another shape that differs in axes of size 1 only; nil where it differs in more.
  func viewed(_ value: TFLiteValue, _ shape: [Int]) -> TFLiteValue? {
    let (old, new) = (
      value.shape.indices.filter { value.shape[$0] > 1 }, shape.indices.filter { shape[$0] > 1 }
    )
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

  mutating func reshaped(
    _ x: TFLiteValue, to shape: [Int], of call: TFLiteOperator, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    if let view = viewed(x, shape) { return view }
    if !x.isPlain { flattened[call.outputs[0]] = x }
    let plain = try arranged(x, TFLiteLayout.plain(x.shape), node)
    let layout = TFLiteLayout.plain(shape)
    let id = try add(.reshape(layout.map { shape[$0] }), [plain], node)
    return value(id, layout, shape)
  }

  /// Axis i of the output is axis `permutation[i]` of the input: nothing moves until someone cares.
  mutating func transpose(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue
  {
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

// MARK: - Stacking

extension TFLiteBuilder {
  mutating func pack(_ call: TFLiteOperator, axis: Int, _ node: TFLiteNode) throws(ModelLoadingError)
    -> TFLiteValue
  {
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

  /// Side by side along an axis, to that shape.
  mutating func joined(_ parts: [TFLiteValue], axis: Int, _ shape: [Int], _ node: TFLiteNode)
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
