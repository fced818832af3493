// Operators that only rearrange: Reshape, Flatten, Squeeze, Unsqueeze, Transpose.
//
// The one question is where the batch axis goes. Row-major order keeps samples apart exactly when
// the target has an axis of the batch's size with as many elements before it as there were before
// the batch axis; all else merges samples with features. A batch of 1 may sit anywhere, or go.

import ModelGraph

extension GraphBuilder {
  mutating func reshape(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    return try reshaped(x, to: try reshapeTarget(node, from: sizes(x)), node)
  }

  /// The shape a Reshape asks for, its zeros replaced by the sizes that they copy; -1 stands.
  mutating func reshapeTarget(_ node: ONNXNode, from own: [Size]) throws(ModelLoadingError)
    -> [Size]
  {
    let wanted: [Size]
    if let shape = try node.integers("shape") {
      wanted = shape.map(Size.known)
    } else if let literal = try constant(node, 1, "shape") {
      guard case .sizes(let sizes) = literal.content, literal.shape.count <= 1 else {
        throw node.unfit("its shape is not a list of integers")
      }
      wanted = sizes
    } else {
      throw node.unfit("it has no shape")
    }
    guard wanted.count <= Literal.maximumRank else {
      throw node.unfit("\(wanted.count) axes are more than \(Literal.maximumRank)")
    }
    let copiesZero = try node.integer("allowzero", or: 0) == 0
    var target: [Size] = []
    for (axis, size) in wanted.enumerated() {
      if size == .known(0) {
        guard copiesZero, axis < own.count else { throw node.unfit("its shape \(wanted) is empty") }
        target.append(own[axis])
      } else {
        target.append(size)
      }
    }
    return target
  }

  mutating func flatten(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let own = sizes(x)
    let split = try flattenAxis(node, rank: own.count)
    let parts = [own[..<split], own[split...]]
    var target: [Size] = []
    for part in parts {
      let numbers = part.compactMap { if case .known(let number) = $0 { number } else { nil } }
      let product = saturatingProduct(numbers)
      if numbers.count == part.count {
        target.append(.known(product))
      } else if product == 1 {
        target.append(.batch)
      } else if batch == 1 {
        target.append(.known(product))
      } else {
        throw node.mixesSamples("it merges the batch axis with others")
      }
    }
    return try reshaped(x, to: target, node)
  }

  /// Where a Flatten cuts: 0...rank.
  func flattenAxis(_ node: ONNXNode, rank: Int) throws(ModelLoadingError) -> Int {
    let axis = try node.integer("axis", or: 1)
    return axis == rank ? rank : try self.axis(axis, rank: rank, node)
  }

  mutating func squeeze(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let target = try squeezed(sizes(x), axes: try axes(node), node)
    return try reshaped(x, to: target, node)
  }

  /// Sizes without the given axes of size one; without all such where no axes are given.
  func squeezed(_ own: [Size], axes: [Int]?, _ node: ONNXNode) throws(ModelLoadingError) -> [Size] {
    var dropped = Set<Int>()
    for axis in axes ?? [] { dropped.insert(try self.axis(axis, rank: own.count, node)) }
    if axes == nil { dropped = Set(own.indices.filter { extent(own[$0]) == 1 }) }
    for axis in dropped.sorted() where extent(own[axis]) != 1 {
      if own[axis] == .batch { throw node.mixesSamples("it removes the batch axis") }
      throw node.unfit("axis \(axis) of \(own) is not of size one")
    }
    return own.indices.filter { !dropped.contains($0) }.map { own[$0] }
  }

  mutating func unsqueeze(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let target = try unsqueezed(sizes(x), axes: try axes(node), node)
    return try reshaped(x, to: target, node)
  }

  /// Sizes with ones inserted where the result has the given axes.
  func unsqueezed(_ own: [Size], axes: [Int]?, _ node: ONNXNode) throws(ModelLoadingError) -> [Size]
  {
    guard let axes else { throw node.unfit("it has no axes") }
    let rank = own.count + axes.count
    guard rank <= Literal.maximumRank else {
      throw node.unfit("\(rank) axes are more than \(Literal.maximumRank)")
    }
    var inserted = Set<Int>()
    for axis in axes {
      guard inserted.insert(try self.axis(axis, rank: rank, node)).inserted else {
        throw node.unfit("axis \(axis) is given twice")
      }
    }
    var rest = own.makeIterator()
    return (0..<rank).map { inserted.contains($0) ? .known(1) : rest.next() ?? .known(1) }
  }

  /// Axes as an attribute, as older operator sets have it, or as the second input.
  mutating func axes(_ node: ONNXNode) throws(ModelLoadingError) -> [Int]? {
    if let axes = try node.integers("axes") { return axes }
    guard let literal = try constant(node, 1, "list of axes") else { return nil }
    return try integers(literal, "list of axes", node)
  }

  mutating func transpose(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    return try transposed(x, try permutation(node, rank: rank(x)), node, part: "")
  }

  /// The order a Transpose asks for; reversed where it says nothing.
  func permutation(_ node: ONNXNode, rank: Int) throws(ModelLoadingError) -> [Int] {
    let permutation = try node.integers("perm") ?? Array((0..<rank).reversed())
    guard permutation.sorted() == Array(0..<rank) else {
      throw node.unfit("\(permutation) is not an order of \(rank) axes")
    }
    return permutation
  }

