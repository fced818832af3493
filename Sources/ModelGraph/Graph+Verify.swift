// What must hold of every graph between stages, and a picture of it for people.

import Tensors

extension Graph {
  /// Checks the whole graph: identifiers in range, values made before they are read and once only,
  /// shapes as inference gives them, parameters finite, names unique, heads over outputs that fit them.
  ///
  /// - Throws: ``GraphError`` for the first thing found wrong.
  public func verify() throws(GraphError) {
    for value in values where value.shape.count > Graph.maximumRank
      || !value.shape.allSatisfy({ $0 >= 1 && $0 <= Graph.maximumElements })
    {
      throw .malformed(reason: "value \(value.name) has the shape \(value.shape)")
    }
    for value in values where !(value.integers?.fits(value.shape) ?? true) {
      throw .malformed(reason: "the scales of value \(value.name) do not fit \(value.shape)")
    }
    guard inputs.allSatisfy({ values.indices.contains($0.index) }) else {
      throw .malformed(reason: "an input is not a value")
    }
    var made = Set(inputs)
    var names = Set<String>()
    for node in nodes {
      guard names.insert(node.name).inserted else {
        throw .malformed(reason: "two nodes are named \(node.name)")
      }
      try verify(node, made: made)
      for output in node.outputs where !made.insert(output).inserted {
        throw .malformed(reason: "node \(node.name) makes a value that already exists")
      }
    }
    guard !outputs.isEmpty, outputs.allSatisfy(made.contains) else {
      throw .malformed(reason: "an output is missing")
    }
    try verifyStates()
    try verifyParameters()
    try verifyPlaces()
    try verifyHeads()
  }

  private func verify(_ node: Node, made: Set<ValueID>) throws(GraphError) {
    guard node.outputs.allSatisfy({ values.indices.contains($0.index) }), node.inputs.allSatisfy(made.contains),
      node.operation.parameterIDs.allSatisfy({ parameters.indices.contains($0.index) })
    else { throw .malformed(reason: "node \(node.name) reads what is not there") }
    let shapes = try outputShapes(of: node.operation, inputs: node.inputs, node: node.name)
    let found = node.outputs.map { self[$0].shape }
    guard shapes == found else {
      throw .malformed(reason: "node \(node.name) gives \(listed(shapes)), not \(listed(found))")
    }
  }

  private func listed(_ shapes: [[Int]]) -> String {
    shapes.map { "\($0)" }.joined(separator: ", ")
  }

  /// Every parameter once, however many nodes share it.
  private func verifyParameters() throws(GraphError) {
    for parameter in parameters where !parameter.tensor.values.allSatisfy(\.isFinite) {
      throw .malformed(reason: "parameter \(parameter.name) holds a number that is not finite")
    }
  }
}

extension Graph: CustomStringConvertible {
  /// One line a node: name, operation, input shapes and output shape.
  public var description: String {
    var lines = inputs.map { "input \(self[$0].name) \(self[$0].shape)" }
    for node in nodes {
      let (from, to) = (node.inputs.map { self[$0].shape }, node.outputs.map { self[$0].shape })
      lines.append("\(node.name): \(node.operation.name) \(listed(from)) -> \(listed(to))")
    }
    lines += states.map { "state \($0.name)" }
    lines += outputs.map { "output \(self[$0].name) \(self[$0].shape)" }
    return lines.joined(separator: "\n")
  }
}
