// QuantizeLinear and DequantizeLinear.

import ModelGraph

extension GraphBuilder {
  mutating func quantizeLinear(_ node: ONNXNode) throws(ModelLoadingError) -> TracedValue {
    let x = try required(node, 0)
    let type = try outputType(node)
    let axis = try node.integer("axis", or: 1)
    switch x {
    case .known(let literal):
      try refuseBlocks(node)
      let encoding = try encoding(
        node, scale: 1, zero: 2, type: type, axis: axis, of: literal.shape.map(Size.known))
      return .known(try rounded(literal, encoding, node))
    case .computed(let value):
      try refuseBlocks(node)
      let encoding = try encoding(node, scale: 1, zero: 2, type: type, axis: axis, of: sizes(value))
      let result = try rounded(value, encoding, node, part: "")
      encodings[node.outputs[0]] = encoding
      return .computed(result)
    }
  }

  mutating func dequantizeLinear(_ node: ONNXNode) throws(ModelLoadingError) -> TracedValue {
    let axis = try node.integer("axis", or: 1)
    switch try required(node, 0) {
    case .known(let literal):
      if let blocks = try inBlocks(literal, node) { return .known(blocks) }
      let encoding = try encoding(
        node, scale: 1, zero: 2, type: elementType(of: node.inputs[0]), axis: axis, of: literal.shape.map(Size.known))
      return .known(try inNumbers(literal, encoding, node))
    case .computed(let value):
      try refuseBlocks(node)
      let own = encodings[node.inputs[0]]
      guard own?.finder == nil else { return .computed(try dequantized(value, byFinderOf: node)) }
      let type = own?.type ?? inputType(of: node.inputs[0])
      let encoding = try encoding(node, scale: 1, zero: 2, type: type, axis: axis, of: sizes(value))
      return .computed(try numbers(value, of: node.inputs[0], encoding, node, part: ""))
    }
  }

  /// What the integers of a computed tensor stand for by a node's own scale and zero point.
  mutating func numbers(
    _ value: ComputedValue, of name: String, _ encoding: ONNXEncoding, _ node: ONNXNode, part: String
  ) throws(ModelLoadingError) -> ComputedValue {
    guard let own = encodings[name] else {
      // Of an input of integers: it is given as the numbers that they stand for.
      guard integerValues.contains(value.id) else { throw node.unfit("its input \(name) holds floats") }
      return endsAreIntegers
        ? try numbers(ofIntegers: value, encoding, node) : try rounded(value, encoding, node, part: part)
    }
    if own.scales == encoding.scales, own.zeroPoints == encoding.zeroPoints, own.axis == encoding.axis { return value }
    guard own.axis == nil, encoding.axis == nil, own.finder == nil else {
      throw node.unsupported("its input \(name) was quantized by other scales, one for each position of an axis")
    }
    // The same integers, taken for other numbers.
    let factor = encoding.scales[0] / own.scales[0]
    let offset = Float(own.zeroPoints[0] - encoding.zeroPoints[0]) * encoding.scales[0]
    var id = value.id
    if factor != 1 { id = try combined(.multiply, id, with: factor, node, part: "rescaled") }
    if offset != 0 { id = try combined(.add, id, with: offset, node, part: "moved") }
    return ComputedValue(id: id, batchAxis: value.batchAxis)
  }

  private mutating func numbers(ofIntegers value: ComputedValue, _ encoding: ONNXEncoding, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    guard encoding.axis == nil else { throw node.unsupported("its input of integers has several scales") }
    var id = value.id
    if encoding.zeroPoints[0] != 0 {
      id = try combined(.subtract, id, with: Float(encoding.zeroPoints[0]), node, part: "distances")
    }
    id = try combined(.multiply, id, with: encoding.scales[0], node, part: "")
    return ComputedValue(id: id, batchAxis: value.batchAxis)
  }

  /// The integers that stand for an output's numbers.
  mutating func integers(of value: ComputedValue, _ encoding: ONNXEncoding, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    guard encoding.axis == nil else { throw node.unsupported("it is an output of integers of several scales") }
    var id = try combined(.multiply, value.id, with: 1 / encoding.scales[0], node, part: "steps")
    id = try add(.function(MathFunction(.rounded)), [id], node, part: "whole")
    if encoding.zeroPoints[0] != 0 {
      id = try combined(.add, id, with: Float(encoding.zeroPoints[0]), node, part: "integers")
    }
    return ComputedValue(id: id, batchAxis: value.batchAxis)
  }

  // MARK: Types

  private func outputType(_ node: ONNXNode) throws(ModelLoadingError) -> ElementType? {
    let number = try node.integer("output_dtype", or: 0)
    guard number != 0 else { return nil }
    guard let type = Int32(exactly: number).flatMap(ElementType.init(rawValue:)), type.range != nil else {
      throw node.unsupported("it quantizes to \(ElementType.name(Int32(clamping: number))), which is not read")
    }
    return type
  }

  /// Of an input of the network.
  private func inputType(of name: String) -> ElementType? {
    index.proto.input.first { $0.name == name }.flatMap { ElementType(rawValue: $0.type.tensorType.elemType) }
  }

