// Elementwise operators, and those that repeat, of constants alone: what exporters compute shapes and masks by.
//
// Truth values are integers, 0 and 1. A free batch is a symbol, which is at least 1 and equal to itself.

import ModelGraph

extension GraphBuilder {
  /// The result of such a node; nil where an input is computed.
  mutating func foldedElements(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    var operands: [Literal] = []
    for position in node.inputs.indices {
      guard case .known(let literal) = try required(node, position) else { return nil }
      operands.append(literal)
    }
    guard let first = operands.first else { return nil }
    switch node.operator {
    case "MatMul": return try multiplied(first, operands[operands.count - 1], node)
    case "Trilu": return try triangle(first, from: operands.dropFirst().first, node)
    case "Where": return try chosen(operands, node)
    case "Range": return try counted(operands, node)
    case "Expand": return try expanded(first, by: operands.dropFirst().first, node)
    case "Tile": return try tiled(first, by: operands.dropFirst().first, node)
    case "Not": return try mapped(first, node) { .known($0 == .known(0) ? 1 : 0) }
    case "Size": return Literal(name: node.outputs[0], shape: [], content: .sizes([.known(first.count)]))
    case "Neg": return try arithmetic("Sub", Self.zero(like: first), first, node)
    case "Max", "Min", "Sum":
      var result = first
      for operand in operands.dropFirst() {
        result = try arithmetic(node.operator == "Sum" ? "Add" : node.operator, result, operand, node)
      }
      return result
    default:
      guard operands.count == 1 else { return nil }
      return try Self.functions[node.operator].flatMap { kind throws(ModelLoadingError) in
        try evaluated(first, MathFunction(kind), node)
      }
    }
  }

  /// Functions that have no attributes.
  private static let functions: [String: MathFunction.Kind] = [
    "Abs": .absolute, "Ceil": .ceiling, "Cos": .cosine, "Erf": .errorFunction, "Exp": .exponential,
    "Floor": .floor, "Log": .logarithm, "Reciprocal": .reciprocal, "Round": .rounded, "Sign": .sign, "Sin": .sine,
    "Sqrt": .squareRoot,
  ]

  private static func zero(like literal: Literal) -> Literal {
    let content: Literal.Content =
      if case .floats = literal.content { .floats([0]) } else { .sizes([.known(0)]) }
    return Literal(name: "", shape: [], content: content)
  }

  private mutating func evaluated(_ x: Literal, _ function: MathFunction, _ node: ONNXNode)
    throws(ModelLoadingError) -> Literal
  {
    try reserveDerived(x.count, node)
    let values: [Float]
    switch x.content {
    case .floats(let floats): values = floats
    case .sizes:
      let numbers = try integers(x, "operand", node).map { Float(function.value(Double($0))) }
      guard let whole = numbers.map({ Int(exactly: $0) }) as? [Int] else {
        throw node.unsupported("of integers it gives no integers")
      }
      return Literal(name: node.outputs[0], shape: x.shape, content: .sizes(whole.map(Size.known)))
    }
    return Literal(
      name: node.outputs[0], shape: x.shape, content: .floats(values.map { Float(function.value(Double($0))) }))
  }

  private mutating func mapped(_ x: Literal, _ node: ONNXNode, _ function: (Size) -> Size)
    throws(ModelLoadingError) -> Literal
  {
    guard case .sizes(let sizes) = x.content else { throw node.unfit("its operand is not of integers") }
    try reserveDerived(x.count, node)
    return Literal(name: node.outputs[0], shape: x.shape, content: .sizes(sizes.map(function)))
  }

  /// Numbers of the second operand where the first is true, else of the third.
  private mutating func chosen(_ operands: [Literal], _ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    guard operands.count == 3, case .sizes = operands[0].content else {
      throw node.unfit("it does not choose between two by truth values")
    }
    let shape = try joinedShape(operands, node)
    let parts = operands.map { $0.broadcast(to: shape) }
    guard case .sizes(let choices) = parts[0].content else { return parts[1] }
    let content: Literal.Content
    switch (parts[1].content, parts[2].content) {
    case (.floats(let x), .floats(let y)):
      content = .floats(choices.indices.map { choices[$0] == .known(0) ? y[$0] : x[$0] })
    case (.sizes(let x), .sizes(let y)):
      content = .sizes(choices.indices.map { choices[$0] == .known(0) ? y[$0] : x[$0] })
    default: throw node.unfit("its operands differ in type")
    }
    return Literal(name: node.outputs[0], shape: shape, content: content)
  }

  /// The shape to which all broadcast, for which numbers are reserved.
  private mutating func joinedShape(_ operands: [Literal], _ node: ONNXNode) throws(ModelLoadingError) -> [Int] {
    var shape: [Int] = []
    for operand in operands {
      guard let joined = broadcastShape(shape, operand.shape), joined.count <= Literal.maximumRank else {
        throw node.unfit("\(operands.map(\.shape)) do not broadcast")
      }
      shape = joined
    }
    let (count, overflow) = saturatingProduct(shape).multipliedReportingOverflow(by: operands.count + 1)
    try reserveDerived(overflow ? Int.max : count, node)
    return shape
  }

