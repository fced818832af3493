// Integers whose scale is found anew in each sample: DynamicQuantizeLinear, ConvInteger, MatMulInteger and what
// exporters put behind them, a Cast and a Mul by the product of both scales.
//
// Tensors are followed as numbers here too. What MatMulInteger gives is x w / s of the sample's scale s, and is followed as
// x w; a Mul by s, or by s times a constant, ends that.

import ModelGraph
import Tensors

/// A number that is found in each sample, or its product with a constant.
struct FoundScale {
  /// The node that finds it.
  let finder: String
  var factor: Literal?
}

extension GraphBuilder {
  mutating func dynamicQuantizeLinear(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let encoding = ONNXEncoding(scales: [1], zeroPoints: [0], axis: nil, type: .uint8, finder: node.name)
    encodings[node.outputs[0]] = encoding
    for (place, name) in node.outputs.enumerated() where place > 0 && !name.isEmpty {
      foundScales[name] = FoundScale(finder: node.name)
    }
    return try rounded(x, encoding, node, part: "")
  }

  /// ConvInteger and MatMulInteger: sums of products of integers.
  mutating func integerSums(_ name: String, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (input, encoding) = try centred(node, 0, zero: 2)
    guard case .known(let literal) = try required(node, 1) else {
      throw node.unsupported("both its factors are computed integers, of which one must be constant")
    }
    let weight = try centredWeights(literal, node)
    let (first, second) = ("\(node.inputs[0]) as input of \(node.name)", "\(node.inputs[1]) as weights of \(node.name)")
    values[first] = .computed(input)
    values[second] = .known(weight)
    let result = try lowered(node.calling(name, [first, second]))
    encodings[node.outputs[0]] = ONNXEncoding(
      scales: encoding.scales, zeroPoints: [0], axis: nil, type: .int32, finder: encoding.finder)
    return result
  }

  /// com.microsoft.DynamicQuantizeMatMul and MatMulIntegerToFloat: the same, and what is mostly behind it.
  mutating func integerProduct(_ node: ONNXNode, isDynamic: Bool) throws(ModelLoadingError) -> ComputedValue {
    let (scale, zero, bias) = isDynamic ? (2, 3, 4) : (3, 5, 6)
    guard case .known(let literal) = try required(node, 1) else { throw node.computed("weight tensor") }
    let encoding = try encoding(
      node, scale: scale, zero: zero, type: elementType(of: node.inputs[1]), axis: -1,
      of: literal.shape.map(Size.known))
    let (first, second) = ("\(node.inputs[0]) as input of \(node.name)", "\(node.inputs[1]) as weights of \(node.name)")
    if isDynamic {
      let grid = ONNXEncoding(scales: [1], zeroPoints: [0], axis: nil, type: .uint8, finder: node.name)
      values[first] = .computed(try rounded(try data(node), grid, node, part: "input"))
    } else if let found = node.input(2).flatMap({ foundScales[$0] }) {
      guard encodings[node.inputs[0]]?.finder == found.finder, found.factor == nil else {
        throw node.unsupported("its input's scale is not that which it was quantized by")
      }
      values[first] = .computed(try data(node))
    } else {
      let own = try self.encoding(
        node, scale: 2, zero: 4, type: encodings[node.inputs[0]]?.type, axis: -1, of: sizes(try data(node)))
      values[first] = .computed(try numbers(try data(node), of: node.inputs[0], own, node, part: "input"))
    }
    values[second] = .known(try inNumbers(literal, encoding, node))
    let product = try lowered(node.calling("MatMul", [first, second]))
    guard let term = try constant(node, bias, "bias") else { return product }
    if try absorbBias(term, into: product, node) { return product }
    return try combined(.add, .computed(product), .known(term), node, part: "add")
  }

  /// What DequantizeLinear makes of integers whose scale is found in each sample.
  func dequantized(_ value: ComputedValue, byFinderOf node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    guard let scale = node.input(1).flatMap({ foundScales[$0] }), scale.factor == nil,
      encodings[node.inputs[0]]?.finder == scale.finder,
      node.input(2).map({ foundScales[$0]?.finder == scale.finder }) ?? false
    else { throw node.unsupported("its scale is not that which its input was quantized by") }
    return value
  }

  /// An input of integers as numbers, and by which scale; its zero point must be its own.
  private mutating func centred(_ node: ONNXNode, _ place: Int, zero: Int) throws(ModelLoadingError)
    -> (ComputedValue, ONNXEncoding)
  {
    let value = try data(node, place)
    guard let own = encodings[node.inputs[place]], own.axis == nil else {
      throw node.unsupported("its input \(node.inputs[place]) holds integers that nothing in the file quantizes")
    }
    if let finder = own.finder {
      guard let name = node.input(zero), foundScales[name]?.finder == finder else {
        throw node.unsupported("its zero point is not that which its input was quantized by")
      }
    } else {
      let given = try constant(node, zero, "zero point")
      let zeros = try given.map { literal throws(ModelLoadingError) in try integers(literal, "zero point", node) } ?? [0]
      guard zeros == own.zeroPoints else {
        throw node.unsupported("its zero point is not that which its input was quantized by")
      }
    }
    return (value, own)
  }

