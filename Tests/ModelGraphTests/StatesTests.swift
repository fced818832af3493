import ModelGraph
import Tensors
import Testing

/// What lasts from one frame to the next, and windows that files say by joining and cutting.
struct StatesTests {
  /// [2, 3] found, [2, 1] given: what is kept of a window, with the new behind it.
  private static func joined(keepsAll: Bool) throws -> Graph {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [2, 1])
    let found = graph.addInput(name: "found", shape: [2, 3])
    let beginning = Parameter(
      name: "first", role: .constant, tensor: Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]))
    let left: ValueID
    if keepsAll {
      // The window is kept: its end is what the next is made of.
      let end = try graph.addNode(name: "end", .gather([1, 2]), inputs: [found])
      left = try graph.addNode(name: "join", .concat(axis: 1), inputs: [end, x])
      graph.addOutput(try graph.addNode(name: "answer", .activation(.tanh), inputs: [left]))
    } else {
      // What the next needs is kept.
      let window = try graph.addNode(name: "join", .concat(axis: 1), inputs: [found, x])
      left = try graph.addNode(name: "end", .gather([1, 2, 3]), inputs: [window])
      graph.addOutput(try graph.addNode(name: "answer", .activation(.tanh), inputs: [window]))
    }
    graph.carry(found, from: left, GraphState(name: "found", beginning: beginning))
    try graph.verify()
    return graph
  }

  @Test func aWindowThatIsKeptSlides() throws {
    let graph = try Self.joined(keepsAll: true).slidingWindows()
    try graph.verify()
    let join = try #require(graph.nodes.first { $0.name == "join" })
    #expect(join.operation == .slide(axis: 1) && join.inputs == [graph.foundStates.last, graph.sampleInputs.first])
    #expect(graph.states[0].beginning?.tensor.values == [1, 2, 3, 4, 5, 6])
    #expect(graph.leftStates.first == join.output)
  }

  @Test func ofAPartThatIsKeptTheWindowSlides() throws {
    let graph = try Self.joined(keepsAll: false).slidingWindows()
    try graph.verify()
    let join = try #require(graph.nodes.first { $0.name == "join" })
    #expect(join.operation == .slide(axis: 1) && join.inputs[0] == graph.foundStates.first)
    #expect(graph[join.inputs[0]].shape == [2, 4])
    #expect(graph.states[0].beginning?.tensor.values == [0, 1, 2, 3, 0, 4, 5, 6])
    #expect(graph.leftStates.first == join.output)
  }

  /// Another that reads what is kept would miss it.
  @Test func aPartThatIsReadElsewhereStaysAsItIs() throws {
    var graph = try Self.joined(keepsAll: false)
    _ = try graph.addNode(name: "other", .activation(.relu), inputs: [graph.inputs[1]])
    #expect(graph.slidingWindows() == graph)
  }

  @Test func statesAreTheLastOfInputsAndOutputs() throws {
    let graph = try Self.joined(keepsAll: true)
    #expect(graph.sampleInputs.map { graph[$0].name } == ["x"])
    #expect(graph.foundStates.map { graph[$0].name } == ["found"])
    #expect(graph.sampleOutputs.count == 1 && graph.leftStates.count == 1)
    #expect(graph.inNumbers == graph)
  }

  @Test func aStateIsLeftAsItIsFound() throws {
    var graph = Graph()
    let x = graph.addInput(name: "x", shape: [2])
    let found = graph.addInput(name: "found", shape: [3])
    graph.addOutput(try graph.addNode(name: "y", .activation(.relu), inputs: [x]))
    graph.carry(found, from: x, GraphState(name: "found"))
    #expect(throws: GraphError.self) { try graph.verify() }
  }
}
