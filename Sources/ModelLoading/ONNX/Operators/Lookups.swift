// Inputs of integers: what they may go through, and rows of a weight that they pick, which is a dense layer over
// numbers that are 1 at the row and 0 elsewhere. So an embedding is evolved and coded as any layer is.

import ModelGraph

extension GraphBuilder {
  /// Operators that move integers.
  static let moving: Set<String> = [
    "Concat", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Tile", "Transpose",
    "Unsqueeze",
  ]

  /// Whether an operator takes integers that an input holds.
  static func takesIntegers(_ node: ONNXNode) -> Bool {
    moving.contains(node.operator) || ["Cast", "Shape"].contains(node.operator) || isOfQuantized(node)
  }

  /// Whether a node only moves integers that an input holds.
  ///
  /// - Throws: where it computes with them.
  func movesIntegers(_ node: ONNXNode) throws(ModelLoadingError) -> Bool {
    var moves = false
    for (position, name) in node.inputs.enumerated() {
      guard case .computed(let value)? = values[name], integerValues.contains(value.id) else { continue }
      if Self.comparing.contains(node.operator) { continue }
      if node.operator == "Shape" || node.operator == "Cast" || node.operator == "Gather" && position == 1 { continue }
      if Self.isOfQuantized(node) { continue }
      guard Self.moving.contains(node.operator) else {
        throw node.unsupported(
          "its input \(name) holds integers, and only moving them, picking rows of a constant by them and conversion to "
            + "floats are read")
      }
      moves = true
    }
    return moves
  }

  /// From integers that an input holds to floats, or to integers that hold them too.
  mutating func castIntegers(_ x: ComputedValue, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let to = try node.integer("to", or: 0)
    let type = Int32(exactly: to).flatMap(ElementType.init(rawValue:))
    if type == .int32 || type == .int64 { return x }
    guard type?.isFloat == true else {
      throw node.unsupported("integers that an input holds cannot become \(ElementType.name(Int32(clamping: to)))")
    }
    // A value of its own, which holds floats.
    return ComputedValue(id: try add(.reshape(graph[x.id].shape), [x.id], node), batchAxis: x.batchAxis)
  }

  /// Rows of a constant [rows, ...] by computed numbers of at least 0.
  mutating func lookup(_ table: Literal, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node, 1)
    guard integerValues.contains(x.id) else { throw node.computed("list of indices") }
    guard let rows = table.shape.first, try axis(try node.integer("axis", or: 0), rank: table.shape.count, node) == 0,
      rows > 0, table.count > 0
    else { throw node.unsupported("it picks by computed numbers, and only picking rows of a constant is read") }
    let shape = graph[x.id].shape
    let places = Literal(
      name: "places of \(rows)", shape: [rows], content: .floats((0..<rows).map { Float($0) }))
    try reserveDerived(rows, node)
    let column = try viewed(x.id, as: shape + [1], node)
    let constant = try constantValue(places, shape: [rows], node)
    let far = try add(.binary(.subtract), [column, constant], node, part: "distances")
    let distances = try add(.function(MathFunction(.absolute)), [far], node, part: "distances")
    let near = try combined(.multiply, distances, with: -1, node, part: "nearness")
    let hits = try add(
      .activation(.relu), [try combined(.add, near, with: 1, node, part: "nearness")], node, part: "hits")
    let width = table.count / rows
    let matrix = table.reshaped(to: [rows, width])
    let value = ComputedValue(id: hits, batchAxis: x.batchAxis)
    let found = try dense(value, DenseWeight(matrix, isTransposed: false), node, part: "")
    let id = try viewed(found.id, as: shape + table.shape.dropFirst(), node)
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }
}
