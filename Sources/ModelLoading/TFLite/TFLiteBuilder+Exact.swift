// Files that compute with 8-bit integers. Operators are converted as those of float files are; what is more is
// here: of every value it is said what its bytes stand for, parameters keep their integers, and what has
// no exact meaning in the graph is refused. A literal's numbers are then its bytes, as they are stored.

import IntegerExecution
import ModelGraph
import Tensors

// MARK: - Values

extension TFLiteBuilder {
  /// What a tensor's bytes stand for; nil where it is not of bytes with one scale.
  func byteEncoding(ofTensor index: Int) -> IntegerEncoding? {
    let tensor = model.tensors[index]
    guard let quantization = tensor.quantization, quantization.axis == nil else { return nil }
    let element: IntegerEncoding.Element
    switch tensor.element {
    case .int8: element = .int8
    case .uint8: element = .uint8
    default: return nil
    }
    return IntegerEncoding(
      element, scales: quantization.scales, zeroPoints: quantization.zeroPoints.map { Int32($0) })
  }

  /// What the elements of a new node stand for: what only moves bytes leaves them what they are.
  func encoding(of operation: Operation, _ inputs: [ValueID]) -> IntegerEncoding? {
    if case .constant(let parameter) = operation { return graph[parameter].integers?.encoding }
    if case .argMax = operation { return isExact ? .places : nil }
    let isMoved = operation.byteScale == .kept && operation != .requantize
    return isMoved ? graph[inputs[0]].integers : outputEncoding
  }

  /// Notes where the nodes that an operator became do not compute what the file says, to the last bit. What
  /// it makes is there all the same, so that what comes behind it is looked at too.
  mutating func noteInexact(
    _ nodes: ArraySlice<Node>, _ results: [Traced], _ call: TFLiteOperator, _ node: TFLiteNode
  ) {
    for made in nodes {
      do throws(IntegerExecutionError) {
        try IntegerExecutor.check(made, in: graph)
      } catch {
        needs.add(node.unsupported(error.reason))
        return
      }
    }
    for (output, result) in zip(call.outputs, results) {
      guard case .computed(let value) = result, graph[value.id].integers != .places else { continue }
      let (element, encoding) = (model.tensors[output].element, byteEncoding(ofTensor: output))
      guard element == .float32 || encoding != nil else {
        needs.add(node.unsupported("its output holds \(element.name), and bytes with one scale are read"))
        continue
      }
      guard graph[value.id].integers == encoding else {
        needs.add(node.unsupported("its output has another scale or zero point than what it moves"))
        continue
      }
    }
  }

  /// QUANTIZE and DEQUANTIZE. What is to be of another type than int8 gets the file's order of axes first,
  /// so that it is bytes that are moved.
  mutating func requantized(_ call: TFLiteOperator, _ node: TFLiteNode) throws(ModelLoadingError) -> Traced {
    if call.builtin == .cast {
      throw node.unsupported(
        "it casts a computed value without regard to its scale: QUANTIZE and DEQUANTIZE are read")
    }
    var value = try data(call, 0, node)
    if model.tensors[call.outputs[0]].element != .int8 {
      let layout = TFLiteLayout.plain(value.shape)
      value.id = try arranged(value, layout, node)
      value.axes = layout.filter { value.shape[$0] > 1 }
    }
    value.id = try add(.requantize, [value.id], node)
    return .computed(value)
  }
}

// MARK: - Constants

extension TFLiteBuilder {
  /// A constant of bytes, as they are stored.
  func exactLiteral(_ index: Int) -> Literal? {
    let tensor = model.tensors[index]
    guard tensor.quantization != nil, tensor.element == .int8 || tensor.element == .uint8 else { return nil }
    return model.integers(of: tensor).map { bytes in
      Literal(
        name: name(of: index) + "#\(index)", shape: tensor.shape, content: .floats(bytes.map { Float($0) }))
    }
  }

