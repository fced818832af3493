// Shape inference: what a node gives, from what it takes. The one place that knows, so that an
// importer, a checker and a planner cannot disagree.

import Tensors

extension Graph {
  /// No value of a graph may hold more elements than this (1 GiB as float32).
  public static let maximumElements = 1 << 28
  /// No value of a graph has more axes than this.
  public static let maximumRank = 6

  /// The shape that an operation gives for inputs already in the graph.
  ///
  /// - Throws: ``GraphError/unfit(node:operation:reason:)`` with both shapes in the reason.
  public func outputShape(of operation: Operation, inputs: [ValueID], node: String)
    throws(GraphError) -> [Int]
  {
    let inference = ShapeInference(
      graph: self, node: node, operation: operation, shapes: inputs.map { self[$0].shape })
    let shape = try inference.outputShape()
    guard shape.allSatisfy({ $0 >= 1 }) else { throw inference.unfit("its output \(shape) is empty") }
    guard shape.count <= Graph.maximumRank else {
      throw inference.unfit("\(shape.count) axes are more than \(Graph.maximumRank)")
    }
    var elements = 1
    for size in shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: size)
      guard !overflow, product <= Graph.maximumElements else {
        throw .tooLarge(
          node: node, operation: operation.name,
          elements: shape.map(String.init).joined(separator: " x "))
      }
      elements = product
    }
    return shape
  }
}

private struct ShapeInference {
  let graph: Graph
  let node: String
  let operation: Operation
  let shapes: [[Int]]

  func unfit(_ reason: String) -> GraphError {
    .unfit(node: node, operation: operation.name, reason: reason)
  }

  func outputShape() throws(GraphError) -> [Int] {
    try checkArity()
    switch operation {
    case .convolution(let c): return try convolution(c)
    case .dense(let d): return try dense(d)
    case .affine(let scale, let shift): return try affine(scale, shift)
    case .activation: return shapes[0]
    case .prelu(let slope): return try prelu(graph[slope].tensor.shape)
    case .softmax(let axis):
      try check(axis: axis)
      return shapes[0]
    case .maxPool(let window), .averagePool(let window, _): return try pool(window)
    case .spatialMean:
      guard !shapes[0].isEmpty else { throw unfit("its input has no channel axis") }
      return [shapes[0][0]] + Array(repeating: 1, count: shapes[0].count - 1)
    case .binary: return try broadcast(shapes[0], shapes[1])
    case .constant(let parameter): return graph[parameter].tensor.shape
    case .concat(let axis): return try concat(axis)
    case .pad(let padding): return try pad(padding)
    case .reshape(let shape):
      guard shape.allSatisfy({ $0 >= 1 && $0 <= Graph.maximumElements }),
        shape.count <= Graph.maximumRank, product(shape) == product(shapes[0])
      else { throw unfit("\(shapes[0]) cannot take the shape \(shape)") }
      return shape
    case .transpose(let permutation):
      guard permutation.sorted() == Array(shapes[0].indices) else {
        throw unfit("\(permutation) is not an order of the \(shapes[0].count) axes")
      }
      return permutation.map { shapes[0][$0] }
    case .select(let places):
      guard let size = shapes[0].last, let first = places.first, let last = places.last,
        first >= 0, last < size, zip(places, places.dropFirst()).allSatisfy(<)
      else { throw unfit("its places are not an ascending choice of the last axis of \(shapes[0])") }
      return shapes[0].dropLast() + [places.count]
    }
  }

  /// Product of sizes, saturating: only compared, never allocated.
  func product(_ shape: [Int]) -> Int {
    shape.reduce(1) { a, b in
      let (value, overflow) = a.multipliedReportingOverflow(by: b)
      return overflow ? Int.max : value
    }
  }

  func checkArity() throws(GraphError) {
    let expected: ClosedRange<Int> =
      switch operation {
      case .constant: 0...0
      case .binary: 2...2
      case .concat: 1...Int.max
      default: 1...1
      }
    guard expected.contains(shapes.count) else {
      throw unfit("it takes \(expected.lowerBound) inputs and has \(shapes.count)")
    }
  }

  func check(axis: Int) throws(GraphError) {
    guard shapes[0].indices.contains(axis) else {
      throw unfit("axis \(axis) is not one of the \(shapes[0].count) axes of \(shapes[0])")
    }
  }

