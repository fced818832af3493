import ModelGraph
import Tensors

/// Builds small integer graphs with seeded weights, one operation after another: dead rows, saturated
/// ones, factors of 0 and constants elsewhere than at the zero point come about by themselves.
struct ByteNetBuilder {
  var graph = Graph()
  var random: SeededGenerator
  private var names = 0

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// One of a few values.
  mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }

  mutating func integer(_ range: ClosedRange<Int32>) -> Int32 { Int32.random(in: range, using: &random) }

  mutating func encoding() -> IntegerEncoding {
    let scale = pick([0.02, 0.05, 0.11] as [Float])
    return IntegerEncoding(.int8, scales: [scale], zeroPoints: [pick([-128, -128, -7, 0, 13, 127])])
  }

  mutating func input(_ shape: [Int]) -> ValueID {
    names += 1
    let value = graph.addInput(name: "x\(names)", shape: shape)
    graph.values[value.index].integers = encoding()
    return value
  }

  /// A node whose outputs have this encoding.
  mutating func node(
    _ operation: Operation, _ inputs: [ValueID], _ encoding: IntegerEncoding
  ) throws -> ValueID {
    names += 1
    let value = try graph.addNode(name: "n\(names)", operation, inputs: inputs)
    graph.values[value.index].integers = encoding
    return value
  }

  /// A node that keeps its input's encoding.
  mutating func same(_ operation: Operation, _ inputs: ValueID...) throws -> ValueID {
    try node(operation, inputs, graph[inputs[0]].integers ?? encoding())
  }

  private mutating func parameter(
    _ shape: [Int], _ role: Parameter.Role, _ encoding: IntegerEncoding, _ integers: [Int32]
  ) -> ParameterID {
    names += 1
    guard let tensor = IntegerTensor(shape: shape, integers: integers, encoding: encoding) else {
      preconditionFailure("integers of a test do not fit")
    }
    return graph.addParameter(Parameter(name: "p\(names)", role: role, integers: tensor))
  }

  /// Slopes or operands of a few bytes.
  mutating func bytes(_ shape: [Int], _ role: Parameter.Role) -> ParameterID {
    let integers = (0..<shape.elementCount).map { _ in pick([-128, -3, 0, 0, 5, 127]) as Int32 }
    return parameter(shape, role, encoding(), integers)
  }

  /// Weights and biases of rows of every kind.
  ///
  private mutating func filters(
    _ shape: [Int], bias hasBias: Bool
  ) -> (weights: [Int32], scales: [Float], biases: [Int32]?) {
    let rows = shape[0]
    let columns = shape.dropFirst().elementCount
    let taps = shape.dropFirst(2).elementCount
    let isPerRow = pick([true, true, false])
    let deadPlaces = (0..<columns / taps).map { _ in pick([true, false, false, false]) }
    var (weights, biases, scales): ([Int32], [Int32], [Float]) = ([], [], [])
    for _ in 0..<rows {
      let kind = pick([0, 0, 0, 1, 2, 3])
      scales.append(kind == 3 && isPerRow ? 1e-12 : pick([0.001, 0.004, 0.02]))
      biases.append(
        kind == 2 ? pick([-1, 1]) * integer(100_000...9_000_000) : pick([0, integer(-3000...3000)]))
      for column in 0..<columns {
        let isDead = kind == 1 || deadPlaces[column / taps] || pick([true, false, false])
        weights.append(isDead ? 0 : integer(-127...127))
      }
    }
    return (weights, isPerRow ? scales : [scales[0]], hasBias ? biases : nil)
  }

  mutating func convolution(
    _ x: ValueID, to channels: Int, _ window: Window, groups: Int = 1, bias: Bool = true
  ) throws -> ValueID {
    let shape = [channels, graph[x].shape[0] / groups] + window.kernel
    let rows = filters(shape, bias: bias)
    return try layer(
      x, shape, rows.weights, scales: rows.scales, biases: rows.biases, window: window, groups: groups,
      to: encoding())
  }

  mutating func dense(_ x: ValueID, to outputs: Int, bias: Bool = true) throws -> ValueID {
    let shape = [outputs, graph[x].shape.last ?? 1]
    let rows = filters(shape, bias: bias)
    return try layer(
      x, shape, rows.weights, scales: rows.scales, biases: rows.biases, to: encoding())
  }

  /// A convolution, or over one axis a dense layer, of these numbers.
  ///
  /// - Parameters:
  ///   - shape: of the weights.
  ///   - scales: of the weights, one for all or one a row.
  mutating func layer(
    _ x: ValueID, _ shape: [Int], _ weights: [Int32], scales: [Float] = [0.01], biases: [Int32]? = nil,
    window: Window = Window(kernel: [1, 1]), groups: Int = 1, to encoding: IntegerEncoding
  ) throws -> ValueID {
    let axis = scales.count == 1 ? nil : 0
    let zeros = scales.map { _ in Int32(0) }
    let weight = parameter(
      shape, .weight, IntegerEncoding(.int8, scales: scales, zeroPoints: zeros, axis: axis), weights)
    let products = IntegerEncoding(.int32, scales: scales, zeroPoints: zeros, axis: axis)
    let bias = biases.map { parameter([shape[0]], .bias, products, $0) }
    if shape.count == 2 { return try node(.dense(Dense(weight: weight, bias: bias)), [x], encoding) }
    return try node(
      .convolution(Convolution(weight: weight, bias: bias, window: window, groups: groups)), [x], encoding)
  }
}
