// If whose condition is a constant: the nodes of the branch that it takes stand in its place. And Where by a constant.

import ModelGraph

extension GraphBuilder {
  /// Branches within branches are taken this deep.
  private static let maximumDepth = 16

  mutating func branch(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    guard let condition = try constant(node, 0, "condition"), condition.count == 1 else {
      throw node.unfit("its condition is not one truth value")
    }
    let name = try integers(condition, "condition", node)[0] != 0 ? "then_branch" : "else_branch"
    guard branchDepth < Self.maximumDepth else {
      throw node.unsupported("branches lie \(Self.maximumDepth) deep in one another")
    }
    guard let bytes = node.body(name) else { throw node.unfit("it has no \(name)") }
    try WireScan.check(bytes, as: .graph)
    let body: Onnx_GraphProto = try ONNXImporter.message(bytes)
    branchDepth += 1
    defer { branchDepth -= 1 }
    for tensor in body.initializer {
      values[tensor.name] = .known(try literal(tensor, name: tensor.name, node))
    }
    for (number, proto) in body.node.enumerated() {
      let own = proto.name.isEmpty ? "\(proto.opType)_\(number)" : proto.name
      try convertInner(ONNXNode(proto, name: "\(node.name).\(own)", opset: node.opset))
    }
    guard body.output.count == node.outputs.count else {
      throw node.unfit("its branch has \(body.output.count) outputs, and it \(node.outputs.count)")
    }
    var results: [TracedValue] = []
    for output in body.output {
      if let value = values[output.name] {
        results.append(value)
      } else if let tensor = index.initializers[output.name] {
        results.append(.known(try literal(index.proto.initializer[tensor], name: output.name, node)))
      } else {
        throw node.missing(output.name)
      }
    }
    return results
  }

  /// A node of a branch, of which the survey knows nothing.
  private mutating func convertInner(_ node: ONNXNode) throws(ModelLoadingError) {
    guard ONNXOperator.attributes[node.operator] != nil else {
      throw .needs(ModelNeeds(operators: [.init(operator: node.operator, node: node.name)]))
    }
    try convert(node)
  }

  /// Of computed values by a constant of truth values: each times 1 or 0, and their sum.
  mutating func chosen(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    if case .computed(let truth) = try required(node, 0) { return try chosen(try self.truth(truth, node), node) }
    guard let condition = try constant(node, 0, "condition") else { throw node.unfit("it has no condition") }
    let truths = try integers(condition, "condition", node)
    try reserveDerived(2 * truths.count, node)
    func mask(_ name: String, _ isOne: (Int) -> Bool) -> Literal {
      Literal(
        name: "\(condition.name) \(name)", shape: condition.shape, content: .floats(truths.map { isOne($0) ? 1 : 0 }))
    }
    let masks = [mask("where it holds") { $0 != 0 }, mask("where it does not") { $0 == 0 }]
    var parts: [TracedValue] = []
    for (position, mask) in masks.enumerated() {
      switch try required(node, position + 1) {
      case .known(let literal):
        guard try floats(literal, "operand", node).allSatisfy(\.isFinite) else {
          throw node.unsupported("its constant holds a number that is not finite")
        }
        parts.append(.known(try arithmetic("Mul", literal, mask, node)))
      case .computed(let x):
        parts.append(.computed(try combined(.multiply, .computed(x), .known(mask), node, part: "chosen")))
      }
    }
    return try combined(.add, parts[0], parts[1], node, part: "")
  }

  /// To the type of another value; all floats are float32.
  mutating func castLike(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    if case .known(let like) = try required(node, 1), case .sizes = like.content {
      throw node.unsupported("a computed value cannot become an integer")
    }
    return try data(node)
  }
}