  func convolution(_ c: Convolution) throws(GraphError) -> [Int] {
    let x = shapes[0]
    let w = graph[c.weight].tensor.shape
    guard x.count == 3 else { throw unfit("its input \(x) is not [channels, height, width]") }
    guard w.count == 4, w[2...].elementsEqual(c.window.kernel) else {
      throw unfit("weights \(w) do not have the kernel \(c.window.kernel)")
    }
    guard c.groups >= 1, x[0] % c.groups == 0, w[0] % c.groups == 0, w[1] == x[0] / c.groups else {
      throw unfit("weights \(w) in \(c.groups) groups do not fit \(x[0]) input channels")
    }
    try checkVector(c.bias, count: w[0], "bias")
    return [w[0]] + (try windowed(c.window, x))
  }

  func dense(_ d: Dense) throws(GraphError) -> [Int] {
    let x = shapes[0]
    let w = graph[d.weight].tensor.shape
    guard w.count == 2, let last = x.last, w[1] == last else {
      throw unfit("weights \(w) do not fit the input \(x)")
    }
    try checkVector(d.bias, count: w[0], "bias")
    return x.dropLast() + [w[0]]
  }

  func affine(_ scale: ParameterID, _ shift: ParameterID) throws(GraphError) -> [Int] {
    guard let channels = shapes[0].first else { throw unfit("its input has no channel axis") }
    try checkVector(scale, count: channels, "scale")
    try checkVector(shift, count: channels, "shift")
    return shapes[0]
  }

  func checkVector(_ id: ParameterID?, count: Int, _ what: String) throws(GraphError) {
    guard let id else { return }
    guard graph[id].tensor.shape == [count] else {
      throw unfit("\(what) \(graph[id].tensor.shape) is not one number for each of \(count) channels")
    }
  }

  func prelu(_ slope: [Int]) throws(GraphError) -> [Int] {
    guard let joined = try? broadcast(shapes[0], slope), joined == shapes[0] else {
      throw unfit("slopes \(slope) do not broadcast to the input \(shapes[0])")
    }
    return joined
  }

  func pool(_ window: Window) throws(GraphError) -> [Int] {
    guard shapes[0].count == 3 else {
      throw unfit("its input \(shapes[0]) is not [channels, height, width]")
    }
    return [shapes[0][0]] + (try windowed(window, shapes[0]))
  }

  func windowed(_ window: Window, _ x: [Int]) throws(GraphError) -> [Int] {
    for list in [window.kernel, window.strides, window.dilations, window.padBefore, window.padAfter] {
      guard list.count == 2 else { throw unfit("its window does not have two axes") }
    }
    guard let height = window.outputSize(x[1], axis: 0), let width = window.outputSize(x[2], axis: 1)
    else { throw unfit("\(window.description) does not fit in \(x[1]) x \(x[2])") }
    return [height, width]
  }

  func broadcast(_ a: [Int], _ b: [Int]) throws(GraphError) -> [Int] {
    let rank = max(a.count, b.count)
    let (left, right) = (padded(a, to: rank), padded(b, to: rank))
    var joined: [Int] = []
    for (m, n) in zip(left, right) {
      guard m == n || m == 1 || n == 1 else { throw unfit("\(a) and \(b) do not broadcast") }
      joined.append(max(m, n))
    }
    return joined
  }

  func padded(_ shape: [Int], to rank: Int) -> [Int] {
    Array(repeating: 1, count: rank - shape.count) + shape
  }

  func concat(_ axis: Int) throws(GraphError) -> [Int] {
    try check(axis: axis)
    var joined = shapes[0]
    for shape in shapes.dropFirst() {
      var (same, other) = (joined, shape)
      guard shape.count == joined.count else { throw unfit("\(joined) and \(shape) do not join") }
      (same[axis], other[axis]) = (0, 0)
      guard same == other else { throw unfit("\(joined) and \(shape) do not join on axis \(axis)") }
      joined[axis] += shape[axis]
    }
    return joined
  }

  func pad(_ padding: Padding) throws(GraphError) -> [Int] {
    let x = shapes[0]
    guard padding.before.count == x.count, padding.after.count == x.count,
      (padding.before + padding.after).allSatisfy({ $0 >= 0 && $0 < 1 << 24 })
    else { throw unfit("pads \(padding.before), \(padding.after) do not fit \(x)") }
    if padding.mode == .reflect {
      guard x.indices.allSatisfy({ max(padding.before[$0], padding.after[$0]) < x[$0] }) else {
        throw unfit("a reflection cannot be wider than \(x) less one")
      }
    }
    return x.indices.map { x[$0] + padding.before[$0] + padding.after[$0] }
  }
}
