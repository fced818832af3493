// Forms that exporters write as several nodes and that are one function: x sigmoid(x) and its kin. What they were
// made of stays behind, and is dropped where nothing else reads it.

import ModelGraph

extension GraphBuilder {
  /// A product, or a quotient, as one function of a value where it is one with those before it.
  mutating func productOrFunction(_ operation: BinaryOperator, _ node: ONNXNode) throws(ModelLoadingError)
    -> ComputedValue
  {
    if let value = try composite(node, of: 0, by: 1) { return value }
    if operation == .multiply, let value = try composite(node, of: 1, by: 0) { return value }
    return try binary(operation, node)
  }

  private mutating func composite(_ node: ONNXNode, of first: Int, by second: Int)
    throws(ModelLoadingError) -> ComputedValue?
  {
    guard case .computed(let x) = try required(node, first) else { return nil }
    var product = Factors()
    product.add(x.id, graph)
    switch try required(node, second) {
    case .computed(let y):
      guard node.operator == "Mul", y.batchAxis == x.batchAxis, graph[y.id].shape == graph[x.id].shape else { return nil }
      product.add(y.id, graph)
    case .known(let literal):
      guard case .floats(let values) = literal.content, values.count == 1, literal.shape.count <= rank(x),
        values[0] != 0
      else { return nil }
      product.factor *= node.operator == "Div" ? 1 / Double(values[0]) : Double(values[0])
    }
    guard let (operation, source) = product.function(graph), graph[source].shape == graph[x.id].shape else { return nil }
    return ComputedValue(id: try add(operation, [source], node), batchAxis: x.batchAxis)
  }
}

/// Values whose product another is, and a number.
private struct Factors {
  var values: [ValueID] = []
  var factor = 1.0

  /// Adds what a value is the product of.
  mutating func add(_ value: ValueID, _ graph: Graph) {
    guard values.count < 3, let node = graph.producer(of: value), case .binary(let operation) = node.operation,
      operation == .multiply || operation == .divide
    else { return values.append(value) }
    let numbers = node.inputs.map { graph.number($0) }
    switch (operation, numbers[0], numbers[1]) {
    case (.multiply, let number?, nil):
      factor *= number
      add(node.inputs[1], graph)
    case (.multiply, nil, let number?):
      factor *= number
      add(node.inputs[0], graph)
    case (.divide, nil, let number?):
      factor /= number
      add(node.inputs[0], graph)
    case (.multiply, nil, nil):
      for input in node.inputs { add(input, graph) }
    default: values.append(value)
    }
  }

  private func isNear(_ number: Double) -> Bool { abs(factor - number) < 1e-6 }

  /// The function that they are, and of what.
  func function(_ graph: Graph) -> (ModelGraph.Operation, ValueID)? {
    guard values.count == 2 else { return nil }
    for (x, gate) in [(values[0], values[1]), (values[1], values[0])] {
      guard let node = graph.producer(of: gate) else { continue }
      switch node.operation {
      case .activation(.sigmoid) where node.inputs == [x] && isNear(1): return (.function(MathFunction(.silu)), x)
      case .activation(.hardSigmoid(let alpha, let beta))
      where node.inputs == [x] && isNear(1) && beta == 0.5 && abs(alpha - 1 / 6) < 1e-6:
        return (.activation(.hardSwish), x)
      case .activation(.clip(low: 0, high: 6)) where isNear(1.0 / 6) && graph.sum(node.inputs[0], of: x) == 3:
        return (.activation(.hardSwish), x)
      case .activation(.tanh)
      where isNear(1) && graph.producer(of: node.inputs[0])?.operation == .function(MathFunction(.softplus))
        && graph.producer(of: node.inputs[0])?.inputs == [x]:
        return (.function(MathFunction(.mish)), x)
      case .binary(.add) where isNear(0.5):
        let errors = node.inputs.filter {
          graph.producer(of: $0)?.operation == .function(MathFunction(.errorFunction))
        }
        guard errors.count == 1, graph.sum(gate, of: errors[0]) == 1, let erf = graph.producer(of: errors[0])
        else { continue }
        var inner = Factors()
        inner.add(erf.inputs[0], graph)
        if inner.values == [x], inner.isNear(0.5.squareRoot()) { return (.function(MathFunction(.gelu)), x) }
      default: continue
      }
    }
    return nil
  }
}

extension Graph {
  /// The one number that a value is, the same for every sample; nil where it is none.
  fileprivate func number(_ value: ValueID) -> Double? {
    guard case .constant(let id)? = producer(of: value)?.operation, self[id].tensor.count == 1 else { return nil }
    return Double(self[id].tensor.values[0])
  }

  /// The number that a value is more than x; nil where it is no such sum.
  fileprivate func sum(_ value: ValueID, of x: ValueID) -> Double? {
    guard let node = producer(of: value), node.operation == .binary(.add) else { return nil }
    if node.inputs[0] == x { return number(node.inputs[1]) }
    return node.inputs[1] == x ? number(node.inputs[0]) : nil
  }
}