  /// Weights less their zero points.
  private mutating func centredWeights(_ literal: Literal, _ node: ONNXNode) throws(ModelLoadingError) -> Literal {
    var zeros = [0]
    if let given = try constant(node, 3, "zero point") { zeros = try integers(given, "zero point", node) }
    let axis = node.operator == "ConvInteger" ? 0 : literal.shape.count - 1
    guard zeros.count == 1 || literal.shape.indices.contains(axis) && literal.shape[axis] == zeros.count else {
      throw node.unfit("it has \(zeros.count) zero points for weights \(literal.shape)")
    }
    let encoding = ONNXEncoding(
      scales: zeros.map { _ in 1 }, zeroPoints: zeros, axis: zeros.count == 1 ? nil : axis, type: .int8)
    return try inNumbers(literal, encoding, node)
  }
}

// MARK: - What is behind

extension GraphBuilder {
  /// What a node makes of integers that stand for numbers, or of scales that are found in each sample; nil where it has
  /// nothing to do with either.
  mutating func behindIntegers(_ node: ONNXNode) throws(ModelLoadingError) -> TracedValue? {
    switch node.operator {
    case "Cast":
      guard let name = node.input(0), let own = encodings[name], case .computed(let value)? = values[name] else {
        return nil
      }
      return .computed(try castQuantized(value, own, node))
    case "Mul": return try scaled(node)
    default: return nil
    }
  }

  private mutating func castQuantized(_ value: ComputedValue, _ own: ONNXEncoding, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    try node.checkCast()
    guard own.axis == nil else { throw node.unsupported("it casts integers of several scales") }
    passOn(value, from: node.inputs[0])
    if let finder = own.finder {
      perScale[node.outputs[0]] = finder
      return value
    }
    let id = try combined(.multiply, value.id, with: 1 / own.scales[0], node, part: "steps")
    guard own.zeroPoints[0] != 0 else { return ComputedValue(id: id, batchAxis: value.batchAxis) }
    return ComputedValue(
      id: try combined(.add, id, with: Float(own.zeroPoints[0]), node, part: "integers"), batchAxis: value.batchAxis)
  }

  /// A product with a scale that is found in each sample.
  private mutating func scaled(_ node: ONNXNode) throws(ModelLoadingError) -> TracedValue? {
    let names = (0..<2).map { node.input($0) ?? "" }
    guard let place = names.firstIndex(where: { foundScales[$0] != nil }), let scale = foundScales[names[place]] else {
      return nil
    }
    let other = names[1 - place]
    if let finder = perScale[other], finder == scale.finder, case .computed(let value)? = values[other] {
      passOn(value, from: other)
      guard let factor = scale.factor else { return .computed(value) }
      if try absorbFactor(factor, into: value, node) { return .computed(value) }
      return .computed(try combined(.multiply, .computed(value), .known(factor), node, part: ""))
    }
    guard foundScales[other] == nil, case .known(let factor)? = try value(node, 1 - place) else {
      throw node.unsupported("it computes with a scale that \(scale.finder) finds in each sample")
    }
    let both = try scale.factor.map { own throws(ModelLoadingError) in try arithmetic("Mul", own, factor, node) }
    foundScales[node.outputs[0]] = FoundScale(finder: scale.finder, factor: both ?? factor)
    // Nothing reads it but what is behind.
    return .known(Literal(name: node.outputs[0], shape: [], content: .floats([.nan])))
  }

  /// Multiplies a layer's weights by one number or one a row, where it has no bias yet; tells whether it did.
  private mutating func absorbFactor(_ factor: Literal, into value: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> Bool
  {
    guard let number = layerNodes[value.id], let layer = graph.nodes[number].operation.layer,
      nameCounts[value.id] ?? 0 == 0
    else { return false }
    let weights = graph[layer.weight]
    let rows = weights.tensor.shape[0]
    let shape = Array((sampleShape(of: factor, beside: value) ?? []).drop { $0 == 1 })
    let wanted = layer.window == nil ? [rows] : [rows, 1, 1]
    guard factor.count == 1 || factor.count == rows && shape == Array(wanted.drop { $0 == 1 }) else { return false }
    let factors = try floats(factor, "factor", node)
    let columns = weights.tensor.count / max(rows, 1)
    try reserveDerived(weights.tensor.count, node)
    let numbers = weights.tensor.values.enumerated().map { $1 * factors[factors.count == 1 ? 0 : $0 / columns] }
    guard numbers.allSatisfy(\.isFinite) else {
      throw node.badTensor(factor.name, "it makes weights beyond float32")
    }
    let scaled = graph.addParameter(
      name: weights.name, role: .weight, tensor: Tensor(shape: weights.tensor.shape, values: numbers))
    graph.nodes[number].operation.layer?.weight = scaled
    return true
  }

  /// A value goes by another name from here on, where nobody else reads it by this one.
  private mutating func passOn(_ value: ComputedValue, from name: String) {
    if index.readers[name] == 1 { nameCounts[value.id, default: 1] -= 1 }
  }
}
