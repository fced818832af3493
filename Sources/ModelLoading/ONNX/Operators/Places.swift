// ArgMax and ArgMin, and what may be done with the places that they find.

import ModelGraph

extension GraphBuilder {
  /// Where along an axis the largest is, or the least; of equals the first.
  mutating func argMax(_ node: ONNXNode, ofLeast: Bool) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let axis = try self.axis(try node.integer("axis", or: 0), rank: rank(x), node)
    guard axis != x.batchAxis else { throw node.mixesSamples("it looks along the batch axis") }
    guard try node.integer("select_last_index", or: 0) == 0 else {
      throw node.unsupported("select_last_index is 1, and of equals the first is read")
    }
    let own = sampleAxis(axis, of: x)
    let found = ComputedValue(
      id: try add(.argMax(axis: own, ofLeast: ofLeast), [x.id], node), batchAxis: x.batchAxis)
    if try node.integer("keepdims", or: 1) != 0 { return found }
    var shape = sizes(found)
    shape.remove(at: axis)
    return try reshaped(found, to: shape, node, part: "view")
  }

  /// Refuses what computes with the numbers of places: their shape may change, and the width of their integers.
  func checkPlaces(_ node: ONNXNode) throws(ModelLoadingError) {
    if ["Flatten", "Identity", "Reshape", "Shape", "Squeeze", "Unsqueeze"].contains(node.operator) { return }
    if node.operator == "Concat", node.inputs.count == 1 { return }
    if try castsPlaces(node) { return }
    for name in node.inputs {
      guard case .computed(let value)? = values[name], let finder = placeFinders[value.id] else { continue }
      throw node.unsupported(
        "it computes with the places that \(finder) finds, which are read as answers alone: let the model end there")
    }
  }

  /// Whether numbers of places become integers of another width, which changes nothing.
  func castsPlaces(_ node: ONNXNode) throws(ModelLoadingError) -> Bool {
    guard node.operator == "Cast", let name = node.input(0), case .computed(let value)? = values[name],
      placeFinders[value.id] != nil
    else { return false }
    let to = try node.integer("to", or: 0)
    return to == ElementType.int32.rawValue || to == ElementType.int64.rawValue
  }
}
