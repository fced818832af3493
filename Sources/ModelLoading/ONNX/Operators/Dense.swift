// Products with a constant matrix: Gemm and MatMul become a dense layer over the last axis, with
// transposes around it where the constant is on the left.

import ModelGraph

extension GraphBuilder {
  mutating func gemm(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let alpha = try node.float("alpha", or: 1)
    let transA = try node.integer("transA", or: 0) != 0
    let transB = try node.integer("transB", or: 0) != 0
    let (a, b) = (try required(node, 0), try required(node, 1))
    let product: ComputedValue
    switch (a, b) {
    case (.computed(let x), .known(let w)):
      guard rank(x) == 2, w.shape.count == 2 else {
        throw node.unfit("its factors are not matrices")
      }
      let rows = transA ? try transposed(x, [1, 0], node) : x
      product = try dense(rows, DenseWeight(w, isTransposed: transB, factor: alpha), node, part: "")
    case (.known(let w), .computed(let x)):
      guard rank(x) == 2, w.shape.count == 2 else {
        throw node.unfit("its factors are not matrices")
      }
      let rows = transB ? x : try transposed(x, [1, 0], node)
      let weight = DenseWeight(w, isTransposed: !transA, factor: alpha)
      product = try transposed(try dense(rows, weight, node, part: ""), [1, 0], node)
    case (.computed(let x), .computed(let y)):
      guard rank(x) == 2, rank(y) == 2 else { throw node.unfit("its factors are not matrices") }
      let left = transA ? try transposed(x, [1, 0], node) : x
      let plain = try self.product(left, transB ? try transposed(y, [1, 0], node) : y, node)
      product = alpha == 1 ? plain : ComputedValue(
        id: try combined(.multiply, plain.id, with: alpha, node, part: "alpha"), batchAxis: plain.batchAxis)
    case (.known, .known): throw node.unsupported("both its factors are constants")
    }
    return try addGemmTerm(to: product, node)
  }

  /// Adds beta * C: as the layer's bias where C is one row of numbers.
  private mutating func addGemmTerm(to product: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    let beta = try node.float("beta", or: 1)
    guard let term = try value(node, 2), beta != 0 else { return product }
    switch term {
    case .known(let literal):
      guard let joined = broadcastShape(literal.shape, sizes(product).map { extent($0) ?? 1 }),
        joined.count <= 2
      else { throw node.unfit("C of shape \(literal.shape) does not fit \(sizes(product))") }
      if try absorbBias(literal, into: product, node, factor: beta) { return product }
      guard beta == 1 else { throw node.unsupported("beta is \(beta) and C is not one row") }
      return try combined(.add, term, .computed(product), node, part: "add")
    case .computed:
      guard beta == 1 else { throw node.unsupported("beta is \(beta) and C is computed") }
      return try combined(.add, .computed(product), term, node, part: "add")
    }
  }

  mutating func matMul(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    switch (try required(node, 0), try required(node, 1)) {
    case (.computed(let x), .known(let w)) where isMatrix(w):
      try product(x, rightFactor: w, node)
    case (.known(let w), .computed(let x)) where isMatrix(w):
      try product(leftFactor: w, x, node)
    case (.computed(let x), .known(let w)): try product(x, try stack(w, beside: x, node), node)
    case (.known(let w), .computed(let x)): try product(try stack(w, beside: x, node), x, node)
    case (.computed(let x), .computed(let y)): try product(x, y, node)
    case (.known, .known): throw node.unsupported("both its factors are constants")
    }
  }

  /// x [..., K] times w [K, O]; of a vector w [K], the last axis goes.
  private mutating func product(_ x: ComputedValue, rightFactor w: Literal, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    if w.shape.count == 1 {
      let weight = DenseWeight(w.reshaped(to: [1, w.count]), isTransposed: true)
      let y = try dense(x, weight, node, part: "")
      return try reshaped(y, to: Array(sizes(y).dropLast()), node, part: "squeeze")
    }
    let weight = DenseWeight(try matrix(w, rank: max(rank(x), 2), node), isTransposed: false)
    return try dense(x, weight, node, part: "")
  }

