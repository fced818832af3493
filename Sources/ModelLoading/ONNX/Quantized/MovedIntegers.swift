// Integers that stand for numbers and are only moved: they still do.

import ModelGraph

extension GraphBuilder {
  /// Whether an operator takes integers by their scale.
  static func isOfQuantized(_ node: ONNXNode) -> Bool {
    switch node.operator {
    case "DequantizeLinear", "com.microsoft.DequantizeLinear", "ConvInteger", "MatMulInteger",
      "com.microsoft.MatMulIntegerToFloat", "com.microsoft.QLinearConcat":
      true
    default: QuantizedCall.all[node.operator] != nil
    }
  }

  /// Whether an input or output is of integers that stand for numbers.
  var endsInIntegers: Bool {
    let inputs = index.proto.input.contains { input in
      ElementType(rawValue: input.type.tensorType.elemType)?.isNarrow == true
    }
    return inputs && !integerValues.isEmpty || index.outputs.contains { encodings[$0.name] != nil }
  }

  /// Inputs and outputs of a graph that the file has as integers that stand for numbers.
  func integerEnds(of graph: Graph) -> [ValueID: ElementType] {
    var types: [ValueID: ElementType] = [:]
    for info in index.proto.input {
      guard let type = ElementType(rawValue: info.type.tensorType.elemType), type.range != nil,
        let id = graph.inputs.first(where: { graph[$0].name == info.name })
      else { continue }
      types[id] = type
    }
    for (id, info) in zip(graph.outputs, index.outputs) { types[id] = encodings[info.name]?.type }
    return types
  }

  /// What a result stands for as the inputs do.
  struct MovedEncoding {
    var encoding: ONNXEncoding?
    var perScale: String?
  }

  /// What a node only moves; nil where it moves nothing of the kind.
  ///
  /// - Throws: where it computes with such integers.
  func movedEncoding(_ node: ONNXNode) throws(ModelLoadingError) -> MovedEncoding? {
    var moved: MovedEncoding?
    for name in node.inputs where encodings[name] != nil || perScale[name] != nil {
      guard case .computed? = values[name] else { continue }
      if node.operator == "Shape" || Self.isOfQuantized(node) { continue }
      if perScale[name] != nil ? node.operator == "Mul" : node.operator == "Cast" { continue }
      guard Self.moving.contains(node.operator) || node.operator == "MaxPool" else {
        throw node.unsupported(
          "its input \(name) holds integers that stand for numbers, and only moving them and operators that know "
            + "their scale are read")
      }
      let found = MovedEncoding(encoding: encodings[name], perScale: perScale[name])
      guard moved.map({ $0.encoding == found.encoding && $0.perScale == found.perScale }) ?? true,
        encodings[name]?.axis == nil
      else { throw node.unsupported("its inputs are integers of several scales") }
      moved = found
    }
    if moved != nil, node.operator == "Concat",
      node.inputs.contains(where: { if case .computed? = values[$0] { false } else { true } })
    {
      throw node.unsupported("it joins constant integers to such as stand for numbers")
    }
    return moved
  }

  mutating func note(_ moved: MovedEncoding, _ node: ONNXNode) {
    for name in node.outputs where !name.isEmpty {
      encodings[name] = moved.encoding
      perScale[name] = moved.perScale
    }
  }

  /// Numbers that were integers in the file are so in another order or shape too.
  mutating func noteQuantized(_ node: ONNXNode) {
    guard let output = node.outputs.first, case .known(let made)? = values[output], quantized[made.name] == nil,
      ["Cast", "Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten"].contains(node.operator),
      let input = node.input(0), case .known(let source)? = values[input]
    else { return }
    quantized[made.name] = quantized[source.name]
  }
}
