import ModelGraph
import Tensors
import Testing

struct GraphTests {
  /// A small network with batch normalization: conv 1-2, affine, relu, pool, reshape, dense.
  static func small() throws -> Graph {
    var graph = Graph()
    let x = graph.addInput(name: "image", shape: [1, 6, 6])
    let filters = graph.addParameter(
      name: "w", role: .weight, tensor: Tensor(shape: [2, 1, 3, 3], values: (0..<18).map { Float($0) }))
    let c = try graph.addNode(
      name: "conv",
      .convolution(
        Convolution(
          weight: filters, bias: nil, window: Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1]))
      ), inputs: [x])
    let scale = graph.addParameter(
      name: "s", role: .scale, tensor: Tensor(shape: [2], values: [2, 0.5]))
    let shift = graph.addParameter(
      name: "t", role: .shift, tensor: Tensor(shape: [2], values: [1, -1]))
    let n = try graph.addNode(name: "norm", .affine(scale: scale, shift: shift), inputs: [c])
    let r = try graph.addNode(name: "relu", .activation(.relu), inputs: [n])
    let p = try graph.addNode(
      name: "pool", .maxPool(Window(kernel: [2, 2], strides: [2, 2])), inputs: [r])
    let f = try graph.addNode(name: "flat", .reshape([18]), inputs: [p])
    let matrix = graph.addParameter(
      name: "m", role: .weight, tensor: Tensor(shape: [3, 18], repeating: 0.1))
    let bias = graph.addParameter(name: "b", role: .bias, tensor: Tensor(shape: [3]))
    let d = try graph.addNode(
      name: "dense", .dense(Dense(weight: matrix, bias: bias)), inputs: [f])
    let s = try graph.addNode(name: "softmax", .softmax(axis: 0), inputs: [d])
    graph.addOutput(s)
    try graph.verify()
    return graph
  }

  @Test func countsTrainedNumbersOnly() throws {
    #expect(try Self.small().parameterCount == 18 + 4 + 54 + 3)
  }

  @Test func layersAreMatricesOfFilters() throws {
    let layers = try Self.small().layers
    #expect(layers.map(\.name) == ["conv", "dense"])
    #expect(layers.map(\.rows) == [2, 3])
    #expect(layers.map(\.columns) == [9, 18])
  }

  @Test func lossesAreTakenBeforeASoftmax() throws {
    let graph = try Self.small()
    #expect(graph.lossValues.map { graph[$0].name } == ["dense"])
  }

  @Test func lossesAreTakenBeforeAPlaceIsLookedFor() throws {
    var graph = try Self.small()
    let place = try graph.addNode(name: "place", .argMax(axis: 0), inputs: [graph.outputs[0]])
    graph.addOutput(try graph.addNode(name: "number", .reshape([]), inputs: [place]))
    try graph.verify()
    #expect(graph.lossValues.map { graph[$0].name } == ["dense", "dense"])
    #expect(graph.outputs.map { graph.placeCount(of: $0) } == [nil, 3])
    #expect(graph.outputs.allSatisfy(graph.hasClassesLast))
    _ = try graph.addNode(name: "twice", .binary(.add), inputs: [place, place])
    #expect(throws: GraphError.malformed(
      reason: "node twice computes with the numbers of places, which are answers alone")
    ) { try graph.verify() }
  }

  @Test func foldingMovesTheScaleIntoTheFilters() throws {
    let graph = try Self.small().foldingAffine()
    try graph.verify()
    #expect(graph.nodes.map(\.name) == ["conv", "relu", "pool", "flat", "dense", "softmax"])
    let conv = graph.layers[0]
    #expect(graph[conv.weight].tensor.values[1] == 2)
    #expect(graph[conv.weight].tensor.values[10] == 5)
    #expect(conv.bias.map { graph[$0].tensor.values } == [1, -1])
  }

  @Test func aStructureAndItsNumbersMakeTheGraphAgain() throws {
    let graph = try Self.small()
    let tensors = graph.parameters.map(\.tensor.values)
    #expect(try Graph(structure: graph.structure, tensors: tensors) == graph)
    #expect(throws: GraphError.self) {
      try Graph(structure: graph.structure, tensors: tensors.dropLast())
    }
  }

  @Test(arguments: [
    ([3, 8, 8], [5, 3, 3, 3], 1, true), ([3, 8, 8], [5, 2, 3, 3], 1, false),
    ([4, 8, 8], [4, 1, 3, 3], 4, true), ([4, 8, 8], [4, 2, 3, 3], 4, false),
    ([3, 2, 8], [5, 3, 3, 3], 1, false), ([8, 8], [5, 3, 3, 3], 1, false),
  ])
  func convolutionsRefuseWhatDoesNotFit(x: [Int], w: [Int], groups: Int, fits: Bool) {
    var graph = Graph()
    let input = graph.addInput(name: "x", shape: x)
    let weight = graph.addParameter(name: "w", role: .weight, tensor: Tensor(shape: w))
    let operation = Operation.convolution(
      Convolution(weight: weight, bias: nil, window: Window(kernel: [3, 3]), groups: groups))
    let shape = try? graph.addNode(name: "c", operation, inputs: [input])
    #expect((shape != nil) == fits)
  }

  @Test(arguments: [
    (5, Window(kernel: [2, 2], strides: [2, 2]), 2),
    (5, Window(kernel: [2, 2], strides: [2, 2], ceilMode: true), 3),
    (4, Window(kernel: [1, 1], strides: [2, 2], padAfter: [1, 1], ceilMode: true), 2),
    (7, Window(kernel: [3, 3], dilations: [2, 2]), 3),
    // The first window already hangs over the end.
    (2, Window(kernel: [3, 3], strides: [2, 2], ceilMode: true), 1),
    (4, Window(kernel: [3, 3], strides: [2, 2], dilations: [2, 2], ceilMode: true), 1),
    (1, Window(kernel: [4, 4], strides: [4, 4], ceilMode: true), 1),
    (2, Window(kernel: [3, 3], ceilMode: true), nil),
    (2, Window(kernel: [5, 5], strides: [2, 2], ceilMode: true), nil),
    (2, Window(kernel: [3, 3], strides: [2, 2]), nil),
  ])
  func windowsCountTheirOutputs(size: Int, window: Window, outputs: Int?) {
    #expect(window.outputSize(size, axis: 0) == outputs)
  }
}
