// The networks whose layers are tried: parts of classifiers, with random weights.

@testable import ModelGraph
@testable import Tensors

/// Builds a network one operation after another.
struct NetworkBuilder {
  private(set) var graph = Graph()
  private var generator = SeededGenerator(seed: 1)
  /// What the next operation reads.
  private var value: ValueID

  init(input: [Int]) { value = graph.addInput(name: "x", shape: input) }

  private mutating func parameter(_ role: Parameter.Role, _ shape: [Int]) -> ParameterID {
    let scale = 1 / Float(max(shape.dropFirst().elementCount, 1)).squareRoot()
    let values = (0..<shape.elementCount).map { _ in scale * generator.nextNormal() }
    return graph.addParameter(
      name: "p\(graph.parameters.count)", role: role, tensor: Tensor(shape: shape, values: values))
  }

  mutating func add(_ operation: Operation) throws {
    value = try graph.addNode(name: "n\(graph.nodes.count)", operation, inputs: [value])
  }

  mutating func dense(_ outputs: Int) throws {
    try add(.reshape([graph[value].shape.elementCount]))
    let inputs = graph[value].shape.elementCount
    try add(
      .dense(
        Dense(weight: parameter(.weight, [outputs, inputs]), bias: parameter(.bias, [outputs]))))
  }

  mutating func convolution(_ channels: Int) throws {
    try add(
      .convolution(
        Convolution(
          weight: parameter(.weight, [channels, graph[value].shape[0], 3, 3]),
          bias: parameter(.bias, [channels]),
          window: Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1]))))
  }

  mutating func finish() -> Graph {
    graph.addOutput(value)
    return graph
  }
}

/// A dense layer of a classifier: `inputs` to `hidden`, relu, to 10.
func denseNetwork(inputs: Int, hidden: Int) throws -> Graph {
  var net = NetworkBuilder(input: [inputs])
  try net.dense(hidden)
  try net.add(.activation(.relu))
  try net.dense(10)
  return net.finish()
}

/// What follows a convolution of a classifier.
enum Head: String {
  case mean = "mean, to 10"
  case dense = "pool, 3136-512-10"
  case convolution = "conv 64-64, mean, to 10"
}

/// A convolution of a classifier: `channels` of 14 x 14 to 64, relu, and a head.
func convolutionNetwork(_ channels: Int, _ head: Head) throws -> Graph {
  var net = NetworkBuilder(input: [channels, 14, 14])
  try net.convolution(64)
  try net.add(.activation(.relu))
  if head == .convolution {
    try net.convolution(64)
    try net.add(.activation(.relu))
  }
  if head == .dense {
    try net.add(.maxPool(Window(kernel: [2, 2], strides: [2, 2])))
    try net.dense(512)
    try net.add(.activation(.relu))
  } else {
    try net.add(.globalAveragePool)
  }
  try net.dense(10)
  return net.finish()
}
