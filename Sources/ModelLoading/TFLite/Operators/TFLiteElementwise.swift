// Operators of one or more tensors, elementwise or side by side. Operands meet in one order of axes: the
// graph's channels-first order where one of them is a plane in it, else the file's.

import ModelGraph
import Tensors

extension TFLiteBuilder {
  mutating func activation(_ call: TFLiteOperator, _ function: Activation, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    var value = try data(call, 0, node)
    value.id = try add(.activation(function), [value.id], node)
    return value
  }

  /// An order of all axes of a value as it lies: those of size 1 where they cost nothing.
  func layout(of value: TFLiteValue) -> [Int] {
    value.isPlain || value.rank != 4 || value.shape[0] > 1
      ? TFLiteLayout.plain(value.shape) : TFLiteLayout.image
  }

  /// A result of that layout as a tensor of the file.
  func value(_ id: ValueID, _ layout: [Int], _ shape: [Int]) -> TFLiteValue {
    TFLiteValue(id: id, axes: layout.filter { shape[$0] > 1 }, shape: shape)
  }

  mutating func binary(
    _ call: TFLiteOperator, _ operation: BinaryOperator, _ fused: TFLiteActivation, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> TFLiteValue {
    let operands = try (0..<2).map { position throws(ModelLoadingError) in
      try traced(call, position, node)
    }
    let shapes = operands.map { operand -> [Int] in
      switch operand {
      case .computed(let value)?: value.shape
      case .known(let literal)?: literal.shape
      case .size?, .unread?, nil: []
      }
    }
    guard let shape = broadcastShape(shapes[0], shapes[1]) else {
      throw node.unfit("\(shapes[0]) and \(shapes[1]) do not broadcast")
    }
    let computed = operands.compactMap { operand -> TFLiteValue? in
      if case .computed(let value)? = operand { widened(value, to: shape.count) } else { nil }
    }
    guard let first = computed.first(where: { !$0.isPlain }) ?? computed.first else {
      throw node.unsupported("both its operands are constants")
    }
    let isImage = !first.isPlain && shape.count == 4 && shape[0] == 1
    let layout = isImage ? TFLiteLayout.image : TFLiteLayout.plain(shape)
    var ids: [ValueID] = []
    for operand in operands { ids.append(try self.operand(operand, layout, rank: shape.count, node)) }
    let id = try add(.binary(operation), ids, node)
    return try fusing(fused, value(id, layout, shape), node)
  }

  /// A value with axes of size 1 before its own.
  private func widened(_ value: TFLiteValue, to rank: Int) -> TFLiteValue {
    let more = rank - value.rank
    return TFLiteValue(
      id: value.id, axes: value.axes.map { $0 + more },
      shape: Array(repeating: 1, count: more) + value.shape)
  }

  /// An operand of a tensor of `rank` axes, in a layout of them.
  private mutating func operand(_ operand: Traced?, _ layout: [Int], rank: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> ValueID
  {
    switch operand {
    case .computed(let value)?: return try arranged(widened(value, to: rank), layout, node)
    case .known(let literal)?: return try constant(literal, layout, rank: rank, node)
    case .size?, .unread?, nil: throw node.unsupported("it computes with a shape, which is not read")
    }
  }

  /// A constant as a value of the graph, in a layout of `rank` axes.
  private mutating func constant(_ literal: Literal, _ layout: [Int], rank: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> ValueID
  {
    let (arranged, form) = try self.arranged(literal, layout, rank: rank, node)
    let parameter = try parameter(arranged, .constant, shape: arranged.shape, form: form, node)
    return try add(.constant(parameter), [], node, part: "constant")
  }

  /// A constant that broadcasts from the right, its axes in a layout.
  private mutating func arranged(_ literal: Literal, _ layout: [Int], rank: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> (Literal, String)
  {
    try reserve(literal.count, node)
    let full = literal.reshaped(to: Array(repeating: 1, count: rank - literal.shape.count) + literal.shape)
    let rest = full.shape.indices.filter { !layout.contains($0) }
    guard rest.allSatisfy({ full.shape[$0] == 1 }) else {
      throw node.unsupported("its constant of shape \(literal.shape) differs along the batch")
    }
    return (full.transposed(rest + layout).reshaped(to: layout.map { full.shape[$0] }), "\(layout)")
  }

  mutating func prelu(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> TFLiteValue {
    let x = try data(call, 0, node)
    guard let slope = try literal(call, 1, "slope", node), slope.shape.count <= x.rank else {
      throw node.unfit("its slopes have more axes than its input \(x.shape)")
    }
    let layout = layout(of: x)
    let (arranged, form) = try self.arranged(slope, layout, rank: x.rank, node)
    let parameter = try parameter(arranged, .slope, shape: arranged.shape, form: form, node)
    return value(
      try add(.prelu(slope: parameter), [try self.arranged(x, layout, node)], node), layout, x.shape)
  }

  /// Over the last axis. Among floats it is of numbers times beta, which losses are then taken of.
  mutating func softmax(
    _ call: TFLiteOperator, beta: Float = 1, _ node: TFLiteNode, _ operation: (Int) -> Operation
  ) throws(ModelLoadingError) -> TFLiteValue {
    let x = try data(call, 0, node)
    guard x.rank >= 1 else { throw node.unfit("its input is one number") }
    let layout = layout(of: x)
    var id = try arranged(x, layout, node)
    if beta != 1, !isExact {
      let factor = Literal(name: "beta \(beta)", shape: [1], content: .floats([beta]))
      id = try add(
        .binary(.multiply), [id, try constant(factor, [0], rank: 1, node)], node, part: "beta")
    }
    let axis = layout.firstIndex(of: x.rank - 1) ?? 0
    return value(try add(operation(axis), [id], node), layout, x.shape)
  }

  /// Among floats nothing changes; constants of integers become the numbers that they stand for.
  mutating func converted(_ call: TFLiteOperator, ofFloats node: TFLiteNode) throws(ModelLoadingError)
    -> Traced
  {
    if castsPlaces(call) { return .computed(try data(call, 0, node)) }
    if isExact { return try requantized(call, node) }
    guard let value = try traced(call, 0, node) else { throw node.unfit("it has no input") }
    if case .known(let literal) = value, case .sizes(let sizes) = literal.content,
      model.tensors[call.outputs[0]].element == .float32
    {
      let numbers = sizes.map { size -> Float in if case .known(let n) = size { Float(n) } else { 0 } }
      return .known(Literal(name: literal.name + " cast", shape: literal.shape, content: .floats(numbers)))
    }
    guard model.tensors[call.outputs[0]].element == .float32 else {
      throw node.unsupported("a computed value cannot become \(model.tensors[call.outputs[0]].element.name)")
    }
    return value
  }

  mutating func concatenation(_ call: TFLiteOperator, axis: Int, _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    let shape = outputShape(call)
    let axis = try self.axis(axis, rank: shape.count, node)
    var operands: [Traced?] = []
    for position in call.inputs.indices { operands.append(try traced(call, position, node)) }
    let computed = operands.compactMap { if case .computed(let value)? = $0 { value } else { nil } }
    guard computed.allSatisfy({ $0.rank == shape.count }), let first = computed.first else {
      throw node.unfit("its inputs do not have the \(shape.count) axes of its output")
    }
    var layout = layout(of: computed.first { !$0.isPlain } ?? first)
    if !layout.contains(axis) { layout = Array(shape.indices) }
    var ids: [ValueID] = []
    for operand in operands { ids.append(try self.operand(operand, layout, rank: shape.count, node)) }
    let id = try add(.concat(axis: layout.firstIndex(of: axis) ?? 0), ids, node)
    return try result(id, layout, shape, node)
  }

  /// A result that must have the shape of the file.
  func result(_ id: ValueID, _ layout: [Int], _ shape: [Int], _ node: TFLiteNode)
    throws(ModelLoadingError) -> TFLiteValue
  {
    guard graph[id].shape == layout.map({ shape[$0] }),
      shape.indices.allSatisfy({ layout.contains($0) || shape[$0] == 1 })
    else { throw node.unfit("its output is \(shape) in the file, and \(graph[id].shape) by its inputs") }
    return value(id, layout, shape)
  }
}