  /// ONNX axes in another order; the batch axis moves along. No node where nothing moves.
  mutating func transposed(
    _ x: ComputedValue, _ permutation: [Int], _ node: ONNXNode, part: String = "transpose"
  ) throws(ModelLoadingError) -> ComputedValue {
    let batchAxis = x.batchAxis.map { permutation.firstIndex(of: $0)! }
    let order = permutation.filter { $0 != x.batchAxis }.map { sampleAxis($0, of: x) }
    let shape = graph[x.id].shape
    // Moving axes of size one moves no number.
    let moving = order.filter { shape[$0] > 1 }
    let operation: Operation =
      moving == moving.sorted() ? .reshape(order.map { shape[$0] }) : .transpose(order)
    if case .reshape(shape) = operation { return ComputedValue(id: x.id, batchAxis: batchAxis) }
    return ComputedValue(id: try add(operation, [x.id], node, part: part), batchAxis: batchAxis)
  }
}

// MARK: - Reshaping with a batch axis

extension GraphBuilder {
  /// The value under another ONNX shape, in which one size may be -1.
  mutating func reshaped(
    _ x: ComputedValue, to target: [Size], _ node: ONNXNode, part: String = ""
  ) throws(ModelLoadingError) -> ComputedValue {
    let target = try completed(target, from: x, node)
    let batchAxis = try batchPlace(in: target, from: x, node)
    var sample: [Int] = []
    for (axis, size) in target.enumerated() where axis != batchAxis {
      if case .known(let number) = size { sample.append(number) }
    }
    let own = graph[x.id].shape
    guard saturatingProduct(sample) == saturatingProduct(own) else {
      throw node.unfit("\(sizes(x)) cannot take the shape \(target)")
    }
    if sample == own { return ComputedValue(id: x.id, batchAxis: batchAxis) }
    let id = try add(.reshape(sample), [x.id], node, part: part)
    return ComputedValue(id: id, batchAxis: batchAxis)
  }

  /// The same value with its batch axis, which is of size 1, as an axis like any other.
  mutating func withoutBatchAxis(_ x: ComputedValue, _ node: ONNXNode) throws(ModelLoadingError)
    -> ComputedValue
  {
    guard let axis = x.batchAxis, batch == 1 else { return x }
    var shape = graph[x.id].shape
    shape.insert(1, at: axis)
    return ComputedValue(
      id: try add(.reshape(shape), [x.id], node, part: "unbatched"), batchAxis: nil)
  }

  /// The same value with a leading axis of size 1 as its batch axis, where it has none.
  mutating func rebatched(_ x: ComputedValue, _ node: ONNXNode) throws(ModelLoadingError)
    -> ComputedValue
  {
    guard x.batchAxis == nil else { return x }
    return try reshaped(x, to: sizes(x), node, part: "batched")
  }

  /// The target with its -1 worked out: a number of features, or the batch where those are used up.
  private func completed(_ target: [Size], from x: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> [Size]
  {
    // A batch axis that is gone was 1.
    var target = x.batchAxis == nil ? target.map { $0 == .batch ? .known(1) : $0 } : target
    let wildcards = target.indices.filter { target[$0] == .known(-1) }
    let numbers = target.compactMap { if case .known(let n) = $0, n != -1 { n } else { nil } }
    guard wildcards.count <= 1, numbers.allSatisfy({ $0 >= 1 }),
      target.count(where: { $0 == .batch }) <= 1
    else { throw node.unfit("its shape \(target) is not one") }
    guard let wildcard = wildcards.first else { return target }
    let count = saturatingProduct(graph[x.id].shape)
    let product = saturatingProduct(numbers)
    let namesBatch = target.contains(.batch) || x.batchAxis == nil
    if !namesBatch, product == count {
      target[wildcard] = .batch
      return target
    }
    guard namesBatch || batch != nil else {
      throw node.mixesSamples("its shape \(target) has no place for the batch axis alone")
    }
    let total = namesBatch ? count : count * (batch ?? 1)
    guard total % product == 0 else {
      throw node.unfit("\(sizes(x)) cannot take the shape \(target)")
    }
    target[wildcard] = .known(total / product)
    return target
  }

  /// Which axis of the target is the batch; nil where it is gone, which only a batch of 1 may be.
  private func batchPlace(in target: [Size], from x: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> Int?
  {
    guard let own = x.batchAxis else { return target.first == .known(1) ? 0 : nil }
    let before = saturatingProduct(graph[x.id].shape[..<own])
    func keepsSamples(_ axis: Int) -> Bool {
      saturatingProduct(target[..<axis].map { extent($0) ?? 1 }) == before
    }
    if let named = target.firstIndex(of: .batch) {
      guard batch == 1 || keepsSamples(named) else {
        throw node.mixesSamples("it moves the batch axis within \(target)")
      }
      return named
    }
    if let batch,
      let place = target.indices.first(where: { target[$0] == .known(batch) && keepsSamples($0) })
    {
      return place
    }
    guard batch == 1 else {
      throw node.mixesSamples("its shape \(target) has no place for the batch axis alone")
    }
    return nil
  }
}