  /// From a start to a limit by steps.
  private mutating func counted(_ operands: [Literal], _ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    guard operands.count == 3, operands.allSatisfy({ $0.count == 1 }) else {
      throw node.unfit("its start, limit and delta are not one number each")
    }
    let name = node.outputs[0]
    if operands.allSatisfy({ if case .sizes = $0.content { true } else { false } }) {
      let numbers = try operands.map { operand throws(ModelLoadingError) in
        try integers(operand, "start, limit or delta", node)[0]
      }
      guard numbers[2] != 0, numbers.allSatisfy({ abs($0) < 1 << 40 }) else {
        throw node.unfit("it does not count from \(numbers[0]) to \(numbers[1]) by \(numbers[2])")
      }
      let count = max(0, (numbers[1] - numbers[0] + numbers[2] - numbers[2].signum()) / numbers[2])
      try reserveDerived(count, node)
      let values = (0..<count).map { Size.known(numbers[0] + $0 * numbers[2]) }
      return Literal(name: name, shape: [count], content: .sizes(values))
    }
    let numbers = try operands.map { operand throws(ModelLoadingError) in
      try floats(operand, "start, limit or delta", node)[0]
    }
    let exact = ((numbers[1] - numbers[0]) / numbers[2]).rounded(.up)
    guard exact < 0x1p30 else { throw node.unfit("it counts by \(numbers[2])") }
    let count = max(0, Int(exact))
    try reserveDerived(count, node)
    let values = (0..<count).map { numbers[0] + Float($0) * numbers[2] }
    return Literal(name: name, shape: [count], content: .floats(values))
  }

  /// Nil where each sample of a free batch gets one: that is no constant of the file's any more.
  private mutating func expanded(_ x: Literal, by list: Literal?, _ node: ONNXNode)
    throws(ModelLoadingError) -> Literal?
  {
    guard let list else { throw node.unfit("it has no shape") }
    if case .sizes(let sizes) = list.content, sizes.contains(.batch), batch == nil, case .floats = x.content {
      return nil
    }
    let wanted = try integers(list, "shape", node)
    guard wanted.allSatisfy({ $0 >= 0 }), let shape = broadcastShape(x.shape, wanted),
      shape.count <= Literal.maximumRank
    else { throw node.unfit("\(x.shape) does not expand to \(wanted)") }
    try reserveDerived(saturatingProduct(shape), node)
    let wide = x.broadcast(to: shape)
    return Literal(name: node.outputs[0], shape: shape, content: wide.content)
  }

  private mutating func tiled(_ x: Literal, by list: Literal?, _ node: ONNXNode)
    throws(ModelLoadingError) -> Literal
  {
    guard let list else { throw node.unfit("it has no list of repeats") }
    let counts = try integers(list, "list of repeats", node)
    guard counts.count == x.shape.count, counts.allSatisfy({ (0...1 << 24).contains($0) }) else {
      throw node.unfit("repeats \(counts) are not one for each axis of \(x.shape)")
    }
    var tiled = x
    for (axis, count) in counts.enumerated() where count != 1 {
      let size = tiled.shape[axis].multipliedReportingOverflow(by: count)
      var shape = tiled.shape
      shape[axis] = size.overflow ? Int.max : size.partialValue
      try reserveDerived(saturatingProduct(shape), node)
      let own = tiled.shape[axis]
      tiled = tiled.picking((0..<size.partialValue).map { $0 % own }, axis: axis)
    }
    return Literal(name: node.outputs[0], shape: tiled.shape, content: tiled.content)
  }
}

// MARK: - Comparisons

extension GraphBuilder {
  /// 1 where the comparison, or the connection of truth values, holds of two constants; nil where one is computed.
  mutating func foldedComparison(_ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    guard case .known(let a) = try required(node, 0), case .known(let b) = try required(node, 1) else { return nil }
    let shape = try joinedShape([a, b], node)
    let (left, right) = (a.broadcast(to: shape), b.broadcast(to: shape))
    var truths: [Bool] = []
    switch (left.content, right.content) {
    case (.floats(let x), .floats(let y)): truths = zip(x, y).map { Self.holds(node.operator, $0, $1) }
    case (.sizes(let x), .sizes(let y)):
      for (m, n) in zip(x, y) { truths.append(try holds(m, n, node)) }
    default: throw node.unfit("its operands differ in type")
    }
    return Literal(name: node.outputs[0], shape: shape, content: .sizes(truths.map { .known($0 ? 1 : 0) }))
  }

  private func holds(_ x: Size, _ y: Size, _ node: ONNXNode) throws(ModelLoadingError) -> Bool {
    // A free batch is at least 1, and beside what is less it is like 1.
    switch (x, y) {
    case (.batch, .batch): return Self.holds(node.operator, 1, 1)
    case (.batch, .known(let n)) where extent(x) == nil && n < 1: return Self.holds(node.operator, 1, n)
    case (.known(let m), .batch) where extent(y) == nil && m < 1: return Self.holds(node.operator, m, 1)
    default: break
    }
    guard let m = extent(x), let n = extent(y) else { throw node.unsupported("it compares the free batch size") }
    return Self.holds(node.operator, m, n)
  }

  private static func holds<Number: Comparable & ExpressibleByIntegerLiteral>(
    _ name: String, _ x: Number, _ y: Number
  ) -> Bool {
    switch name {
    case "Equal": x == y
    case "Greater": x > y
    case "GreaterOrEqual": x >= y
    case "Less": x < y
    case "LessOrEqual": x <= y
    case "And": x != 0 && y != 0
    case "Or": x != 0 || y != 0
    default: (x != 0) != (y != 0)
    }
  }
}
