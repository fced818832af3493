// Operators: what they are, what they read and make, and whether they can.

import ModelGraph

extension TFLiteReader {
  /// Reads an operator, or notes why it is not read; what it makes is there in both cases.
  mutating func readOperator(_ table: FlatBuffer.Table) throws(ModelLoadingError) {
    let code = try code(of: table)
    let node = TFLiteNode(name: "\(code.name)_\(number(of: code.name))", operator: code.name)
    let inputs = try file.integers(1, of: table, Int32.self).map(Int.init)
    let outputs = try file.integers(2, of: table, Int32.self).map(Int.init)
    try checkInputs(inputs, node)
    try make(outputs, node)
    guard let builtin = code.builtin else {
      needs.add(.init(operator: code.name, node: node.name))
      return
    }
    let options = TFLiteOptions(
      type: try file.integer(3, of: table, or: UInt8(0)), table: try file.table(4, of: table), file: file,
      refused: node.unsupported)
    do {
      try check(builtin, inputs: inputs, outputs: outputs, node)
      operators.append(
        TFLiteOperator(
          name: node.name, builtin: builtin, operation: try options.operation(of: builtin),
          inputs: inputs.map { $0 < 0 ? nil : $0 }, outputs: outputs))
    } catch {
      if case .flatBuffer = error { throw error }
      needs.add(error)
    }
  }

  /// How many operators of a name there were before.
  private mutating func number(of name: String) -> Int {
    defer { counts[name, default: 0] += 1 }
    return counts[name, default: 0]
  }

  /// Each input is a tensor that is there, or left out.
  private func checkInputs(_ inputs: [Int], _ node: TFLiteNode) throws(ModelLoadingError) {
    for index in inputs where index != -1 {
      guard tensors.indices.contains(index) else {
        throw node.missing("tensor \(index) of \(tensors.count)")
      }
      guard made.contains(index) || tensors[index].isConstant || tensors[index].isVariable || faults[index] != nil else {
        throw node.missing(tensor(named: index))
      }
    }
  }

  /// Each output is a tensor that nothing else gives.
  private mutating func make(_ outputs: [Int], _ node: TFLiteNode) throws(ModelLoadingError) {
    for index in outputs {
      guard tensors.indices.contains(index) else {
        throw node.unfit("its output is tensor \(index) of \(tensors.count), which is not there")
      }
      guard !tensors[index].isConstant, made.insert(index).inserted else {
        throw node.unfit(
          "its output \(tensor(named: index)) is there already, as a constant, input or other output")
      }
    }
  }

  private func check(_ builtin: TFLiteBuiltin, inputs: [Int], outputs: [Int], _ node: TFLiteNode)
    throws(ModelLoadingError)
  {
    guard builtin.inputs.contains(inputs.count) else {
      throw node.unfit("it has \(inputs.count) inputs, and takes \(builtin.inputs.lowerBound) or more")
    }
    guard !builtin.neededInputs(of: inputs.count).contains(where: { inputs[$0] == -1 }) else {
      throw node.unfit("an input that it needs is left out")
    }
    let lasting = builtin.variableInputs.map { inputs[$0] }
    for index in lasting where !tensors[index].isVariable {
      throw node.unfit("\(tensor(named: index)) is no variable, and what it keeps is to be one")
    }
    if builtin == .unidirectionalSequenceLSTM, ![.float32, .int8].contains(tensors[inputs[0]].element) {
      throw node.unsupported(
        "of \(tensors[inputs[0]].element.name) it is not read: convert the model to float32, or with int8 activations")
    }
    guard builtin.hasManyOutputs ? !outputs.isEmpty : outputs.count == builtin.outputCount else {
      throw node.unfit("it has \(outputs.count) outputs, and gives \(builtin.outputCount)")
    }
    let variable = builtin.isOfVariables ? (builtin == .varHandle ? outputs : inputs).first : nil
    if let variable, tensors[variable].element != .resource {
      throw node.unfit("\(tensor(named: variable)) is no variable")
    }
    for index in inputs + outputs where index >= 0 && index != variable && !lasting.contains(index) {
      if let fault = faults[index] { throw fault }
      try checkElement(tensors[index], tensor(named: index), builtin, node)
    }
    try checkWeights(builtin, inputs: inputs, node)
  }

  /// Whether an operator may have a tensor of these elements.
  private func checkElement(
    _ tensor: TFLiteTensor, _ name: String, _ builtin: TFLiteBuiltin, _ node: TFLiteNode
  ) throws(ModelLoadingError) {
    func refused(_ reason: String) -> ModelLoadingError {
      .tensor(name: name, node: node.name, operator: node.operator, reason: reason)
    }
    let converts = [.quantize, .dequantize, .cast].contains(builtin)
    switch tensor.element {
    case .float32, .int32, .int64, .bool: return
    case .float16 where tensor.isConstant: return
    case .int16 where builtin == .svdf && tensor.isConstant: return
    case .int16 where builtin == .cast || builtin == .dequantize && tensor.quantization.map { $0.axis == nil } == true:
      return
    case .int8,
      .uint8 where converts:
      guard let quantization = tensor.quantization else {
        if builtin == .cast { return }
        throw refused("it is of \(tensor.element.name) and has no scale")
      }
      guard tensor.isConstant || quantization.axis == nil else {
        throw refused("what is computed has one scale, and it has one for each position of an axis")
      }
    case .uint8:
      throw refused(
        "it is of UINT8, the older kind of quantization, which is not read: convert the model again, with int8"
      )
    case .int16:
      throw refused(
        "it is of INT16, and activations of 16 bits are not read: convert the model with int8 activations")
    case .float16, .string, .complex64, .float64, .complex128, .uint64, .resource, .variant, .uint32, .uint16,
      .int4, .bfloat16, .int2, .uint4:
      throw refused(
        "it is of \(tensor.element.name), which is not read: convert the model to float32 or int8")
    }
  }

  /// Integer weights are symmetric.
  private func checkWeights(_ builtin: TFLiteBuiltin, inputs: [Int], _ node: TFLiteNode)
    throws(ModelLoadingError)
  {
    guard [.conv2D, .depthwiseConv2D, .transposeConv, .fullyConnected].contains(builtin) else { return }
    let weights = tensors[inputs[1]]
    guard weights.element != .int8 || weights.quantization?.zeroPoints.allSatisfy({ $0 == 0 }) == true else {
      throw node.unsupported("the zero points of its weights \(tensor(named: inputs[1])) are not all 0")
    }
  }
}