  // MARK: Blocks

  private func refuseBlocks(_ node: ONNXNode) throws(ModelLoadingError) {
    if try node.integer("block_size", or: 0) != 0 {
      throw node.unsupported("it quantizes in blocks, which only constants are read in")
    }
  }

  /// A constant with a scale for each of several numbers along an axis; nil where the node says nothing of blocks.
  private mutating func inBlocks(_ literal: Literal, _ node: ONNXNode) throws(ModelLoadingError) -> Literal? {
    let size = try node.integer("block_size", or: 0)
    guard size != 0 else { return nil }
    guard let scale = try constant(node, 1, "scale") else { throw node.unfit("it has no scale") }
    try check(try floats(scale, "scale", node), of: scale, node)
    let axis = try self.axis(try node.integer("axis", or: 1), rank: literal.shape.count, node)
    let zero = try constant(node, 2, "zero point")
    var wanted = literal.shape
    if size > 0 { wanted[axis] = wanted[axis] / size + (wanted[axis] % size == 0 ? 0 : 1) }
    guard size > 0, scale.shape == wanted, zero.map({ $0.shape == wanted }) ?? true else {
      throw node.unfit("scales of shape \(scale.shape) are not one for each \(size) of axis \(axis) of \(literal.shape)")
    }
    try reserveDerived(4 * literal.count, node)
    let places = (0..<literal.shape[axis]).map { $0 / size }
    let scales = try floats(scale.picking(places, axis: axis), "scale", node)
    let zeros = try zero.map { given throws(ModelLoadingError) in
      try wholeNumbers(given.picking(places, axis: axis), node)
    }
    let numbers = try wholeNumbers(literal, node).enumerated().map { ($1 - (zeros?[$0] ?? 0)) * scales[$0] }
    return Literal(name: node.outputs[0], shape: literal.shape, content: .floats(numbers))
  }
}

// MARK: - Rounding

extension GraphBuilder {
  /// A constant as integers.
  private mutating func rounded(_ literal: Literal, _ encoding: ONNXEncoding, _ node: ONNXNode)
    throws(ModelLoadingError) -> Literal
  {
    try reserveDerived(literal.count, node)
    let range = encoding.type.range ?? 0...255
    let inner = encoding.axis.map { saturatingProduct(literal.shape[($0 + 1)...]) } ?? max(literal.count, 1)
    var integers: [Int] = []
    for (place, number) in try floats(literal, "input", node).enumerated() {
      let group = place / inner % encoding.scales.count
      let steps = (number / encoding.scales[group]).rounded(.toNearestOrEven)
      guard !steps.isNaN else { throw node.badTensor(literal.name, "it holds a number that is not finite") }
      let integer = Int(min(max(steps, -0x1p33), 0x1p33)) + encoding.zeroPoints[group]
      integers.append(min(max(integer, range.lowerBound), range.upperBound))
    }
    return Literal(name: node.outputs[0], shape: literal.shape, content: .integers(integers))
  }

  /// A computed value, rounded to the numbers that its integers stand for.
  mutating func rounded(_ value: ComputedValue, _ encoding: ONNXEncoding, _ node: ONNXNode, part: String)
    throws(ModelLoadingError) -> ComputedValue
  {
    if let grid = encoding.grid {
      let id = try add(.requantize, [value.id], node, part: part)
      graph.round(id, to: grid)
      return ComputedValue(id: id, batchAxis: value.batchAxis)
    }
    guard let axis = encoding.axis, axis != value.batchAxis else {
      throw node.mixesSamples("it has a scale for each sample")
    }
    return try rounded(value, encoding, along: sampleAxis(axis, of: value), node)
  }

  /// The same by a scale for each position of an axis, in steps of their own.
  private mutating func rounded(
    _ value: ComputedValue, _ encoding: ONNXEncoding, along axis: Int, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ComputedValue {
    let range = encoding.type.range ?? 0...255
    var shape = [Int](repeating: 1, count: graph[value.id].shape.count - axis)
    shape[0] = encoding.scales.count
    func constant(_ what: String, _ numbers: [Float]) throws(ModelLoadingError) -> ValueID {
      let literal = Literal(name: "\(node.name).\(what)", shape: [numbers.count], content: .floats(numbers))
      return try constantValue(literal, shape: shape, node)
    }
    let scale = try constant("scale", encoding.scales)
    let low = try constant("low", encoding.zeroPoints.map { Float(range.lowerBound - $0) })
    let high = try constant("high", encoding.zeroPoints.map { Float(range.upperBound - $0) })
    var id = try add(.binary(.divide), [value.id, scale], node, part: "steps")
    id = try add(.function(MathFunction(.rounded)), [id], node, part: "rounded")
    id = try add(.binary(.maximum), [id, low], node, part: "low")
    id = try add(.binary(.minimum), [id, high], node, part: "high")
    return ComputedValue(id: try add(.binary(.multiply), [id, scale], node), batchAxis: value.batchAxis)
  }
}
