// Products of two factors neither of which is one constant matrix: matrix by matrix, broadcast over the axes before.

import ModelGraph

extension GraphBuilder {
  mutating func product(_ x: ComputedValue, _ y: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    let (x, y) = try withSamplesApart(x, y, node)
    var (a, b) = (graph[x.id].shape, graph[y.id].shape)
    guard !a.isEmpty, !b.isEmpty else { throw node.unfit("its factors \(sizes(x)) and \(sizes(y)) have no axes") }
    let (isRow, isColumn) = (a.count == 1, b.count == 1)
    if isRow { a.insert(1, at: 0) }
    if isColumn { b.append(1) }
    guard a[a.count - 1] == b[b.count - 2],
      let stack = broadcastShape(Array(a.dropLast(2)), Array(b.dropLast(2)))
    else { throw node.unfit("\(sizes(x)) and \(sizes(y)) have no product") }
    let factors = [try spread(x.id, as: a, over: stack, node), try spread(y.id, as: b, over: stack, node)]
    let whole = try add(.matrixProduct, factors, node)
    let kept = (isRow ? [] : [a[a.count - 2]]) + (isColumn ? [] : [b[b.count - 1]])
    let id = try viewed(whole, as: stack + kept, node)
    let axis = x.batchAxis.map { max(rank(x), rank(y)) - rank(x) + $0 }
    return try rebatched(ComputedValue(id: id, batchAxis: axis), node)
  }

  /// Two factors whose batch axes, where they have any, meet before those of the matrices.
  private mutating func withSamplesApart(_ x: ComputedValue, _ y: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> (ComputedValue, ComputedValue)
  {
    let (left, right) = (x.batchAxis.map { rank(x) - $0 }, y.batchAxis.map { rank(y) - $0 })
    if left == right, left ?? 3 > 2 { return (x, y) }
    guard batch == 1 else {
      throw node.mixesSamples("the batch axes of its factors \(sizes(x)) and \(sizes(y)) do not lie apart from the matrices")
    }
    return (try withoutBatchAxis(x, node), try withoutBatchAxis(y, node))
  }

  /// A stack of matrices as large as another.
  private mutating func spread(_ x: ValueID, as shape: [Int], over stack: [Int], _ node: ONNXNode)
    throws(ModelLoadingError) -> ValueID
  {
    var id = try viewed(x, as: Array(repeating: 1, count: stack.count + 2 - shape.count) + shape, node)
    for axis in stack.indices where graph[id].shape[axis] != stack[axis] {
      id = try repeated(id, axis: axis, stack[axis], node)
    }
    return id
  }

  /// Several constant matrices as a value, for use beside another.
  mutating func stack(_ literal: Literal, beside value: ComputedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    let id = try constantOperand(literal, beside: value, node)
    guard let axis = value.batchAxis else { return ComputedValue(id: id, batchAxis: nil) }
    // The constant is the same for every sample: it has the batch axis where its own is of size one, or has none.
    let own = literal.shape.count - (rank(value) - axis)
    let shape = graph[id].shape
    if own >= 0 { return ComputedValue(id: id, batchAxis: own) }
    let missing = rank(value) - axis - literal.shape.count
    let wide = try viewed(id, as: Array(repeating: 1, count: missing - 1) + shape, node)
    return ComputedValue(id: wide, batchAxis: 0)
  }
}
