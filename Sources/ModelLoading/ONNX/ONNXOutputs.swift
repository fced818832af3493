// The network's outputs: each a value of the graph under the file's name, its batch axis first.

import ModelGraph

extension GraphBuilder {
  /// Declares the outputs of the file, in its order, but for those that are left to the next frame.
  mutating func addOutputs(_ inputs: ONNXInputs) throws(ModelLoadingError) {
    var names = Set<String>()
    let left = Set(inputs.states.pairs.map(\.output))
    for info in index.outputs {
      guard names.insert(info.name).inserted else {
        throw .output(name: info.name, reason: "there are two of this name")
      }
      if !left.contains(info.name) { try addOutput(info) }
    }
    for pair in inputs.states.pairs { try carry(pair) }
    graph.addRemarks(index.omissions + inputs.remarks + inputs.states.remarks)
  }

  /// Makes an input what an output of the frame before has left.
  private mutating func carry(_ pair: StatePairs.Pair) throws(ModelLoadingError) {
    func refused(_ reason: String) -> ModelLoadingError { .output(name: pair.output, reason: reason) }
    guard case .computed(let found)? = values[pair.input], case .computed(var left)? = values[pair.output],
      graph.inputs.contains(found.id)
    else { throw refused("it is the same for every input, and so is no state") }
    let (node, shape) = (outputNode(pair.output), graph[found.id].shape)
    if left.batchAxis != found.batchAxis {
      guard batch == 1 else { throw refused("its batch is axis \(left.batchAxis ?? 0), and that of \(pair.input) another") }
      left = try withoutBatchAxis(left, node)
    }
    guard graph[left.id].shape == shape || batch == 1 && saturatingProduct(graph[left.id].shape) == saturatingProduct(shape)
    else { throw refused("it is \(sizes(left)), and \(pair.input), which it is to be, \(sizes(found))") }
    var id = try viewed(left.id, as: shape, node)
    if graph.inputs.contains(id) { id = try add(.reshape(shape), [id], node, part: "copy") }
    graph.carry(found.id, from: id, GraphState(name: pair.input))
  }

  private mutating func addOutput(_ info: Onnx_ValueInfoProto) throws(ModelLoadingError) {
    func refused(_ reason: String) -> ModelLoadingError { .output(name: info.name, reason: reason) }
    guard let value = values[info.name] else { throw refused("it is a constant of the file") }
    let node = outputNode(info.name)
    guard case .computed(var computed) = value else {
      throw node.unsupported("output \(info.name) is the same for every input")
    }
    if let finder = encodings[info.name]?.finder ?? perScale[info.name] {
      throw refused("it holds integers whose scale \(finder) finds in each sample")
    }
    guard encodings[info.name]?.type != .int32 else { throw refused("it holds sums of integers") }
    guard !integerValues.contains(computed.id) else { throw refused("it holds integers of an input") }
    try checkDeclaration(info, computed)
    if let axis = computed.batchAxis, axis != 0 {
      guard batch == 1 else {
        throw node.unsupported(
          "output \(info.name) has the batch as axis \(axis), not as the first")
      }
      computed = try withoutBatchAxis(computed, node)
    }
    if endsAreIntegers, let encoding = encodings[info.name] { computed = try integers(of: computed, encoding, node) }
    if computed.batchAxis == nil { batchlessOutputs.insert(graph.outputs.count) }
    // A value that already has a name in the file, as an input or another output, is given another.
    if graph.inputs.contains(computed.id) || graph.outputs.contains(computed.id) {
      let copy = Operation.reshape(graph[computed.id].shape)
      computed.id = try add(copy, [computed.id], node, part: "copy")
    }
    graph.rename(computed.id, to: info.name)
    graph.addOutput(computed.id)
  }

  /// The node that makes an output; one that is also an input has none, and stands for itself.
  private func outputNode(_ name: String) -> ONNXNode {
    if let producer = index.producers[name] { return index.nodes[producer.node] }
    return ONNXNode(Onnx_NodeProto(), name: name, opset: index.opset)
  }

  /// Refuses a file whose declared output shape is not what its nodes compute.
  private func checkDeclaration(_ info: Onnx_ValueInfoProto, _ value: ComputedValue)
    throws(ModelLoadingError)
  {
    let declared = info.type.tensorType.shape.dim
    let found = sizes(value)
    guard !declared.isEmpty else { return }
    var fits = declared.count == found.count
    for (dim, size) in zip(declared, found) {
      if case .dimValue(let number)? = dim.value, number > 0, case .known(let own) = size {
        fits = fits && number == own
      }
    }
    guard fits else {
      let shape = declared.map { dim in
        if case .dimValue(let number)? = dim.value { "\(number)" } else { "?" }
      }
      throw .output(
        name: info.name,
        reason: "the file declares it as [\(shape.joined(separator: ", "))] and computes \(found)")
    }
  }
}

extension Graph {
  /// The same graph without nodes that no output needs, which computing a shape can leave behind.
  func droppingDeadNodes() -> Graph {
    var needed = Set(outputs)
    var kept: [Node] = []
    for node in nodes.reversed() where !needed.isDisjoint(with: node.outputs) {
      needed.formUnion(node.inputs)
      kept.append(node)
    }
    var result = self
    result.nodes = kept.reversed()
    return result
  }
}
