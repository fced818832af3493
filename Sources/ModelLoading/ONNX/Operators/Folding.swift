// Nodes that are worked out while importing: constants, shapes of computed values, and whatever
// rearranges or adds up only those. Exporters compute shapes this way and pass weights through it.

import ModelGraph

extension GraphBuilder {
  /// The node's result where it is known now; nil where it has to be computed from an input.
  mutating func folded(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    switch node.operator {
    case "Constant": return try constantNode(node)
    case "Shape": return try shape(node)
    case "ConstantOfShape": return try constantOfShape(node)
    case "Gather", "Slice":
      guard case .known(let source) = try required(node, 0) else {
        throw node.picksFromComputed()
      }
      return try node.operator == "Gather" ? gather(source, node) : slice(source, node)
    case "Concat": return try foldedConcat(node)
    case "Add", "Sub", "Mul", "Div": return try foldedArithmetic(node)
    case "Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze":
      guard case .known(let source) = try required(node, 0) else { return nil }
      return try rearranged(source, node)
    default: return nil
    }
  }

  private mutating func constantNode(_ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    let name = node.outputs.first ?? ""
    if let tensor = try node.tensor("value") { return try literal(tensor, name: name, node) }
    if node.has("value_float") {
      let value = try node.float("value_float", or: 0)
      return Literal(name: name, shape: [], content: .floats([value]))
    }
    if node.has("value_int") {
      let value = try node.integer("value_int", or: 0)
      return Literal(name: name, shape: [], content: .sizes([.known(value)]))
    }
    if let values = try node.floats("value_floats") {
      return Literal(name: name, shape: [values.count], content: .floats(values))
    }
    if let values = try node.integers("value_ints") {
      return Literal(name: name, shape: [values.count], content: .sizes(values.map(Size.known)))
    }
    throw node.unsupported("its value is neither a dense tensor nor a number")
  }

  /// The shape of a value, the batch as such; from operator set 15 on, a part of it.
  private mutating func shape(_ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    let all: [Size]
    switch try required(node, 0) {
    case .known(let literal): all = literal.shape.map(Size.known)
    case .computed(let value): all = sizes(value)
    }
    func place(_ axis: Int) -> Int { min(max(axis < 0 ? axis + all.count : axis, 0), all.count) }
    let start = place(try node.integer("start", or: 0))
    let end = place(try node.integer("end", or: all.count))
    let part = Array(all[start..<max(start, end)])
    return Literal(name: node.outputs[0], shape: [part.count], content: .sizes(part))
  }

  private mutating func constantOfShape(_ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    guard let literal = try constant(node, 0, "shape") else { throw node.unfit("it has no shape") }
    let shape = try integers(literal, "shape", node)
    guard shape.count <= Literal.maximumRank, shape.allSatisfy({ $0 >= 0 }) else {
      throw node.unfit("a shape \(shape) is not possible")
    }
    let count = saturatingProduct(shape)
    try reserveDerived(count, node)
    var value = Literal(name: "", shape: [1], content: .floats([0]))
    if let tensor = try node.tensor("value") { value = try self.literal(tensor, name: "", node) }
    guard value.count == 1 else { throw node.unfit("its value is not one number") }
    let filled = value.reshaped(to: Array(repeating: 1, count: shape.count)).broadcast(to: shape)
    return Literal(name: node.outputs[0], shape: shape, content: filled.content)
  }

  /// Operators on one constant that keep or rearrange its numbers.
  private mutating func rearranged(_ source: Literal, _ node: ONNXNode) throws(ModelLoadingError)
    -> Literal
  {
    let own = source.shape.map(Size.known)
    switch node.operator {
    case "Cast": return try cast(source, node)
    case "Flatten":
      let split = try flattenAxis(node, rank: own.count)
      let parts = [source.shape[..<split], source.shape[split...]]
      return renamed(source, to: parts.map { saturatingProduct($0) }, node)
    case "Reshape":
      return renamed(source, to: try reshapedShape(source, node), node)
    case "Squeeze":
      let target = try squeezed(own, axes: try axes(node), node)
      return renamed(source, to: target.compactMap(extent), node)
    case "Unsqueeze":
      let target = try unsqueezed(own, axes: try axes(node), node)
      return renamed(source, to: target.compactMap(extent), node)
    case "Transpose":
      try reserveDerived(source.count, node)
      let turned = source.transposed(try permutation(node, rank: own.count))
      return renamed(turned, to: turned.shape, node)
    default: return source
    }
  }

  /// A constant under a new shape and the name of the node's result.
  private func renamed(_ literal: Literal, to shape: [Int], _ node: ONNXNode) -> Literal {
    Literal(name: node.outputs[0], shape: shape, content: literal.content)
  }

