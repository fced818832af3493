import ModelGraph
import Tensors
import TestSupport

/// Seeded graphs over every operation: each node takes values made so far, late ones more often
/// than early ones, so that chains, branches and values read twice all come about.
struct RandomGraph {
  private var net: NetBuilder
  private var values: [ValueID] = []

  static func make(seed: UInt64) throws -> Graph {
    var maker = RandomGraph(net: NetBuilder(seed: 1000 + seed))
    try maker.build()
    return maker.net.graph
  }

  private mutating func build() throws {
    for _ in 0..<net.pick([1, 1, 2, 3]) { values.append(net.input(shape())) }
    let nodes = net.pick([4, 8, 12, 20])
    var tries = 0
    while net.graph.nodes.count < nodes && tries < 400 {
      tries += 1
      // What does not fit is refused by the graph itself, and another is drawn.
      guard let value = try? draw() else { continue }
      guard net.graph[value].shape.elementCount <= 400 else { continue }
      values.append(value)
      if net.pick([true, false]) {
        values.append(try net.activation(net.pick(GraphCase.activations), value))
      }
    }
    var outputs = [values[values.count - 1]]
    for _ in 0..<net.pick([0, 0, 1, 2]) { outputs.append(net.pick(values)) }
    for value in outputs.shuffled(using: &net.random) { net.graph.addOutput(value) }
  }

  private mutating func shape() -> [Int] {
    net.pick([
      [3, 5, 6], [2, 4, 4], [4, 3, 3], [1, 6, 5], [8], [5], [12], [3, 4], [4, 1], [2, 3, 2, 2], [1],
    ])
  }

  /// Mostly one of the latest values.
  private mutating func operand() -> ValueID {
    let latest = values.suffix(3)
    return net.pick([true, true, false]) ? net.pick(Array(latest)) : net.pick(values)
  }

  /// A value of bounded size, so that sums of products do not grow from layer to layer.
  private mutating func bounded(_ x: ValueID) throws -> ValueID {
    try net.activation(net.pick([.tanh, .sigmoid, .clip(low: -1, high: 1)]), x)
  }

  private mutating func draw() throws -> ValueID {
    let x = operand()
    let shape = net.graph[x].shape
    switch Int.random(in: 0..<16, using: &net.random) {
    case 0, 1: return try convolution(x, shape)
    case 2: return try net.dense(x, to: net.pick([1, 3, 8]), bias: net.pick([true, false]))
    case 3: return try net.affine(x)
    case 4: return try net.node(.prelu(slope: net.parameter(slope(for: shape), .slope)), x)
    case 5: return try net.node(.softmax(axis: net.pick([0, 0, 1, 2]), beta: net.pick([1, 1, 0.5])), x)
    case 6: return try net.node(.maxPool(window(shape)), x)
    case 7:
      return try net.node(.averagePool(window(shape), countsPadding: net.pick([true, false])), x)
    case 8: return try net.node(.globalAveragePool, x)
    case 9, 10: return try binary(x, shape)
    case 11: return try concat(x, shape)
    case 12: return try pad(x, shape)
    case 13: return try net.node(.reshape(reshaped(shape)), x)
    case 14: return try net.node(.transpose(Array(shape.indices).shuffled(using: &net.random)), x)
    default: return try net.constant(shape)
    }
  }

  private mutating func convolution(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    guard shape.count == 3 else { return try net.node(.globalAveragePool, x) }
    let groups = net.pick([1, 1, shape[0]])
    let window = Window(
      kernel: [net.pick([1, 2, 3]), net.pick([1, 3])],
      strides: [net.pick([1, 1, 2]), net.pick([1, 2])],
      dilations: [net.pick([1, 1, 2]), net.pick([1, 1, 2])],
      padBefore: [net.pick([0, 1, 2]), net.pick([0, 1])],
      padAfter: [net.pick([0, 1]), net.pick([0, 1, 2])])
    return try net.convolution(
      x, to: groups * net.pick([1, 2, 4]), window, groups: groups, bias: net.pick([true, false]))
  }

  /// A pool's window each of whose places sees some of the image.
  private mutating func window(_ shape: [Int]) -> Window {
    let kernel = [net.pick([1, 2, 3]), net.pick([1, 2, 3])]
    let dilated = net.pick([true, false, false])
    return Window(
      kernel: kernel, strides: [net.pick([1, 2]), net.pick([1, 2, 3])],
      dilations: dilated ? [2, net.pick([1, 2])] : [1, 1],
      padBefore: dilated ? [0, 0] : kernel.map { net.pick([0, ($0 - 1) / 2]) },
      padAfter: dilated ? [0, 0] : kernel.map { net.pick([0, $0 / 2]) },
      ceilMode: !dilated && net.pick([true, false]))
  }

  private mutating func slope(for shape: [Int]) -> [Int] {
    let whole = shape.map { net.pick([1, $0]) }
    return Array(whole.dropFirst(net.pick([0, 0, 1])))
  }

  private mutating func binary(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    let operation = net.pick([BinaryOperator.add, .subtract, .multiply, .divide])
    let other: ValueID
    switch net.pick([0, 1, 2]) {
    case 0: other = net.pick(values.filter { net.graph[$0].shape == shape })
    case 1: other = try net.constant(slope(for: shape))
    default: other = operand()
    }
    // A divisor away from zero; a subtrahend that is not nearly the same.
    let second =
      operation == .divide || operation == .subtract
      ? try net.activation(.hardSigmoid(alpha: 0.01, beta: 0.6), other) : other
    let pair = operation != .divide && net.pick([true, false]) ? [second, x] : [x, second]
    return try bounded(try net.node(.binary(operation), pair))
  }

  private mutating func concat(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    guard !shape.isEmpty else { return try net.node(.reshape([1]), x) }
    let axis = Int.random(in: shape.indices, using: &net.random)
    let fitting = values.filter { other in
      var (a, b) = (shape, net.graph[other].shape)
      guard a.count == b.count else { return false }
      (a[axis], b[axis]) = (0, 0)
      return a == b
    }
    let others = (0..<net.pick([1, 2])).map { _ in net.pick(fitting) }
    return try net.node(.concat(axis: axis), [x] + others)
  }

  private mutating func pad(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    let mode = net.pick([Padding.Mode.constant(0), .constant(0.5), .reflect, .edge, .symmetric])
    let padding = Padding(
      before: shape.map { net.pick([0, 0, min(1, $0 - 1)]) },
      after: shape.map { net.pick([0, 0, min(2, $0 - 1)]) }, mode: mode)
    return try net.node(.pad(padding), x)
  }

  private mutating func reshaped(_ shape: [Int]) -> [Int] {
    let count = shape.elementCount
    let divisors = (1...count).filter { count % $0 == 0 }
    let first = net.pick(divisors)
    let rest = count / first
    let second = net.pick((1...rest).filter { rest % $0 == 0 })
    return net.pick([[count], [first, rest], [first, second, rest / second]])
  }
}
