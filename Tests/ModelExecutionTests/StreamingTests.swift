import ModelGraph
import Tensors
import Testing
import TestSupport

/// What cannot take its window a frame at a time says which node stands in the way, and what to change.
struct StreamingTests {
  private func error(axis: Int = 1, hop: Int = 1, _ build: (inout NetBuilder, ValueID) throws -> ValueID) throws -> StreamError? {
    var net = NetBuilder(seed: 1)
    let x = net.input([2, 12, 3])
    net.output(try build(&net, x))
    let graph = net.graph
    return #expect(throws: StreamError.self) { try graph.streamed(along: axis, hop: hop) }
  }

  @Test func bordersAreNoPartOfAStream() throws {
    let before = try error { net, x in
      try net.convolution(x, to: 2, Window(kernel: [3, 1], padBefore: [2, 0]))
    }
    #expect(before == .border(node: "n4", operation: "convolution"))
    let after = try error { net, x in try net.node(.maxPool(Window(kernel: [3, 1], padAfter: [1, 0])), x) }
    #expect(after == .border(node: "n2", operation: "max-pool"))
    let padded = try error { net, x in
      try net.node(.pad(Padding(before: [0, 1, 0], after: [0, 0, 0], mode: .edge)), x)
    }
    #expect(padded == .border(node: "n2", operation: "pad"))
    let hanging = try error(hop: 2) { net, x in
      try net.node(.averagePool(Window(kernel: [3, 1], strides: [2, 1], ceilMode: true), countsPadding: false), x)
    }
    #expect(hanging == .border(node: "n2", operation: "average-pool"))
    #expect(before?.sentence.contains("valid padding") == true)
  }

  @Test func aFrameBringsAWholeNumberOfPlaces() throws {
    let stride = try error(hop: 2) { net, x in
      let y = try net.node(.maxPool(Window(kernel: [2, 1], strides: [2, 1])), x)
      return try net.node(.maxPool(Window(kernel: [2, 1], strides: [2, 1])), y)
    }
    #expect(stride == .stride(node: "n3", operation: "max-pool", stride: 2, hop: 4))
    #expect(stride?.sentence.contains("--hop 4") == true)
  }

  @Test func axisAndHopAreThoseOfTheInput() throws {
    #expect(try error(axis: 3) { net, x in try net.activation(.relu, x) } == .noAxis(axis: 3, input: "x1", shape: [2, 12, 3]))
    #expect(try error(hop: 13) { net, x in try net.activation(.relu, x) } == .hop(hop: 13, input: "x1", size: 12))
    #expect(try error(hop: 0) { net, x in try net.activation(.relu, x) } == .hop(hop: 0, input: "x1", size: 12))
  }

  @Test func whatKeepsStateTakesFramesAlready() throws {
    var net = NetBuilder(seed: 1)
    let (x, found) = (net.input([2, 3]), net.graph.addInput(name: "s", shape: [2, 3]))
    let sum = try net.node(.binary(.add), x, found)
    net.output(sum)
    net.graph.carry(found, from: sum, GraphState(name: "s"))
    let graph = net.graph
    #expect(throws: StreamError.keepsState(name: "s")) { try graph.streamed(along: 1, hop: 1) }
  }

  /// What is kept is what the next frame needs, in the integers that it has.
  @Test func statesAreAsShortAsTheirReadersNeed() throws {
    var net = NetBuilder(seed: 1)
    let x = net.input([2, 12, 3])
    let bytes = IntegerEncoding(.int8, scales: [0.5], zeroPoints: [3])
    net.graph.encode(x, as: bytes)
    let y = try net.node(.maxPool(Window(kernel: [4, 1])), x)
    net.graph.encode(y, as: bytes)
    net.output(y)
    let streamed = try net.graph.streamed(along: 1, hop: 2)
    #expect(streamed.sampleInputs.map { streamed[$0].shape } == [[2, 2, 3]])
    #expect(streamed.foundStates.map { streamed[$0].shape } == [[2, 5, 3]])
    #expect(streamed.foundStates.allSatisfy { streamed[$0].integers == bytes })
    #expect(streamed.sampleOutputs.map { streamed[$0].shape } == [[2, 2, 3]])
  }
}
