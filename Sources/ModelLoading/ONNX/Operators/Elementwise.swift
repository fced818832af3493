// Operators on two or more tensors, elementwise or side by side: Add, Sub, Mul, Div, Max, Min, Sum, Mean, Concat.
//
// ONNX broadcasts from the right over axes that include the batch. Two values can meet only where
// their batch axes do; a constant must be the same for every sample, so where it has the batch axis
// at all it has size one there.

import ModelGraph

extension GraphBuilder {
  mutating func binary(_ operation: BinaryOperator, _ node: ONNXNode) throws(ModelLoadingError)
    -> ComputedValue
  {
    let a = try required(node, 0)
    let b = try legacyAligned(try required(node, 1), beside: a, node)
    if operation == .add, let sum = try biasSum(a, b, node) { return sum }
    // Nothing added.
    if operation == .add, case .computed(let x) = a, case .known(let l) = b, l.shape.isEmpty, l.content == .floats([0]) {
      return x
    }
    return try combined(operation, a, b, node, part: "")
  }

  /// One operation on all inputs in a row, of which there may be one.
  mutating func combined(_ operation: BinaryOperator, all node: ONNXNode) throws(ModelLoadingError)
    -> ComputedValue
  {
    var value = try required(node, 0)
    for position in node.inputs.indices.dropFirst() {
      let isLast = position == node.inputs.count - 1
      value = try joined(operation, value, try required(node, position), node, part: isLast ? "" : "part")
    }
    guard case .computed(let result) = value else { throw node.unsupported("all its operands are constants") }
    return result
  }

  /// Constants among them are worked out at once.
  private mutating func joined(
    _ operation: BinaryOperator, _ a: TracedValue, _ b: TracedValue, _ node: ONNXNode, part: String
  ) throws(ModelLoadingError) -> TracedValue {
    guard case .known(let x) = a, case .known(let y) = b else {
      return .computed(try combined(operation, a, b, node, part: part))
    }
    return .known(try arithmetic(operation.nameInONNX, x, y, node))
  }

  /// The mean of all inputs.
  mutating func meanOfInputs(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let sum = try combined(.add, all: node)
    if node.inputs.count == 1 { return sum }
    let factor = 1 / Float(node.inputs.count)
    let id = try combined(.multiply, sum.id, with: factor, node, part: "mean")
    return ComputedValue(id: id, batchAxis: sum.batchAxis)
  }

  /// A value of the graph with one number at its right.
  mutating func combined(
    _ operation: BinaryOperator, _ x: ValueID, with number: Float, _ node: ONNXNode, part: String
  ) throws(ModelLoadingError) -> ValueID {
    let literal = Literal(name: "number \(number)", shape: [], content: .floats([number]))
    let constant = try constantValue(literal, shape: [], node)
    return try add(.binary(operation), [x, constant], node, part: part)
  }

  mutating func negative(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    return ComputedValue(id: try combined(.multiply, x.id, with: -1, node, part: ""), batchAxis: x.batchAxis)
  }

