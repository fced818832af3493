import Datasets
import Evolution
import Execution
import ModelGraph
import Tensors

/// Builds small graphs with seeded parameters, one operation after another.
struct NetBuilder {
  var graph = Graph()
  var random: SeededGenerator
  private var names = 0

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func tensor(_ shape: [Int], scale: Float = 1) -> Tensor {
    Tensor(shape: shape, values: (0..<shape.elementCount).map { _ in random.nextNormal() * scale })
  }

  mutating func parameter(_ shape: [Int], _ role: Parameter.Role, scale: Float = 1) -> ParameterID {
    names += 1
    return graph.addParameter(
      name: "p\(names)", role: role, tensor: tensor(shape, scale: scale))
  }

  mutating func input(_ shape: [Int]) -> ValueID {
    names += 1
    return graph.addInput(name: "x\(names)", shape: shape)
  }

  mutating func node(_ operation: Operation, _ inputs: ValueID...) throws -> ValueID {
    names += 1
    return try graph.addNode(name: "n\(names)", operation, inputs: inputs)
  }

  mutating func convolution(
    _ x: ValueID, to channels: Int, _ window: Window, groups: Int = 1
  ) throws -> ValueID {
    let perGroup = graph[x].shape[0] / groups
    let fan = Float(perGroup * window.kernel.elementCount)
    let weight = parameter(
      [channels, perGroup] + window.kernel, .weight, scale: 1 / fan.squareRoot())
    let bias = parameter([channels], .bias, scale: 0.1)
    return try node(
      .convolution(Convolution(weight: weight, bias: bias, window: window, groups: groups)), x)
  }

  mutating func dense(_ x: ValueID, to outputs: Int) throws -> ValueID {
    let inputs = graph[x].shape.last ?? 1
    let weight = parameter([outputs, inputs], .weight, scale: 1 / Float(inputs).squareRoot())
    let bias = parameter([outputs], .bias, scale: 0.1)
    return try node(.dense(Dense(weight: weight, bias: bias)), x)
  }

  /// The value as a vector, through a dense layer of a few outputs.
  mutating func head(_ x: ValueID, to outputs: Int) throws -> ValueID {
    try dense(try node(.reshape([graph[x].shape.elementCount]), x), to: outputs)
  }
}

extension Graph {
  /// Seeded normal samples for every input.
  func randomSamples(_ count: Int, seed: UInt64) -> SampleSet {
    let shapes = inputs.map { self[$0].shape }
    return SampleSet(
      shapes.enumerated().map {
        .random(count: count, sampleShape: $1, seed: seed + UInt64($0))
      }, elementCounts: shapes.map(\.elementCount))
  }

  /// The same graph with other, nearby parameters: a teacher that its student differs from.
  func perturbed(seed: UInt64) -> Graph {
    var random = SeededGenerator(seed: seed)
    var other = self
    for index in parameters.indices {
      var tensor = parameters[index].tensor
      tensor.values = tensor.values.map { $0 + 0.1 * random.nextNormal() }
      other.setParameter(ParameterID(index), to: tensor)
    }
    return other
  }

  /// The numbers on which losses are taken, row-major by sample.
  func answers(to samples: SampleSet) throws -> [[Float]] {
    try Executor(graph: self, to: lossValues)
      .run(inputs: samples.tensors(0..<samples.count, of: self)).map(\.values)
  }

  /// The same graph with some weights of one layer zeroed.
  func zeroing(_ positions: [Int], of layer: Layer) -> Graph {
    var tensor = self[layer.weight].tensor
    for position in positions { tensor.values[position] = 0 }
    var other = self
    other.setParameter(layer.weight, to: tensor)
    return other
  }
}
