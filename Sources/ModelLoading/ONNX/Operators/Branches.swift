// If whose condition is a constant: the nodes of the branch that it takes stand in its place. And Where by a constant.

import ModelGraph

extension GraphBuilder {
  /// Graphs within nodes are taken this deep.
  private static let maximumDepth = 16

  mutating func branch(_ node: ONNXNode) throws(ModelLoadingError) -> [TracedValue] {
    guard let condition = try constant(node, 0, "condition"), condition.count == 1 else {
      throw node.unfit("its condition is not one truth value")
    }
    let name = try integers(condition, "condition", node)[0] != 0 ? "then_branch" : "else_branch"
    guard let bytes = node.body(name) else { throw node.unfit("it has no \(name)") }
    try WireScan.check(bytes, as: .graph)
    let body: Onnx_GraphProto = try ONNXImporter.message(bytes)
    try readConstants(of: body, node)
    try convert(body, named: node.name, node)
    guard body.output.count == node.outputs.count else {
      throw node.unfit("its branch has \(body.output.count) outputs, and it \(node.outputs.count)")
    }
    var results: [TracedValue] = []
    for output in body.output { results.append(try result(output.name, node)) }
    return results
  }

  // MARK: Graphs within a node

  /// The constants of a graph within a node.
  mutating func readConstants(of body: Onnx_GraphProto, _ node: ONNXNode) throws(ModelLoadingError) {
    for tensor in body.initializer {
      values[tensor.name] = .known(ownName(of: try literal(tensor, name: tensor.name, node)))
    }
  }

  /// The nodes of such a graph, in its order.
  ///
  /// - Parameter name: what their names begin with.
  mutating func convert(_ body: Onnx_GraphProto, named name: String, _ node: ONNXNode) throws(ModelLoadingError) {
    guard bodyDepth < Self.maximumDepth else {
      throw node.unsupported("bodies of nodes lie \(Self.maximumDepth) deep in one another")
    }
    bodyDepth += 1
    defer { bodyDepth -= 1 }
    var used = Set<String>()
    for (number, proto) in body.node.enumerated() {
      let given = proto.name.isEmpty ? proto.opType : proto.name
      let own = proto.name.isEmpty || !used.insert(given).inserted ? "\(given)_\(number)" : given
      try convertInner(ONNXNode(proto, name: "\(name).\(own)", opset: node.opset))
    }
  }

  /// A constant of such a graph under a name that no other constant of one has.
  mutating func ownName(of literal: Literal) -> Literal {
    guard let other = bodyConstants[literal.name], other != literal else {
      bodyConstants[literal.name] = literal
      return literal
    }
    var renamed = literal
    renamed.name = "\(literal.name), \(bodyConstants.count)"
    bodyConstants[renamed.name] = renamed
    return renamed
  }

  /// What such a graph gives under a name, which may be one of the graphs around it.
  mutating func result(_ name: String, _ node: ONNXNode) throws(ModelLoadingError) -> TracedValue {
    if let value = values[name] { return value }
    guard let tensor = index.initializers[name] else { throw node.missing(name) }
    return .known(try literal(index.proto.initializer[tensor], name: name, node))
  }

  /// A node of a body, of which the survey knows nothing.
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