  private mutating func reshapedShape(_ source: Literal, _ node: ONNXNode) throws(ModelLoadingError)
    -> [Int]
  {
    var target: [Int] = []
    for size in try reshapeTarget(node, from: source.shape.map(Size.known)) {
      guard let number = extent(size) else {
        throw node.mixesSamples("its shape depends on the batch size")
      }
      target.append(number)
    }
    let wildcards = target.indices.filter { target[$0] == -1 }
    let product = saturatingProduct(target.filter { $0 != -1 })
    if let wildcard = wildcards.first, wildcards.count == 1, product > 0 {
      target[wildcard] = source.count / product
    }
    guard target.allSatisfy({ $0 >= 0 }), saturatingProduct(target) == source.count else {
      throw node.unfit("\(source.shape) cannot take the shape \(target)")
    }
    return target
  }

  private func cast(_ source: Literal, _ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    let to = try node.integer("to", or: 0)
    guard let type = Int32(exactly: to).flatMap(ElementType.init(rawValue:)) else {
      throw node.unsupported("a constant cannot become \(ElementType.name(Int32(clamping: to)))")
    }
    let name = node.outputs[0]
    switch source.content {
    case .floats(let values):
      if type.isFloat { return source }
      var sizes: [Size] = []
      for value in values {
        guard let number = Int(exactly: value.rounded(.towardZero)) else {
          throw node.unfit("\(value) cannot become an integer")
        }
        sizes.append(.known(type == .bool && value != 0 ? 1 : number))
      }
      return Literal(name: name, shape: source.shape, content: .sizes(sizes))
    case .sizes:
      if !type.isFloat { return renamed(source, to: source.shape, node) }
      let values = try integers(source, "constant", node).map { Float($0) }
      return Literal(name: name, shape: source.shape, content: .floats(values))
    }
  }
}

// MARK: - Gather, Slice, Concat

extension GraphBuilder {
  private mutating func gather(_ source: Literal, _ node: ONNXNode) throws(ModelLoadingError)
    -> Literal
  {
    guard let picks = try constant(node, 1, "list of indices") else {
      throw node.unfit("it has no indices")
    }
    let axis = try self.axis(try node.integer("axis", or: 0), rank: source.shape.count, node)
    let size = source.shape[axis]
    var indices: [Int] = []
    for index in try integers(picks, "list of indices", node) {
      guard index >= -size, index < size else {
        throw node.unfit("there is no index \(index) in \(size)")
      }
      indices.append(index < 0 ? index + size : index)
    }
    let (outer, inner) = (source.shape[..<axis], source.shape[(axis + 1)...])
    let shape = outer + picks.shape + inner
    guard shape.count <= Literal.maximumRank else {
      throw node.unfit("a result of \(shape) is not possible")
    }
    try reserveDerived(saturatingProduct(shape), node)
    return renamed(source.picking(indices, axis: axis), to: Array(shape), node)
  }

  /// Starts, ends, axes and steps are attributes before operator set 10 and inputs from then on.
  private mutating func slice(_ source: Literal, _ node: ONNXNode) throws(ModelLoadingError)
    -> Literal
  {
    func list(_ name: String, _ position: Int) throws(ModelLoadingError) -> [Int]? {
      if node.opset < 10 { return try node.integers(name) }
      guard let literal = try constant(node, position, name) else { return nil }
      return try integers(literal, name, node)
    }
    guard let starts = try list("starts", 1), let ends = try list("ends", 2) else {
      throw node.unfit("it has no starts or ends")
    }
    let axes = try list("axes", 3) ?? Array(starts.indices)
    let steps = try list("steps", 4) ?? Array(repeating: 1, count: starts.count)
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw node.unfit("its starts, ends, axes and steps differ in number")
    }
    var (shape, strides, offset) = (source.shape, rowMajorStrides(source.shape), 0)
    for place in starts.indices {
      let axis = try self.axis(axes[place], rank: shape.count, node)
      guard steps[place] != 0, shape[axis] == source.shape[axis] else {
        throw node.unfit("axis \(axis) is cut twice or by a step of 0")
      }
      let cut = Cut(from: starts[place], to: ends[place], step: steps[place], size: shape[axis])
      shape[axis] = cut.count
      // These products can overflow only where the tensor is empty and nothing is read.
      offset &+= cut.first &* strides[axis]
      strides[axis] &*= cut.step
    }
    try reserveDerived(saturatingProduct(shape), node)
    let part = source.gathered(shape: shape, strides: strides, offset: offset)
    return renamed(part, to: shape, node)
  }

  private mutating func foldedConcat(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    var parts: [Literal] = []
    for position in node.inputs.indices {
      guard case .known(let literal) = try required(node, position) else { return nil }
      parts.append(literal)
    }
    guard let first = parts.first else { throw node.unfit("it has no input") }
    let axis = try self.axis(try concatAxis(node), rank: first.shape.count, node)
    var shape = first.shape
    shape[axis] = 0
    for part in parts {
      var other = part.shape
      guard other.count == shape.count else {
        throw node.unfit("\(shape) and \(other) do not join")
      }
      let (sum, overflow) = shape[axis].addingReportingOverflow(other[axis])
      (shape[axis], other[axis]) = (sum, sum)
      guard !overflow, other == shape else {
        throw node.unfit("\(first.shape) and \(part.shape) do not join")
      }
    }
    try reserveDerived(saturatingProduct(shape), node)
    guard let content = Literal.joined(parts, shape: shape, axis: axis) else {
      throw node.unfit("its inputs differ in type")
    }
    return Literal(name: node.outputs[0], shape: shape, content: content)
  }
}

