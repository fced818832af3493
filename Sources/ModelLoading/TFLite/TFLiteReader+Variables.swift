// What variables begin as: subgraphs that CALL_ONCE names, of VAR_HANDLE and ASSIGN_VARIABLE of constants and nothing
// else. Their tensors come behind those of the model.

import ModelGraph

extension TFLiteReader {
  mutating func readBeginnings(_ subgraphs: [FlatBuffer.Table]) throws(ModelLoadingError) -> [TFLiteVariable: Int] {
    var beginnings: [TFLiteVariable: Int] = [:]
    var seen = Set<Int>()
    for call in operators {
      guard case .callOnce(let number) = call.operation, seen.insert(number).inserted else { continue }
      let node = TFLiteNode(name: call.name, operator: call.builtin.name)
      guard subgraphs.indices.dropFirst().contains(number) else {
        needs.add(node.unfit("there is no subgraph \(number) of \(subgraphs.count) that it could run"))
        continue
      }
      do {
        try readBeginnings(of: subgraphs[number], node, &beginnings)
      } catch {
        if case .flatBuffer = error { throw error }
        needs.add(error)
      }
    }
    return beginnings
  }

  private mutating func readBeginnings(
    of body: FlatBuffer.Table, _ node: TFLiteNode, _ beginnings: inout [TFLiteVariable: Int]
  ) throws(ModelLoadingError) {
    let first = tensors.count
    for table in try file.tables(0, of: body, limit: Self.maximumParts - min(first, Self.maximumParts)) {
      try readTensor(table)
    }
    var handles: [Int: TFLiteVariable] = [:]
    for table in try file.tables(3, of: body, limit: Self.maximumParts) {
      let code = try code(of: table)
      let options = TFLiteOptions(
        type: try file.integer(3, of: table, or: UInt8(0)), table: try file.table(4, of: table), file: file,
        refused: node.unsupported)
      let inputs = try file.integers(1, of: table, Int32.self).map { first + Int($0) }
      let outputs = try file.integers(2, of: table, Int32.self).map { first + Int($0) }
      switch code.builtin {
      case .varHandle?:
        guard case .varHandle(let variable) = try options.operation(of: .varHandle), outputs.count == 1 else {
          throw node.unfit("a variable of the subgraph that it runs has no name")
        }
        handles[outputs[0]] = variable
      case .assignVariable?:
        guard inputs.count == 2, let variable = handles[inputs[0]], tensors.indices.contains(inputs[1]) else {
          throw node.unfit("the subgraph that it runs assigns to what is no variable")
        }
        if let fault = faults[inputs[1]] { throw fault }
        guard tensors[inputs[1]].isConstant else {
          throw node.unsupported("the subgraph that it runs computes what a variable begins as, and constants are read")
        }
        beginnings[variable] = inputs[1]
      default:
        throw node.unsupported(
          "the subgraph that it runs has the operator \(code.name), and constants that are assigned to variables are read")
      }
    }
  }
}
