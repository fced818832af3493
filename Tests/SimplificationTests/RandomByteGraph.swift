import IntegerExecution
import ModelGraph
import Tensors

/// Seeded integer graphs over every operation that bytes go through.
struct RandomByteGraph {
  private var net: ByteNetBuilder
  private var values: [ValueID] = []

  static func make(seed: UInt64, inputs: [[Int]]) throws -> Graph {
    var maker = RandomByteGraph(net: ByteNetBuilder(seed: seed))
    for shape in inputs { maker.values.append(maker.net.input(shape)) }
    let nodes = maker.net.pick([3, 6, 10])
    var tries = 0
    while maker.net.graph.nodes.count < nodes && tries < 200 {
      tries += 1
      // What does not fit is refused by the graph itself or its executor, and another is drawn.
      let before = maker.net.graph
      guard let value = try? maker.draw(), (try? IntegerExecutor(maker.net.graph)) != nil else {
        maker.net.graph = before
        continue
      }
      maker.values.append(value)
      guard maker.net.pick([true, true, false]) else { continue }
      let clamp = maker.net.pick([Activation.relu, .clip(low: 0, high: 3), .clip(low: -1, high: 1)])
      maker.values.append(try maker.net.same(.activation(clamp), value))
    }
    maker.net.graph.addOutput(maker.values[maker.values.count - 1])
    if maker.net.pick([true, false, false]) { maker.net.graph.addOutput(maker.net.pick(maker.values)) }
    return maker.net.graph
  }

  /// Mostly one of the latest values.
  private mutating func operand() -> ValueID {
    net.pick([true, true, false]) ? net.pick(Array(values.suffix(3))) : net.pick(values)
  }

  private mutating func draw() throws -> ValueID {
    let x = operand()
    let shape = net.graph[x].shape
    switch Int.random(in: 0..<16, using: &net.random) {
    case 0..<4: return try convolution(x, shape)
    case 4, 5: return try net.dense(x, to: net.pick([1, 3, 8]), bias: net.pick([true, false]))
    case 6: return try net.same(.maxPool(window()), x)
    case 7: return try net.same(.averagePool(window(), countsPadding: false), x)
    case 8: return try net.node(.globalAveragePool, [x], net.encoding())
    case 9, 10: return try binary(x, shape)
    case 11: return try concat(x, shape)
    case 12: return try pad(x, shape)
    case 13: return try net.same(.reshape(net.pick([[shape.elementCount], shape.reversed()])), x)
    case 14: return try net.same(.transpose(Array(shape.indices).shuffled(using: &net.random)), x)
    default: return try function(x, shape)
    }
  }

  private mutating func convolution(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    guard shape.count == 3 else { return try net.dense(x, to: 4) }
    let groups = net.pick([1, 1, shape[0]])
    let window = Window(
      kernel: [net.pick([1, 2, 3]), net.pick([1, 3])], strides: [net.pick([1, 1, 2]), net.pick([1, 2])],
      dilations: [net.pick([1, 1, 2]), 1], padBefore: [net.pick([0, 1, 2]), net.pick([0, 1])],
      padAfter: [net.pick([0, 1]), net.pick([0, 1, 2])])
    return try net.convolution(
      x, to: groups * net.pick(groups == 1 ? [4, 6] : [1, 1, 2]), window, groups: groups,
      bias: net.pick([true, true, false]))
  }

  private mutating func window() -> Window {
    let kernel = [net.pick([1, 2, 3]), net.pick([1, 2])]
    return Window(
      kernel: kernel, strides: [net.pick([1, 2]), net.pick([1, 2])],
      padBefore: kernel.map { net.pick([0, ($0 - 1) / 2]) }, padAfter: kernel.map { net.pick([0, $0 / 2]) })
  }

  private mutating func binary(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    let operation = net.pick([BinaryOperator.add, .add, .subtract, .multiply, .maximum, .minimum])
    let fitting = values.filter { net.graph[$0].shape == shape }
    let other =
      net.pick([true, true, false])
      ? net.pick(fitting) : try constant(shape.map { net.pick([1, $0]) })
    let pair = net.pick([true, false]) ? [x, other] : [other, x]
    return try net.node(.binary(operation), pair, net.encoding())
  }

  private mutating func constant(_ shape: [Int]) throws -> ValueID {
    let id = net.bytes(shape, .constant)
    return try net.node(.constant(id), [], net.graph[id].integers?.encoding ?? net.encoding())
  }

  /// Parts of one encoding: those that differ are rescaled before.
  private mutating func concat(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    let axis = net.pick(Array(shape.indices))
    let fitting = values.filter { other in
      var (a, b) = (shape, net.graph[other].shape)
      guard a.count == b.count else { return false }
      (a[axis], b[axis]) = (0, 0)
      return a == b
    }
    let encoding = net.graph[x].integers ?? net.encoding()
    let other = try net.node(.requantize, [net.pick(fitting)], encoding)
    return try net.same(.concat(axis: axis), x, other)
  }

  private mutating func pad(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    try net.same(
      .pad(
        Padding(
          before: shape.map { _ in net.pick([0, 0, 1]) }, after: shape.map { _ in net.pick([0, 0, 2]) },
          mode: .constant(net.pick([0, 0, 1])))), x)
  }

  private mutating func function(_ x: ValueID, _ shape: [Int]) throws -> ValueID {
    switch net.pick([0, 1, 2, 3]) {
    case 0:
      let function = net.pick([Activation.relu, .leakyRelu(alpha: 0.3), .elu(alpha: 1)])
      return try net.node(.activation(function), [x], net.encoding())
    case 1:
      let probability = IntegerEncoding(.int8, scales: [1 / 256], zeroPoints: [-128])
      return try net.node(.activation(.sigmoid), [x], probability)
    case 2:
      let own = IntegerEncoding(.int8, scales: [0.03], zeroPoints: [-20])
      return try net.node(.activation(.hardSwish), [x], own)
    default:
      let slope = net.bytes([shape[0]] + shape.dropFirst().map { _ in 1 }, .slope)
      return try net.node(.prelu(slope: slope), [x], net.encoding())
    }
  }
}
