// What an LSTM of integers is in numbers: gates, products and sums, a node each.

import Tensors

extension Graph {
  /// The same with nodes that compute with floats in place of every `lstm`.
  ///
  /// - Precondition: no value is of integers.
  mutating func expandLSTMs() {
    let old = nodes
    nodes = []
    for node in old {
      guard case .lstm(let lstm) = node.operation else {
        nodes.append(node)
        continue
      }
      expand(lstm, node)
    }
  }

  private mutating func expand(_ lstm: LSTM, _ node: Node) {
    let (cell, size) = (node.inputs[0], self[node.inputs[0]].shape[0])
    let sums = add("sum", .binary(.add), [frame(lstm.frame, node), node.inputs[2]], [4 * size], node)
    func gate(_ place: Int, _ function: Activation, _ graph: inout Graph) -> ValueID {
      let places = Array(place * size..<(place + 1) * size)
      let own = graph.add("gate \(place)", .gather(places), [sums], [size], node)
      return graph.add("gate \(place) function", .activation(function), [own], [size], node)
    }
    switch lstm.part {
    case .cell:
      let added = add("added", .binary(.multiply), [gate(0, .sigmoid, &self), gate(3, .tanh, &self)], [size], node)
      let kept = add("kept", .binary(.multiply), [gate(2, .sigmoid, &self), cell], [size], node)
      guard let limit = lstm.limit else { return finish(.binary(.add), [kept, added], node) }
      let sum = add("cell", .binary(.add), [kept, added], [size], node)
      finish(.activation(.clip(low: -limit, high: limit)), [sum], node)
    case .hidden:
      let shown = add("shown", .activation(.tanh), [cell], [size], node)
      finish(.binary(.multiply), [gate(1, .sigmoid, &self), shown], node)
    }
  }

  /// A frame's row of what gates are given.
  private mutating func frame(_ frame: Int, _ node: Node) -> ValueID {
    let (all, width) = (node.inputs[1], self[node.inputs[2]].shape[0])
    if self[all].shape.count == 1 { return all }
    let flat = add("frames", .reshape([self[all].shape[0] * width]), [all], [self[all].shape[0] * width], node)
    return add("frame", .gather(Array(frame * width..<(frame + 1) * width)), [flat], [width], node)
  }

  private mutating func finish(_ operation: Operation, _ inputs: [ValueID], _ node: Node) {
    nodes.append(Node(name: node.name, operation: operation, inputs: inputs, outputs: node.outputs))
  }

  private mutating func add(_ part: String, _ operation: Operation, _ inputs: [ValueID], _ shape: [Int], _ node: Node)
    -> ValueID
  {
    let id = ValueID(values.count)
    values.append(Value(name: "\(node.name).\(part)", shape: shape))
    nodes.append(Node(name: "\(node.name).\(part)", operation: operation, inputs: inputs, outputs: [id]))
    return id
  }
}