  /// The number that byte stands for in the output of the operator at hand.
  func number(ofByte byte: Float) -> Float {
    guard let encoding = outputEncoding else { return byte }
    return encoding.scales[0] * (byte - Float(encoding.zeroPoints[0]))
  }

  /// A parameter of bytes: scales of a weight tensor are one for all or one for each row.
  ///
  /// - Parameter copies: how many rows one after the other have the same scale.
  mutating func exactParameter(
    _ literal: Literal, _ role: Parameter.Role, shape: [Int], copies: Int, _ key: ParameterKey,
    _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    let name = Self.shownName(of: literal)
    guard case .floats(let bytes) = literal.content, let place = Int(literal.name.dropFirst(name.count + 1)),
      model.tensors.indices.contains(place), let quantization = model.tensors[place].quantization
    else { throw node.unsupported("its constant \(name) is not of bytes with a scale") }
    let isOfRows = quantization.axis != nil
    let encoding = IntegerEncoding(
      model.tensors[place].element == .int8 ? .int8 : .uint8,
      scales: quantization.scales.repeated(isOfRows ? copies : 1),
      zeroPoints: quantization.zeroPoints.map { Int32($0) }.repeated(isOfRows ? copies : 1),
      axis: isOfRows ? 0 : nil)
    guard !isOfRows || role == .weight,
      let integers = IntegerTensor(shape: shape, integers: bytes.map { Int32($0) }, encoding: encoding)
    else { throw node.unsupported("scales of its constant \(name) are not one for all or one for each row") }
    return try addExact(Parameter(name: name, role: role, integers: integers), key, node)
  }

  /// One int32 for each row, of the scale of the sums.
  ///
  /// - Parameters:
  ///   - input: the position of what the weights read.
  ///   - copies: how many rows one after the other have the same scale.
  mutating func exactBias(
    _ call: TFLiteOperator, _ literal: Literal, behind input: Int, copies: Int, _ node: TFLiteNode
  ) throws(ModelLoadingError) -> ParameterID {
    let name = Self.shownName(of: literal)
    let key = ParameterKey(name: literal.name, role: .bias, shape: literal.shape, form: node.name)
    guard case .sizes(let sizes) = literal.content,
      let x = call.inputs[input].flatMap(byteEncoding(ofTensor:)),
      let weight = call.inputs[1], let weights = model.tensors[weight].quantization
    else { throw node.unsupported("its biases \(name) are not int32 behind bytes with a scale") }
    let integers = sizes.compactMap { size -> Int32? in
      if case .known(let number) = size { Int32(exactly: number) } else { nil }
    }
    let scales = weights.scales.repeated(weights.scales.count == 1 ? 1 : copies)
      .map { max(x.scales[0] * $0, Float.leastNonzeroMagnitude) }
    let encoding = IntegerEncoding(
      .int32, scales: scales, zeroPoints: [Int32](repeating: 0, count: scales.count),
      axis: scales.count == 1 ? nil : 0)
    guard let tensor = IntegerTensor(shape: literal.shape, integers: integers, encoding: encoding) else {
      throw node.unfit("its biases \(name) are not one int32 for each of \(literal.count) rows")
    }
    return try addExact(Parameter(name: name, role: .bias, integers: tensor), key, node)
  }

  mutating func addExact(_ parameter: Parameter, _ key: ParameterKey, _ node: TFLiteNode)
    throws(ModelLoadingError) -> ParameterID
  {
    guard parameter.tensor.values.allSatisfy(\.isFinite) else {
      throw node.badTensor(parameter.name, "it stands for a number that is beyond float32")
    }
    try reserve(parameter.tensor.count, node)
    let id = graph.addParameter(parameter)
    parameters[key] = id
    return id
  }
}

extension Array {
  /// Each element so many times.
  fileprivate func repeated(_ copies: Int) -> [Element] {
    flatMap { repeatElement($0, count: copies) }
  }
}