  /// An addition that gives the layer before it its bias.
  private mutating func biasSum(_ a: TracedValue, _ b: TracedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue?
  {
    let (value, literal, position): (ComputedValue, Literal, Int)
    switch (a, b) {
    case (.computed(let x), .known(let l)): (value, literal, position) = (x, l, 0)
    case (.known(let l), .computed(let x)): (value, literal, position) = (x, l, 1)
    default: return nil
    }
    // Nobody else may see the layer's result without the bias.
    guard nameCounts[value.id] == 1, index.readers[node.inputs[position]] == 1,
      try absorbBias(literal, into: value, node)
    else { return nil }
    graph.rename(value.id, to: node.outputs[0])
    return value
  }

  /// One of two values, or both, computed.
  mutating func combined(
    _ operation: BinaryOperator, _ a: TracedValue, _ b: TracedValue, _ node: ONNXNode, part: String
  ) throws(ModelLoadingError) -> ComputedValue {
    switch (a, b) {
    case (.computed(let x), .computed(let y)):
      let (left, right) = try aligned(x, y, node)
      let id = try add(.binary(operation), [left.id, right.id], node, part: part)
      let axis = batchAxis(ofRank: max(rank(left), rank(right)), like: left)
      return try rebatched(ComputedValue(id: id, batchAxis: axis), node)
    case (.computed(let x), .known(let literal)):
      let constant = try constantOperand(literal, beside: x, node)
      let id = try add(.binary(operation), [x.id, constant], node, part: part)
      let rank = max(rank(x), literal.shape.count)
      return ComputedValue(id: id, batchAxis: batchAxis(ofRank: rank, like: x))
    case (.known(let literal), .computed(let y)):
      let constant = try constantOperand(literal, beside: y, node)
      let id = try add(.binary(operation), [constant, y.id], node, part: part)
      let rank = max(rank(y), literal.shape.count)
      return ComputedValue(id: id, batchAxis: batchAxis(ofRank: rank, like: y))
    case (.known, .known): throw node.unsupported("both its operands are constants")
    }
  }

  /// The batch axis of a result of `rank` axes, as far from the last axis as it is in `x`.
  private func batchAxis(ofRank rank: Int, like x: ComputedValue) -> Int? {
    x.batchAxis.map { rank - self.rank(x) + $0 }
  }

  /// Two values whose batch axes meet when broadcast from the right.
  private mutating func aligned(_ x: ComputedValue, _ y: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> (ComputedValue, ComputedValue)
  {
    if x.batchAxis.map({ rank(x) - $0 }) == y.batchAxis.map({ rank(y) - $0 }) { return (x, y) }
    guard batch == 1 else {
      throw node.mixesSamples("its operands \(sizes(x)) and \(sizes(y)) have different batch axes")
    }
    return (try withoutBatchAxis(x, node), try withoutBatchAxis(y, node))
  }

  /// A constant's shape for one sample, when broadcast from the right beside a value; nil where the
  /// constant is not the same for every sample.
  func sampleShape(of literal: Literal, beside value: ComputedValue) -> [Int]? {
    guard let axis = value.batchAxis else { return literal.shape }
    let own = literal.shape.count - (rank(value) - axis)
    guard own >= 0 else { return literal.shape }
    guard literal.shape[own] == 1 else { return nil }
    var shape = literal.shape
    shape.remove(at: own)
    return shape
  }

  /// A constant as a value of the graph, for use beside another.
  mutating func constantOperand(
    _ literal: Literal, beside value: ComputedValue, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ValueID {
    guard let shape = sampleShape(of: literal, beside: value) else {
      throw node.mixesSamples(
        "its constant of shape \(literal.shape) is not the same for every sample of \(sizes(value))"
      )
    }
    return try constantValue(literal, shape: shape, node)
  }

  /// A constant as a value of the graph.
  mutating func constantValue(_ literal: Literal, shape: [Int], _ node: ONNXNode)
    throws(ModelLoadingError) -> ValueID
  {
    let parameter = try parameter(literal, .constant, shape: shape, node)
    return try add(.constant(parameter), [], node, part: "constant")
  }

  // MARK: Before operator set 7

  /// The second operand with ones after it, so that it meets the axes of the first that the
  /// attributes `broadcast` and `axis` name.
  func legacyAxes(_ own: [Size], beside other: [Size], _ node: ONNXNode) throws(ModelLoadingError)
    -> [Size]
  {
    guard node.opset < 7 else {
      guard !node.has("axis"), !node.has("broadcast") else {
        throw node.unsupported("attributes axis and broadcast ended with operator set 7")
      }
      return own
    }
    guard try node.integer("broadcast", or: 0) != 0 else {
      guard own.isEmpty || own.map(extent) == other.map(extent) else {
        throw node.unfit("\(other) and \(own) differ, and broadcast is not set")
      }
      return own
    }
    guard node.has("axis") else { return own }
    let axis = try self.axis(try node.integer("axis", or: 0), rank: other.count, node)
    guard axis + own.count <= other.count else {
      throw node.unfit("\(own) does not lie in \(other) from axis \(axis)")
    }
    return own + Array(repeating: .known(1), count: other.count - axis - own.count)
  }

  private mutating func legacyAligned(_ b: TracedValue, beside a: TracedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> TracedValue
  {
    let other =
      switch a {
      case .known(let literal): literal.shape.map(Size.known)
      case .computed(let value): sizes(value)
      }
    switch b {
    case .known(let literal):
      let shape = try legacyAxes(literal.shape.map(Size.known), beside: other, node)
      return .known(literal.reshaped(to: shape.compactMap { extent($0) }))
    case .computed(let value):
      let target = try legacyAxes(sizes(value), beside: other, node)
      return .computed(try reshaped(value, to: target, node, part: "reshape"))
    }
  }
}

// MARK: - Concat

extension GraphBuilder {
  mutating func concat(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    if node.inputs.count == 1 { return try data(node) }
    var operands: [TracedValue] = []
    for position in node.inputs.indices { operands.append(try required(node, position)) }
    var computed = operands.compactMap { if case .computed(let value) = $0 { value } else { nil } }
    guard let first = computed.first else { throw node.unfit("it has no input") }
    for value in computed where rank(value) != rank(first) {
      throw node.unfit("\(sizes(first)) and \(sizes(value)) do not join")
    }
    if computed.contains(where: { $0.batchAxis != first.batchAxis }) {
      guard batch == 1 else { throw node.mixesSamples("its inputs have different batch axes") }
      for index in computed.indices {
        computed[index] = try withoutBatchAxis(computed[index], node)
      }
    }
    let axis = try self.axis(try concatAxis(node), rank: rank(computed[0]), node)
    guard axis != computed[0].batchAxis else { throw node.mixesSamples("it joins the batch axis") }
    var (inputs, rest) = ([ValueID](), computed.makeIterator())
    for operand in operands {
      switch operand {
      case .computed: if let next = rest.next() { inputs.append(next.id) }
      case .known(let literal): inputs.append(try joined(literal, with: computed[0], node))
      }
    }
    let operation = Operation.concat(axis: sampleAxis(axis, of: computed[0]))
    let id = try add(operation, inputs, node)
    return try rebatched(ComputedValue(id: id, batchAxis: computed[0].batchAxis), node)
  }

  func concatAxis(_ node: ONNXNode) throws(ModelLoadingError) -> Int {
    guard node.has("axis") || node.opset < 4 else { throw node.unfit("it has no axis") }
    return try node.integer("axis", or: 1)
  }

  /// A constant to join: it has the batch axis too, and there the batch's size, which must be 1.
  private mutating func joined(_ literal: Literal, with value: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ValueID
  {
    guard literal.shape.count == rank(value) else {
      throw node.unfit("its constant of shape \(literal.shape) does not join \(sizes(value))")
    }
    guard let axis = value.batchAxis else {
      return try constantValue(literal, shape: literal.shape, node)
    }
    guard batch == 1, literal.shape[axis] == 1 else {
      throw node.mixesSamples("its constant of shape \(literal.shape) has the batch axis")
    }
    var shape = literal.shape
    shape.remove(at: axis)
    return try constantValue(literal, shape: shape, node)
  }
}
