import ModelGraph
import Tensors

/// Builds small graphs with seeded parameters, one operation after another.
package struct NetBuilder {
  package var graph = Graph()
  package var random: SeededGenerator
  /// Standard deviation of biases.
  private let biasScale: Float
  private var names = 0

  package init(seed: UInt64, biasScale: Float = 1) {
    random = SeededGenerator(seed: seed)
    self.biasScale = biasScale
  }

  package mutating func tensor(_ shape: [Int], scale: Float = 1) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() * scale })
  }

  package mutating func parameter(_ shape: [Int], _ role: Parameter.Role, scale: Float = 1) -> ParameterID {
    names += 1
    return graph.addParameter(
      name: "p\(names)", role: role, tensor: tensor(shape, scale: scale))
  }

  package mutating func input(_ shape: [Int]) -> ValueID {
    names += 1
    return graph.addInput(name: "x\(names)", shape: shape)
  }

  package mutating func node(_ operation: Operation, _ inputs: ValueID...) throws -> ValueID {
    try node(operation, inputs)
  }

  package mutating func node(_ operation: Operation, _ inputs: [ValueID]) throws -> ValueID {
    names += 1
    return try graph.addNode(name: "n\(names)", operation, inputs: inputs)
  }

  package mutating func convolution(
    _ x: ValueID, to channels: Int, _ window: Window, groups: Int = 1, bias: Bool = true
  ) throws -> ValueID {
    let perGroup = graph[x].shape[0] / groups
    let fan = Float(perGroup * window.kernel.elementCount)
    let weight = parameter(
      [channels, perGroup] + window.kernel, .weight, scale: 1 / fan.squareRoot())
    let convolution = Convolution(
      weight: weight, bias: bias ? parameter([channels], .bias, scale: biasScale) : nil, window: window,
      groups: groups)
    return try node(.convolution(convolution), x)
  }

  package mutating func dense(_ x: ValueID, to outputs: Int, bias: Bool = true) throws -> ValueID {
    let inputs = graph[x].shape.last ?? 1
    let weight = parameter([outputs, inputs], .weight, scale: 1 / Float(inputs).squareRoot())
    return try node(
      .dense(Dense(weight: weight, bias: bias ? parameter([outputs], .bias, scale: biasScale) : nil)), x)
  }

  package mutating func affine(_ x: ValueID) throws -> ValueID {
    let channels = graph[x].shape[0]
    return try node(
      .affine(scale: parameter([channels], .scale), shift: parameter([channels], .shift)), x)
  }

  package mutating func constant(_ shape: [Int]) throws -> ValueID {
    try node(.constant(parameter(shape, .constant)))
  }

  package mutating func activation(_ activation: Activation, _ x: ValueID) throws -> ValueID {
    try node(.activation(activation), x)
  }

  package mutating func output(_ values: ValueID...) {
    for value in values { graph.addOutput(value) }
  }

  /// One of a few values.
  package mutating func pick<T>(_ values: [T]) -> T {
    values[Int.random(in: 0..<values.count, using: &random)]
  }
}
