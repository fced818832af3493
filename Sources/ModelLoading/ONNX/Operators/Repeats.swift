// Operators that repeat: Expand, Tile. A resize to the nearest place repeats what an axis of size 1 holds.

import ModelGraph

extension GraphBuilder {
  /// Broadcasts to a shape, which itself may broadcast.
  mutating func expand(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    guard let literal = try constant(node, 1, "shape") else { throw node.unfit("it has no shape") }
    guard case .sizes(let wanted) = literal.content, literal.shape.count <= 1 else {
      throw node.unfit("its shape is not a list of integers")
    }
    if case .known(let constant) = try required(node, 0) { return try forEachSample(constant, wanted, node) }
    var x = try data(node)
    guard max(wanted.count, rank(x)) <= Literal.maximumRank else {
      throw node.unfit("\(wanted) has more than \(Literal.maximumRank) axes")
    }
    let own = sizes(x)
    let more = max(0, wanted.count - own.count)
    let wide = Array(repeating: Size.known(1), count: more) + own
    let shape = Array(repeating: Size.known(1), count: wide.count - wanted.count) + wanted
    if more > 0 { x = try reshaped(x, to: wide, node, part: "widened") }
    if let axis = x.batchAxis, shape[axis] != .batch, shape[axis] != .known(1), extent(shape[axis]) != batch {
      guard batch == 1 else { throw node.mixesSamples("it expands the batch axis to \(shape[axis])") }
      x = try withoutBatchAxis(x, node)
    }
    for (axis, size) in shape.enumerated() where axis != x.batchAxis && size != .known(1) {
      guard let count = extent(size) else {
        throw node.mixesSamples("its shape \(shape) has the batch where \(wide) has none")
      }
      let place = sampleAxis(axis, of: x)
      let found = graph[x.id].shape[place]
      guard found == count || found == 1, count >= 1 else { throw node.unfit("\(wide) does not expand to \(shape)") }
      if found != count { x.id = try repeated(x.id, axis: place, count, node) }
    }
    return try rebatched(x, node)
  }

  /// A constant that every sample gets, as a class token is put before each image's patches.
  private mutating func forEachSample(_ constant: Literal, _ wanted: [Size], _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    let rank = max(wanted.count, constant.shape.count)
    let sizes = Array(repeating: Size.known(1), count: rank - wanted.count) + wanted
    guard let axis = sizes.firstIndex(of: .batch), sizes.count(where: { $0 == .batch }) == 1 else {
      throw node.mixesSamples("its shape \(wanted) has the batch more than once")
    }
    let known = sizes.map { extent($0) ?? 1 }
    guard rank <= Literal.maximumRank, known.allSatisfy({ $0 >= 1 }), let shape = broadcastShape(constant.shape, known)
    else { throw node.unfit("\(constant.shape) does not expand to \(wanted)") }
    guard shape[axis] == 1 else {
      throw node.mixesSamples("its constant of shape \(constant.shape) is not the same for every sample")
    }
    try reserveDerived(saturatingProduct(shape), node)
    let whole = constant.broadcast(to: shape)
    var sample = shape
    sample.remove(at: axis)
    let literal = Literal(name: node.outputs[0], shape: shape, content: whole.content)
    return ComputedValue(id: try constantValue(literal, shape: sample, node), batchAxis: axis)
  }

  /// The whole, so many times along each axis.
  mutating func tile(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    var x = try data(node)
    guard node.opset >= 6, let literal = try constant(node, 1, "list of repeats") else {
      throw node.unsupported("it has no list of repeats")
    }
    let counts = try integers(literal, "list of repeats", node)
    guard counts.count == rank(x), counts.allSatisfy({ $0 >= 1 }) else {
      throw node.unfit("repeats \(counts) are not one, of at least 1, for each axis of \(sizes(x))")
    }
    for (axis, count) in counts.enumerated() where count > 1 {
      guard axis != x.batchAxis else { throw node.mixesSamples("it repeats the batch axis") }
      x.id = try repeated(x.id, axis: sampleAxis(axis, of: x), count, node)
    }
    return x
  }

  /// An axis of a sample, and all behind it, so many times in a row.
  mutating func repeated(_ x: ValueID, axis: Int, _ count: Int, _ node: ONNXNode)
    throws(ModelLoadingError) -> ValueID
  {
    var shape = graph[x].shape
    let (outer, inner) = (saturatingProduct(shape[..<axis]), saturatingProduct(shape[axis...]))
    let (size, overflow) = shape[axis].multipliedReportingOverflow(by: count)
    guard !overflow, count <= 65535, inner <= 65535, outer <= Graph.maximumElements else {
      throw node.unsupported("it repeats \(inner) numbers \(count) times, and at most 65535 of either are read")
    }
    shape[axis] = size
    let view = try viewed(x, as: [outer, 1, inner], node)
    let still = Resize.Axis(size: inner, step: 1)
    let resize = Resize(mode: .nearest, axes: [Resize.Axis(size: count, step: 0), still])
    return try viewed(try add(.resize(resize), [view], node), as: shape, node)
  }
}

// MARK: - Space and depth

extension GraphBuilder {
  mutating func depthToSpace(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (x, block) = (try image(node), try node.integer("blocksize", or: 0))
    let shape = graph[x.id].shape
    guard x.spatialRank == 2, block >= 1, block < 1 << 12, shape[0] % (block * block) == 0 else {
      throw node.unfit("blocks of \(block) do not divide the channels of \(shape)")
    }
    let depth = shape[0] / (block * block)
    let isRows = try isChannelsLastInBlock(node)
    let parts = isRows ? [block, block, depth] : [depth, block, block]
    let split = try viewed(x.id, as: parts + shape[1...], node)
    let woven = try add(.transpose(isRows ? [2, 3, 0, 4, 1] : [0, 3, 1, 4, 2]), [split], node)
    let id = try viewed(woven, as: [depth, shape[1] * block, shape[2] * block], node)
    return ComputedValue(id: id, batchAxis: 0)
  }

  mutating func spaceToDepth(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (x, block) = (try image(node), try node.integer("blocksize", or: 0))
    let shape = graph[x.id].shape
    guard x.spatialRank == 2, block >= 1, block < 1 << 12, shape[1] % block == 0, shape[2] % block == 0 else {
      throw node.unfit("blocks of \(block) do not divide the plane of \(shape)")
    }
    let (height, width) = (shape[1] / block, shape[2] / block)
    let split = try viewed(x.id, as: [shape[0], height, block, width, block], node)
    let order = try isChannelsLastInBlock(node) ? [2, 4, 0, 1, 3] : [0, 2, 4, 1, 3]
    let woven = try add(.transpose(order), [split], node)
    let id = try viewed(woven, as: [shape[0] * block * block, height, width], node)
    return ComputedValue(id: id, batchAxis: 0)
  }

  /// Whether a block's places stand before the channels (DCR), or behind (CRD).
  private func isChannelsLastInBlock(_ node: ONNXNode) throws(ModelLoadingError) -> Bool {
    switch try node.string("mode", or: "DCR") {
    case "DCR": return true
    case "CRD": return false
    case let mode: throw node.unsupported("mode \(mode) is not known")
    }
  }
}
