import ModelGraph

/// One node of the file: a call of an operator, with the name by which people are told of it.
struct ONNXNode {
  let name: String
  let `operator`: String
  let inputs: [String]
  let outputs: [String]
  /// Version of the operator set, which decides what attributes and inputs mean.
  let opset: Int
  private let attributes: [String: Onnx_AttributeProto]
  /// An attribute that the file gives twice; reported when the node turns out to matter.
  private let repeated: String?

  init(_ proto: Onnx_NodeProto, name: String, opset: Int) {
    self.name = name
    self.opset = opset
    let own = proto.domain.isEmpty || proto.domain == "ai.onnx"
    `operator` = own ? proto.opType : "\(proto.domain).\(proto.opType)"
    inputs = proto.input
    outputs = proto.output
    var attributes: [String: Onnx_AttributeProto] = [:]
    var repeated: String?
    for attribute in proto.attribute
    where attributes.updateValue(attribute, forKey: attribute.name) != nil {
      repeated = attribute.name
    }
    (self.attributes, self.repeated) = (attributes, repeated)
  }

  /// The same as a call of another operator on other inputs.
  func calling(_ name: String, _ inputs: [String], dropping own: [String] = []) -> ONNXNode {
    ONNXNode(self, operator: name, inputs: inputs, attributes: attributes.filter { !own.contains($0.key) })
  }

  private init(
    _ node: ONNXNode, operator name: String, inputs: [String], attributes: [String: Onnx_AttributeProto]
  ) {
    (self.name, outputs, opset, repeated) = (node.name, node.outputs, node.opset, node.repeated)
    (self.operator, self.inputs, self.attributes) = (name, inputs, attributes)
  }

  /// The name of an input; nil where the node leaves it out.
  func input(_ index: Int) -> String? {
    inputs.indices.contains(index) && !inputs[index].isEmpty ? inputs[index] : nil
  }

  /// Graphs within the node, as bytes: the bodies of control flow.
  var bodies: [[UInt8]] {
    attributes.keys.sorted().flatMap { name in
      let attribute = attributes[name]!
      return ((attribute.hasG ? [attribute.g] : []) + attribute.graphs).map { [UInt8]($0) }
    }
  }

  /// The bytes of one such graph.
  func body(_ name: String) -> [UInt8]? { attributes[name].flatMap { $0.hasG ? [UInt8]($0.g) : nil } }

  /// Names that graphs within the node read and do not make.
  func captures(depth: Int = 0) -> [String] {
    if depth > ONNXSurvey.maximumDepth { return [] }
    return bodies.flatMap { bytes -> [String] in
      guard (try? WireScan.check(bytes, as: .graph)) != nil,
        let graph: Onnx_GraphProto = try? ONNXImporter.message(bytes)
      else { return [] }
      let made = Set(graph.initializer.map(\.name) + graph.node.flatMap(\.output) + graph.input.map(\.name))
      let inner = graph.node.flatMap { ONNXNode($0, name: $0.name, opset: opset).captures(depth: depth + 1) }
      return (graph.node.flatMap(\.input) + graph.output.map(\.name) + inner).filter { !$0.isEmpty && !made.contains($0) }
    }
  }

  /// Whether the node declares an output beyond its first.
  var hasFurtherOutputs: Bool { outputs.dropFirst().contains { !$0.isEmpty } }
}

// MARK: - Attributes

extension ONNXNode {
  /// Refuses an attribute that this operator does not have, or has twice.
  func checkAttributes(known: [String]) throws(ModelLoadingError) {
    if let repeated { throw unfit("attribute \(repeated) is given twice") }
    for name in attributes.keys.sorted() where !known.contains(name) {
      throw unsupported("attribute \(name) is not one of this operator's")
    }
  }

  func has(_ name: String) -> Bool { attributes[name] != nil }

  func integer(_ name: String, or standard: Int) throws(ModelLoadingError) -> Int {
    guard let attribute = attributes[name] else { return standard }
    guard attribute.type == 2 || attribute.type == 0 && attribute.hasI else {
      throw unfit("attribute \(name) is not an integer")
    }
    return Int(attribute.i)
  }

  func float(_ name: String, or standard: Float) throws(ModelLoadingError) -> Float {
    guard let attribute = attributes[name] else { return standard }
    guard attribute.type == 1 || attribute.type == 0 && attribute.hasF else {
      throw unfit("attribute \(name) is not a number")
    }
    guard !attribute.f.isNaN else { throw unfit("attribute \(name) is not a number") }
    return attribute.f
  }

  func string(_ name: String, or standard: String) throws(ModelLoadingError) -> String {
    guard let attribute = attributes[name] else { return standard }
    guard attribute.type == 3 || attribute.type == 0 && attribute.hasS else {
      throw unfit("attribute \(name) is not a text")
    }
    return String(decoding: attribute.s, as: UTF8.self)
  }

  func integers(_ name: String) throws(ModelLoadingError) -> [Int]? {
    guard let attribute = attributes[name] else { return nil }
    guard attribute.type == 7 || attribute.type == 0 else {
      throw unfit("attribute \(name) is not a list of integers")
    }
    return attribute.ints.map(Int.init)
  }

  func floats(_ name: String) throws(ModelLoadingError) -> [Float]? {
    guard let attribute = attributes[name] else { return nil }
    guard attribute.type == 6 || attribute.type == 0 else {
      throw unfit("attribute \(name) is not a list of numbers")
    }
    return attribute.floats
  }

  func strings(_ name: String) throws(ModelLoadingError) -> [String]? {
    guard let attribute = attributes[name] else { return nil }
    guard attribute.type == 8 || attribute.type == 0 else { throw unfit("attribute \(name) is not a list of texts") }
    return attribute.strings.map { String(decoding: $0, as: UTF8.self) }
  }

  func tensor(_ name: String) throws(ModelLoadingError) -> Onnx_TensorProto? {
    guard let attribute = attributes[name] else { return nil }
    guard attribute.hasT else { throw unfit("attribute \(name) is not a tensor") }
    return attribute.t
  }
}

// MARK: - Errors

extension ONNXNode {
  func unsupported(_ reason: String) -> ModelLoadingError {
    .unsupported(node: name, operator: `operator`, reason: reason)
  }

  func mixesSamples(_ reason: String) -> ModelLoadingError {
    .mixesSamples(node: name, operator: `operator`, reason: reason)
  }

  func unfit(_ reason: String) -> ModelLoadingError {
    .unfit(node: name, operator: `operator`, reason: reason)
  }

  func missing(_ value: String) -> ModelLoadingError {
    .missingValue(node: name, operator: `operator`, value: value)
  }

  func badTensor(_ tensor: String, _ reason: String) -> ModelLoadingError {
    .tensor(name: tensor, node: name, operator: `operator`, reason: reason)
  }

  /// What the graph found wrong, under this node's name in the file.
  func refused(_ error: GraphError) -> ModelLoadingError {
    switch error {
    case .unfit(_, _, let reason): unfit(reason)
    case .tooLarge(_, _, let elements):
      unfit("a value of \(elements) elements is larger than \(Graph.maximumElements)")
    case .malformed(let reason): unfit(reason)
    }
  }
}
