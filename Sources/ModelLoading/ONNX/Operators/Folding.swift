// Nodes that are worked out while importing: constants, shapes of computed values, and whatever
// rearranges or adds up only those. Exporters compute shapes this way and pass weights through it.

import func Foundation.pow
import ModelGraph

extension GraphBuilder {
  /// The node's result where it is known now; nil where it has to be computed from an input.
  mutating func folded(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    switch node.operator {
    case "Constant": return try constantNode(node)
    case "Shape": return try shape(node)
    case "ConstantOfShape": return try constantOfShape(node)
    case "Gather", "Slice":
      guard case .known(let source) = try required(node, 0) else { return nil }
      if node.operator == "Gather", case .computed? = try value(node, 1) { return nil }
      return try node.operator == "Gather" ? gather(source, node) : slice(source, node)
    case "Concat": return try foldedConcat(node)
    case "CastLike": return try foldedCastLike(node)
    case "Add", "Sub", "Mul", "Div", "Pow", "Mod": return try foldedArithmetic(node)
    case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor":
      return try foldedComparison(node)
    case "Abs", "Ceil", "Cos", "Erf", "Exp", "Expand", "Floor", "Log", "MatMul", "Max", "Min", "Neg", "Not", "Range", "Reciprocal",
      "Round", "Sign", "Sin", "Size", "Sqrt", "Sum", "Tile", "Trilu", "Where":
      return try foldedElements(node)
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

extension GraphBuilder {
  private mutating func foldedCastLike(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    guard case .known(let source) = try required(node, 0) else { return nil }
    var isFloat = true
    if case .known(let like) = try required(node, 1), case .sizes = like.content { isFloat = false }
    switch source.content {
    case .floats: guard isFloat else { throw node.unsupported("a constant of floats cannot become integers") }
    case .sizes:
      if isFloat {
        let values = try integers(source, "constant", node).map { Float($0) }
        return Literal(name: node.outputs[0], shape: source.shape, content: .floats(values))
      }
    }
    return renamed(source, to: source.shape, node)
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

  private mutating func slice(_ source: Literal, _ node: ONNXNode) throws(ModelLoadingError)
    -> Literal
  {
    var (shape, strides, offset) = (source.shape, rowMajorStrides(source.shape), 0)
    for cut in try cuts(node, rank: shape.count) {
      let (first, count, step) = cut.places(of: shape[cut.axis])
      shape[cut.axis] = count
      // These products can overflow only where the tensor is empty and nothing is read.
      offset &+= first &* strides[cut.axis]
      strides[cut.axis] &*= step
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

// MARK: - Arithmetic

extension GraphBuilder {
  private mutating func foldedArithmetic(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    guard case .known(let a) = try required(node, 0), case .known(var b) = try required(node, 1)
    else { return nil }
    let aligned = try legacyAxes(b.shape.map(Size.known), beside: a.shape.map(Size.known), node)
    b = b.reshaped(to: aligned.compactMap(extent))
    return try arithmetic(node.operator, a, b, node)
  }

  /// An operator's result for two constants, which broadcast.
  mutating func arithmetic(_ name: String, _ a: Literal, _ b: Literal, _ node: ONNXNode)
    throws(ModelLoadingError) -> Literal
  {
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
      content = .floats(zip(x, y).map { arithmetic($0, $1, name) })
    case (.sizes(let x), .sizes(let y)):
      var result: [Size] = []
      for (m, n) in zip(x, y) { result.append(try arithmetic(m, n, name, node)) }
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
    case "Max": max(x, y)
    case "Min": min(x, y)
    case "Pow": pow(x, y)
    case "Mod": x - y * (x / y).rounded(.towardZero)
    default: x / y
    }
  }

  /// Of sizes; a free batch survives only what leaves it as it is.
  private func arithmetic(_ x: Size, _ y: Size, _ name: String, _ node: ONNXNode)
    throws(ModelLoadingError) -> Size
  {
    switch (name, x, y) {
    case ("Add", .batch, .known(0)), ("Sub", .batch, .known(0)), ("Mul", .batch, .known(1)),
      ("Div", .batch, .known(1)):
      return .batch
    case ("Add", .known(0), .batch), ("Mul", .known(1), .batch): return .batch
    default: break
    }
    guard let m = extent(x), let n = extent(y) else {
      throw node.unsupported("it computes with the free batch size")
    }
    let hasSignOfFirst = try node.integer("fmod", or: 0) != 0
    let (result, overflow): (Int, Bool) =
      switch name {
      case "Add": m.addingReportingOverflow(n)
      case "Sub": m.subtractingReportingOverflow(n)
      case "Mul": m.multipliedReportingOverflow(by: n)
      case "Max": (max(m, n), false)
      case "Min": (min(m, n), false)
      case "Pow": Self.power(m, n)
      case "Mod": n == 0 ? (0, true) : (hasSignOfFirst ? m % n : ((m % n) + n) % n, false)
      default: m.dividedReportingOverflow(by: n)
      }
    guard !overflow else { throw node.unfit("\(m) and \(n) give no integer") }
    return .known(result)
  }

  private static func power(_ base: Int, _ exponent: Int) -> (partialValue: Int, overflow: Bool) {
    guard (0..<64).contains(exponent) else { return (0, true) }
    return (0..<exponent).reduce((1, false)) { product, _ in
      let next = product.0.multipliedReportingOverflow(by: base)
      return (next.partialValue, product.1 || next.overflow)
    }
  }
}
