import ModelGraph
import Tensors
import Testing

/// What graphs of integers mean in numbers.
struct NumbersTests {
  private static let bytes = IntegerEncoding(.int8, scales: [0.5], zeroPoints: [0])
  private static let rectified = IntegerEncoding(.int8, scales: [0.25], zeroPoints: [-128])

  /// An input of 2 numbers, a dense layer, and what follows it.
  private static func graph(
    _ encoding: IntegerEncoding, then functions: [(Operation, IntegerEncoding)] = []
  ) throws -> Graph {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [2])
    graph.encode(x, as: bytes)
    let weight = try #require(
      IntegerTensor(
        shape: [2, 2], integers: [1, -2, 3, 4],
        encoding: IntegerEncoding(.int8, scales: [0.5, 2], zeroPoints: [0, 0], axis: 0)))
    let id = graph.addParameter(Parameter(name: "w", role: .weight, integers: weight))
    var value = try graph.addNode(name: "layer", .dense(Dense(weight: id, bias: nil)), inputs: [x])
    graph.encode(value, as: encoding)
    for (operation, encoding) in functions {
      value = try graph.addNode(name: operation.name, operation, inputs: [value])
      graph.encode(value, as: encoding)
    }
    graph.addOutput(value)
    return graph
  }

  @Test func aGraphOfFloatsStaysAsItIs() throws {
    let graph = try Self.graph(Self.bytes).inNumbers
    #expect(!graph.isOfIntegers && graph.inNumbers == graph)
  }

  @Test func weightsAreTheNumbersThatTheyStandFor() throws {
    let graph = try Self.graph(Self.bytes).inNumbers
    #expect(graph.parameters[0].tensor.values == [0.5, -1, 6, 8] && graph.parameters[0].integers == nil)
    #expect(graph.nodes.map(\.operation.name) == ["dense"])
    #expect(graph[graph.inputs[0]].held == -64...63.5)
  }

  @Test func aZeroPointAtTheEndIsARectifier() throws {
    let graph = try Self.graph(Self.rectified).inNumbers
    try graph.verify()
    #expect(graph.nodes.map(\.name) == ["layer", "layer.range"])
    #expect(graph.nodes[1].operation == .activation(.clip(low: 0, high: 63.75)))
    let output = graph[graph.outputs[0]]
    #expect(output.name == "layer" && output.held == 0...63.75)
    #expect(graph[graph.nodes[0].output].held == nil)
  }

  @Test func aRectifierEndsWhereItsBytesDo() throws {
    let graph = try Self.graph(
      Self.rectified, then: [(.activation(.relu), Self.rectified), (.reshape([1, 2]), Self.rectified)]
    ).inNumbers
    try graph.verify()
    #expect(
      graph.nodes.map(\.operation) == [
        graph.nodes[0].operation, .activation(.clip(low: 0, high: 63.75)), .reshape([1, 2]),
      ])
  }

  @Test func whatNeverGetsBeyondItsEndsIsNotCutOff() throws {
    let probability = IntegerEncoding(.int8, scales: [1 / 256], zeroPoints: [-128])
    let graph = try Self.graph(
      Self.bytes, then: [(.activation(.sigmoid), probability), (.activation(.relu), probability)]
    ).inNumbers
    #expect(graph.nodes.map(\.operation.name) == ["dense", "sigmoid", "relu"])
  }
}
