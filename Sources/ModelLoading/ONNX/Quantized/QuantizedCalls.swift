// Operators on integers that stand for numbers: QLinearConv and those like it. Each is the operator of floats, on
// what its inputs stand for, whose result is rounded.

import ModelGraph

/// How such an operator's inputs lie.
struct QuantizedCall {
  /// The operator of floats.
  let `operator`: String
  /// Places of tensors among the inputs; the scale of each is behind it, and its zero point behind that.
  var tensors: [Int]
  /// Place of the result's scale.
  let output: Int
  var bias: Int?
  /// An attribute that is none of the operator of floats.
  var ownAttributes: [String] = []

  static let all: [String: QuantizedCall] = [
    "QLinearConv": QuantizedCall(operator: "Conv", tensors: [0, 3], output: 6, bias: 8),
    "QLinearMatMul": QuantizedCall(operator: "MatMul", tensors: [0, 3], output: 6),
    "com.microsoft.QGemm": QuantizedCall(operator: "Gemm", tensors: [0, 3], output: 7, bias: 6),
    "com.microsoft.QLinearAdd": QuantizedCall(operator: "Add", tensors: [0, 3], output: 6),
    "com.microsoft.QLinearMul": QuantizedCall(operator: "Mul", tensors: [0, 3], output: 6),
    "com.microsoft.QLinearSigmoid": QuantizedCall(operator: "Sigmoid", tensors: [0], output: 3),
    "com.microsoft.QLinearLeakyRelu": QuantizedCall(operator: "LeakyRelu", tensors: [0], output: 3),
    "com.microsoft.QLinearSoftmax": QuantizedCall(
      operator: "Softmax", tensors: [0], output: 3, ownAttributes: ["opset"]),
    "com.microsoft.QLinearGlobalAveragePool": QuantizedCall(
      operator: "GlobalAveragePool", tensors: [0], output: 3, ownAttributes: ["channels_last"]),
    "com.microsoft.QLinearAveragePool": QuantizedCall(
      operator: "AveragePool", tensors: [0], output: 3, ownAttributes: ["channels_last"]),
    "com.microsoft.QLinearReduceMean": QuantizedCall(operator: "ReduceMean", tensors: [0], output: 3),
  ]
}

extension GraphBuilder {
  /// What such a node gives, its numbers.
  mutating func quantizedCall(_ call: QuantizedCall, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    if try node.integer("channels_last", or: 0) != 0 {
      throw node.unsupported("its channels are last: save the model before onnxruntime optimizes it")
    }
    var names: [String] = []
    var scales: [ONNXEncoding] = []
    for (number, place) in call.tensors.enumerated() {
      let (name, encoding) = try operand(node, place, scale: place + 1, of: call.operator)
      guard number > 0 || encoding.axis == nil else {
        throw node.unsupported("its first input has several scales, and one is read")
      }
      names.append(name)
      scales.append(encoding)
    }
    if let bias = call.bias, node.input(bias) != nil {
      names.append(try self.bias(node, bias, behind: scales))
    }
    return try finished(call.operator, names, dropping: call.ownAttributes, scale: call.output, node)
  }

  /// Concat of tensors with scales of their own, the result's first.
  mutating func quantizedConcat(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    var names: [String] = []
    for place in stride(from: 2, to: node.inputs.count, by: 3) {
      names.append(try operand(node, place, scale: place + 1, of: "Concat").name)
    }
    return try finished("Concat", names, scale: 0, node)
  }

  /// The operator of floats, and its result rounded; to floats where the node has no scale for it.
  private mutating func finished(
    _ name: String, _ inputs: [String], dropping own: [String] = [], scale: Int, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ComputedValue {
    let result = try lowered(node.calling(name, inputs, dropping: own))
    guard node.input(scale) != nil else { return result }
    let encoding = try encoding(
      node, scale: scale, zero: scale + 1, type: nil, axis: 1, of: sizes(result))
    encodings[node.outputs[0]] = encoding
    return try rounded(result, encoding, node, part: "rounded")
  }

  /// The numbers of an input of integers, under a name of their own.
  mutating func operand(
    _ node: ONNXNode, _ place: Int, scale: Int, of name: String
  ) throws(ModelLoadingError) -> (name: String, encoding: ONNXEncoding) {
    let input = try required(node, place)
    let key = "\(node.inputs[place]) as input \(place) of \(node.name)"
    switch input {
    case .known(let literal):
      let axis = name == "Conv" ? 0 : literal.shape.count - (try node.integer("transB", or: 0) != 0 ? 2 : 1)
      let encoding = try encoding(
        node, scale: scale, zero: scale + 1, type: elementType(of: node.inputs[place]), axis: axis,
        of: literal.shape.map(Size.known))
      values[key] = .known(try inNumbers(literal, encoding, node))
      return (key, encoding)
    case .computed(let value):
      let own = encodings[node.inputs[place]]
      let encoding = try encoding(
        node, scale: scale, zero: scale + 1, type: own?.type, axis: -1, of: sizes(value))
      guard encoding.axis == nil else { throw node.unsupported("a computed input has several scales, and one is read") }
      let numbers = try numbers(value, of: node.inputs[place], encoding, node, part: "input")
      values[key] = .computed(numbers)
      nameCounts[numbers.id, default: 0] += 1
      return (key, encoding)
    }
  }

  /// A bias of int32, whose scale is that of products.
  private mutating func bias(_ node: ONNXNode, _ place: Int, behind scales: [ONNXEncoding])
    throws(ModelLoadingError) -> String
  {
    guard let literal = try constant(node, place, "bias") else { throw node.unfit("it has no bias") }
    guard scales.count == 2, scales[0].axis == nil, scales[0].finder == nil else {
      throw node.unsupported("its bias has no scale of its own")
    }
    let products = scales[1].scales.map { max($0 * scales[0].scales[0], Float.leastNonzeroMagnitude) }
    guard products.count == 1 || literal.shape.last == products.count else {
      throw node.unfit("its bias \(literal.shape) is not one number for each of \(products.count) rows")
    }
    let encoding = ONNXEncoding(
      scales: products, zeroPoints: products.map { _ in 0 }, axis: products.count == 1 ? nil : literal.shape.count - 1,
      type: .int32)
    let key = "\(node.inputs[place]) as bias of \(node.name)"
    values[key] = .known(try inNumbers(literal, encoding, node))
    return key
  }
}
