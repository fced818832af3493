// Everything in a file that is not read, in one go, so that nobody meets it one refusal at a time.
//
// Nodes are converted in order. Where one is refused, what it would have made counts as unread, and a
// node that asks for such a value is judged by its form alone: by what attributes and constants say,
// whatever its shapes may be. Bodies of control flow and the file's own functions, which are never
// converted, are judged so too. They nest: a list of what is still to be looked at and a bound on depth
// stand in for recursion.

import ModelGraph

struct ONNXSurvey {
  /// Bodies within bodies are looked into this deep.
  static let maximumDepth = 16

  var needs = ModelNeeds()
  private let opset: Int
  private var functions: [String: Onnx_FunctionProto] = [:]
  /// Nodes of bodies looked at so far, of which as many are allowed as a file may have nodes.
  private var bodyNodes = 0

  init(_ proto: Onnx_ModelProto, _ index: ONNXIndex) {
    opset = index.opset
    for function in proto.functions {
      let isOwn = function.domain.isEmpty || function.domain == "ai.onnx"
      functions[isOwn ? function.name : "\(function.domain).\(function.name)"] = function
    }
  }

  /// Converts a node, or notes what stands in its way.
  mutating func convert(_ node: ONNXNode, _ builder: inout GraphBuilder) {
    builder.metUnread = false
    let isTaken = node.operator != "If" || node.inputs.allSatisfy { builder.isConstant($0) }
    guard ONNXOperator.attributes[node.operator] != nil, isTaken else {
      let isFoldable = !node.inputs.isEmpty && !ONNXIndex.drawn.contains(node.operator)
        && node.inputs.allSatisfy { builder.isConstant($0) }
      needs.add(.init(operator: node.operator, node: node.name, isFoldable: isFoldable))
      builder.leaveOut(node, isConstant: isFoldable)
      survey(insidesOf: node) { builder.isConstant($0) }
      return
    }
    do {
      try builder.convert(node)
    } catch {
      let fault = builder.metUnread ? node.formFault { builder.isConstant($0) } : error
      if let fault { needs.add(fault) }
      builder.leaveOut(node, isConstant: node.inputs.allSatisfy { builder.isConstant($0) })
    }
  }
}

extension GraphBuilder {
  /// Whether a value depends on no input, as far as it can be known.
  fileprivate func isConstant(_ name: String) -> Bool {
    if name.isEmpty || index.initializers[name] != nil || unreadConstants.contains(name) { return true }
    if case .known? = values[name] { return true }
    return false
  }

  /// Marks what a node would have made as unread.
  fileprivate mutating func leaveOut(_ node: ONNXNode, isConstant: Bool) {
    unread.formUnion(node.outputs)
    if isConstant { unreadConstants.formUnion(node.outputs) }
  }
}

// MARK: - Bodies and functions

extension ONNXSurvey {
  /// Nodes within a node: its bodies, or the function that it calls.
  private struct Inside {
    let holder: String
    let nodes: [Onnx_NodeProto]
    let depth: Int
  }

  private mutating func survey(insidesOf node: ONNXNode, _ isConstant: (String) -> Bool) {
    // Names of constants of all bodies, which hardly ever share a name, and functions looked into.
    var (constants, seen) = (Set<String>(), Set<String>())
    var pending = insides(of: node, named: node.name, depth: 1, &constants, &seen)
    while let inside = pending.popLast() {
      var numbers: [String: Int] = [:]
      for proto in inside.nodes {
        bodyNodes += 1
        guard bodyNodes <= ONNXIndex.maximumNodes else { return }
        let number = numbers[proto.opType, default: 0]
        numbers[proto.opType] = number + 1
        let name = proto.name.isEmpty ? "\(proto.opType)_\(number)" : proto.name
        let inner = ONNXNode(proto, name: name, opset: opset)
        if inner.operator == "Constant" { constants.formUnion(inner.outputs) }
        note(inner, in: inside.holder) { constants.contains($0) || isConstant($0) }
        pending += insides(
          of: inner, named: name, depth: inside.depth + 1, &constants, &seen)
      }
    }
  }

  private mutating func note(
    _ node: ONNXNode, in holder: String, _ isConstant: (String) -> Bool
  ) {
    guard let known = ONNXOperator.attributes[node.operator], !ONNXOperator.withBodies.contains(node.operator) else {
      needs.add(.init(operator: node.operator, node: node.name, holder: holder))
      return
    }
    do throws(ModelLoadingError) {
      try node.checkAttributes(known: known)
    } catch {
      needs.add(error)
      return
    }
    if let fault = node.formFault(isConstant) { needs.add(fault) }
  }

  private func insides(
    of node: ONNXNode, named name: String, depth: Int, _ constants: inout Set<String>,
    _ seen: inout Set<String>
  ) -> [Inside] {
    guard depth <= Self.maximumDepth else { return [] }
    if let function = functions[node.operator], seen.insert(node.operator).inserted {
      return [Inside(holder: "function \(node.operator)", nodes: function.node, depth: depth)]
    }
    var insides: [Inside] = []
    for bytes in node.bodies {
      guard (try? WireScan.check(bytes, as: .graph)) != nil,
        let graph: Onnx_GraphProto = try? ONNXImporter.message(bytes)
      else { continue }
      constants.formUnion(graph.initializer.map(\.name))
      insides.append(
        Inside(holder: "a body of \(node.operator) \(name)", nodes: graph.node, depth: depth))
    }
    return insides
  }
}