  /// w [M, K] times x [..., K, N]: the same product of transposes; of a vector x [K], w x.
  private mutating func product(leftFactor w: Literal, _ x: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    let rank = rank(x)
    if w.shape.count == 1 {
      guard rank >= 2 else { throw node.unsupported("both its factors are vectors") }
      let columns = try transposed(x, lastAxesSwapped(rank), node)
      let weight = DenseWeight(w.reshaped(to: [1, w.count]), isTransposed: true)
      let y = try dense(columns, weight, node, part: "")
      return try reshaped(y, to: Array(sizes(y).dropLast()), node, part: "squeeze")
    }
    let weight = DenseWeight(try matrix(w, rank: max(rank, 2), node), isTransposed: true)
    guard rank >= 2 else { return try dense(x, weight, node, part: "") }
    let columns = try transposed(x, lastAxesSwapped(rank), node)
    return try transposed(try dense(columns, weight, node, part: ""), lastAxesSwapped(rank), node)
  }

  /// Whether a constant is one matrix or vector, be it along further axes of size one.
  private func isMatrix(_ w: Literal) -> Bool { w.shape.dropLast(2).allSatisfy { $0 == 1 } }

  func lastAxesSwapped(_ rank: Int) -> [Int] {
    Array(0..<rank - 2) + [rank - 1, rank - 2]
  }

  /// A constant factor as a matrix: one stacked along axes of size one is the same.
  private func matrix(_ w: Literal, rank: Int, _ node: ONNXNode) throws(ModelLoadingError)
    -> Literal
  {
    guard w.shape.count >= 2, w.shape.count <= rank, w.shape.dropLast(2).allSatisfy({ $0 == 1 })
    else {
      throw node.unsupported("its constant factor of shape \(w.shape) is not one matrix")
    }
    return w.reshaped(to: Array(w.shape.suffix(2)))
  }
}

/// A constant matrix on its way to weights [O, I].
struct DenseWeight {
  let literal: Literal
  /// Whether the constant is [O, I] already, rather than [I, O].
  let isTransposed: Bool
  let factor: Float

  init(_ literal: Literal, isTransposed: Bool, factor: Float = 1) {
    self.literal = literal
    self.isTransposed = isTransposed
    self.factor = factor
  }

  var shape: [Int] { isTransposed ? literal.shape : literal.shape.reversed() }

  var form: String {
    (isTransposed ? "" : "transposed") + (factor == 1 ? "" : " times \(factor)")
  }

  func weights(_ values: [Float]) -> [Float] {
    let turned =
      isTransposed
      ? values
      : gathered(values, shape: shape, strides: [1, shape[0]], offset: 0)
    return factor == 1 ? turned : turned.map { $0 * factor }
  }
}

extension GraphBuilder {
  /// A dense layer over the last ONNX axis, without bias.
  mutating func dense(
    _ x: ComputedValue, _ weight: DenseWeight, _ node: ONNXNode, part: String
  ) throws(ModelLoadingError) -> ComputedValue {
    guard rank(x) >= 1, x.batchAxis != rank(x) - 1 else {
      throw node.mixesSamples("it sums over the batch axis")
    }
    guard graph[x.id].shape.last == weight.shape[1] else {
      throw node.unfit("weights \(weight.literal.shape) do not fit the input \(sizes(x))")
    }
    let parameter = try parameter(
      weight.literal, .weight, shape: weight.shape, node, form: weight.form,
      transform: weight.weights)
    let id = try add(.dense(Dense(weight: parameter, bias: nil)), [x.id], node, part: part)
    layerNodes[id] = graph.nodes.count - 1
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }

  /// Makes a constant the bias of the layer that gave `value`, where it is one number an output of
  /// a layer that has no bias yet; tells whether it did.
  mutating func absorbBias(
    _ literal: Literal, into value: ComputedValue, _ node: ONNXNode, factor: Float = 1
  ) throws(ModelLoadingError) -> Bool {
    guard case .floats = literal.content, let nodeIndex = layerNodes[value.id],
      let layer = graph.nodes[nodeIndex].operation.layer, layer.bias == nil,
      literal.shape.count <= rank(value)
    else { return false }
    let outputs = graph[layer.weight].tensor.shape[0]
    var shape = sampleShape(of: literal, beside: value) ?? []
    shape = Array(shape.drop { $0 == 1 })
    let wanted = layer.window == nil ? [outputs] : [outputs, 1, 1]
    // A Gemm's C may be one number for all outputs; any other scalar stays an addition.
    let repeats = literal.count == 1 && node.operator == "Gemm"
    guard shape == Array(wanted.drop { $0 == 1 }) && literal.count == outputs || repeats else {
      return false
    }
    let bias = try parameter(
      literal, .bias, shape: [outputs], node, form: "times \(factor)"
    ) { values in
      let row = values.count == outputs ? values : Array(repeating: values[0], count: outputs)
      return factor == 1 ? row : row.map { $0 * factor }
    }
    graph.nodes[nodeIndex].operation.layer?.bias = bias
    layerNodes[value.id] = nil
    return true
  }
}
