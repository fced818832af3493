// Values whose elements are numbers of places. They are answers: what finds them has no slope, and a blob gives
// them as int32, so that nothing but a reshape reads them.

extension Graph {
  /// The values that are numbers of places.
  package var placeValues: Set<ValueID> {
    var places: Set<ValueID> = []
    for node in nodes where node.findsPlaces || node.views(oneOf: places) { places.formUnion(node.outputs) }
    return places
  }

  /// The node that finds what a value is the numbers of; nil: its elements are numbers like others.
  package func placeFinder(of value: ValueID) -> Node? {
    var value = value
    while let node = producer(of: value) {
      if node.findsPlaces { return node }
      guard case .reshape = node.operation else { return nil }
      value = node.inputs[0]
    }
    return nil
  }

  /// Among how many places the one is whose number a value is; nil: it is not the number of a place.
  public func placeCount(of value: ValueID) -> Int? {
    placeFinder(of: value).flatMap { node in
      guard case .argMax(let axis, _) = node.operation else { return nil }
      return self[node.inputs[0]].shape[axis]
    }
  }

  /// Whether a loss of distributions, which are along the last axis, is one of an output's classes.
  package func hasClassesLast(_ output: ValueID) -> Bool {
    guard case .argMax(let axis, _)? = placeFinder(of: output)?.operation else { return true }
    return placeFinder(of: output).map { self[$0.inputs[0]].shape.count == axis + 1 } ?? true
  }

  /// Refuses nodes that compute with numbers of places.
  func verifyPlaces() throws(GraphError) {
    let places = placeValues
    for node in nodes where node.inputs.contains(where: places.contains) && !node.views(oneOf: places) {
      throw .malformed(
        reason: "node \(node.name) computes with the numbers of places, which are answers alone")
    }
  }
}

extension Node {
  fileprivate var findsPlaces: Bool { operation.probability == .place }

  fileprivate func views(oneOf values: Set<ValueID>) -> Bool {
    if case .reshape = operation { inputs.contains(where: values.contains) } else { false }
  }
}
