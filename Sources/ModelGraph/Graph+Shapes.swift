// Shape inference: what a node gives, from what it takes. The one place that knows, so that an
// importer, a checker and a planner cannot disagree.

import Tensors

extension Graph {
  /// No value of a graph may hold more elements than this (1 GiB as float32).
  public static let maximumElements = 1 << 28
  /// No value of a graph has more axes than this.
  public static let maximumRank = 6

  /// The shapes that an operation gives for inputs already in the graph.
  ///
  /// - Throws: ``GraphError/unfit(node:operation:reason:)`` with both shapes in the reason.
  func outputShapes(of operation: Operation, inputs: [ValueID], node: String)
    throws(GraphError) -> [[Int]]
  {
    let facts = operation.facts
    let given = ShapeInference(
      graph: self, node: node, operation: facts.name, shapes: inputs.map { self[$0].shape })
    guard facts.arity.contains(inputs.count) else {
      throw given.unfit("it takes \(facts.arity.lowerBound) inputs and has \(inputs.count)")
    }
    let shapes = try facts.outputShapes(given)
    for shape in shapes { try given.checkSize(shape) }
    return shapes
  }
}

/// What an operation's shapes are inferred from, and the checks that several share.
struct ShapeInference {
  fileprivate let graph: Graph
  fileprivate let node: String
  fileprivate let operation: String
  /// Of the inputs.
  let shapes: [[Int]]

  subscript(input: Int) -> [Int] { shapes[input] }

  func shape(of parameter: ParameterID) -> [Int] { graph[parameter].tensor.shape }

  func unfit(_ reason: String) -> GraphError {
    .unfit(node: node, operation: operation, reason: reason)
  }

  /// Product of sizes, saturating: only compared, never allocated.
  static func product(_ shape: [Int]) -> Int {
    shape.reduce(1) { a, b in
      let (value, overflow) = a.multipliedReportingOverflow(by: b)
      return overflow ? Int.max : value
    }
  }

  /// Whether a value may have this shape.
  fileprivate func checkSize(_ shape: [Int]) throws(GraphError) {
    guard shape.allSatisfy({ $0 >= 1 }) else { throw unfit("its output \(shape) is empty") }
    guard shape.count <= Graph.maximumRank else {
      throw unfit("\(shape.count) axes are more than \(Graph.maximumRank)")
    }
    guard Self.product(shape) <= Graph.maximumElements else {
      throw .tooLarge(
        node: node, operation: operation, elements: shape.map(String.init).joined(separator: " x "))
    }
  }

  func check(axis: Int) throws(GraphError) {
    guard shapes[0].indices.contains(axis) else {
      throw unfit("axis \(axis) is not one of the \(shapes[0].count) axes of \(shapes[0])")
    }
  }

  func checkVector(_ id: ParameterID?, count: Int, _ what: String) throws(GraphError) {
    guard let id else { return }
    guard graph[id].tensor.shape == [count] else {
      throw unfit("\(what) \(graph[id].tensor.shape) is not one number for each of \(count) channels")
    }
  }

  func pooled(_ window: Window) throws(GraphError) -> [Int] {
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

  private func padded(_ shape: [Int], to rank: Int) -> [Int] {
    Array(repeating: 1, count: rank - shape.count) + shape
  }
}