/// A slice of one axis, as ONNX and NumPy cut it.
private struct Cut {
  let first: Int
  let count: Int
  let step: Int

  init(from start: Int, to end: Int, step: Int, size: Int) {
    // A longer step than the axis takes one element, as one of its length does.
    self.step = min(max(step, -size - 1), size + 1)
    func place(_ index: Int, _ range: ClosedRange<Int>) -> Int {
      min(max(index < 0 ? index + size : index, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      let (low, high) = (place(start, 0...size), place(end, 0...size))
      count = max(0, (high - low + self.step - 1) / self.step)
      first = count == 0 ? 0 : low
    } else {
      let (high, low) = (place(start, -1...size - 1), place(end, -1...size - 1))
      count = max(0, (high - low - self.step - 1) / -self.step)
      first = count == 0 ? 0 : high
    }
  }
}

// MARK: - Arithmetic

extension GraphBuilder {
  private mutating func foldedArithmetic(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    guard case .known(let a) = try required(node, 0), case .known(var b) = try required(node, 1)
    else { return nil }
    let aligned = try legacyAxes(b.shape.map(Size.known), beside: a.shape.map(Size.known), node)
    b = b.reshaped(to: aligned.compactMap(extent))
    guard let shape = broadcastShape(a.shape, b.shape) else {
      throw node.unfit("\(a.shape) and \(b.shape) do not broadcast")
    }
    guard shape.count <= Literal.maximumRank else {
      throw node.unfit("a result of \(shape) is not possible")
    }
    let count = saturatingProduct(shape)
    let (doubled, overflow) = count.multipliedReportingOverflow(by: 3)
    try reserveDerived(overflow ? Int.max : doubled, node)
    let (left, right) = (a.broadcast(to: shape), b.broadcast(to: shape))
    let content: Literal.Content
    switch (left.content, right.content) {
    case (.floats(let x), .floats(let y)):
      content = .floats(zip(x, y).map { arithmetic($0, $1, node.operator) })
    case (.sizes(let x), .sizes(let y)):
      var result: [Size] = []
      for (m, n) in zip(x, y) { result.append(try arithmetic(m, n, node)) }
      content = .sizes(result)
    default: throw node.unfit("its operands differ in type")
    }
    return Literal(name: node.outputs[0], shape: shape, content: content)
  }

  private func arithmetic(_ x: Float, _ y: Float, _ name: String) -> Float {
    switch name {
    case "Add": x + y
    case "Sub": x - y
    case "Mul": x * y
    default: x / y
    }
  }

  /// Of sizes; a free batch survives only what leaves it as it is.
  private func arithmetic(_ x: Size, _ y: Size, _ node: ONNXNode) throws(ModelLoadingError) -> Size
  {
    switch (node.operator, x, y) {
    case ("Add", .batch, .known(0)), ("Sub", .batch, .known(0)), ("Mul", .batch, .known(1)),
      ("Div", .batch, .known(1)):
      return .batch
    case ("Add", .known(0), .batch), ("Mul", .known(1), .batch): return .batch
    default: break
    }
    guard let m = extent(x), let n = extent(y) else {
      throw node.unsupported("it computes with the free batch size")
    }
    let (result, overflow): (Int, Bool) =
      switch node.operator {
      case "Add": m.addingReportingOverflow(n)
      case "Sub": m.subtractingReportingOverflow(n)
      case "Mul": m.multipliedReportingOverflow(by: n)
      default: m.dividedReportingOverflow(by: n)
      }
    guard !overflow else { throw node.unfit("\(m) and \(n) give no integer") }
    return .known(result)
  }
}
