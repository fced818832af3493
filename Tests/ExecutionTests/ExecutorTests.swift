import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

struct ExecutorTests {
  @Test(arguments: [1, 3, 64, 65], [1, 2, 3])
  func anyNumberOfSamplesRuns(samples: Int, threads: Int) throws {
    var net = try NetBuilder.smallNet()
    let x = net.tensor([samples, 2, 8, 8])
    let executor = try Executor(graph: net.graph, threads: threads)
    let whole = try executor.run(inputs: [x])[0]
    #expect(whole.shape == [samples, 5])
    let single = try Executor(graph: net.graph)
    for sample in [0, samples / 2, samples - 1] {
      let alone = try single.run(inputs: [x.rows(sample..<sample + 1)])[0]
      #expect(whole.rows(sample..<sample + 1).relativeDifference(from: alone) < 1e-5)
    }
    #expect(try executor.run(inputs: [x])[0] == whole)
  }

  @Test func noSamplesGiveNoRows() throws {
    let net = try NetBuilder.smallNet()
    let found = try Executor(graph: net.graph, threads: 2).run(
      inputs: [Tensor(shape: [0, 2, 8, 8], values: [])])
    #expect(found == [Tensor(shape: [0, 5], values: [])])
  }

  @Test func cutsEqualTheWhole() throws {
    var net = try NetBuilder.smallNet()
    let graph = net.graph
    let x = net.tensor([5, 2, 8, 8])
    let executor = try Executor(graph: graph, threads: 2)
    let whole = try executor.run(inputs: [x])[0]
    for node in graph.nodes {
      let middle = try executor.values([node.output], for: [x])[0]
      let after = try executor.run(from: [node.output: middle], to: graph.outputs)[0]
      #expect(after.relativeDifference(from: whole) < 1e-6, "cut at \(node.name)")
    }
  }

  @Test func aCutMayTakeAndGiveSeveralValues() throws {
    var net = NetBuilder(seed: 4)
    let a = net.input([4])
    let b = net.input([4])
    let c = try net.node(.binary(.add), a, b)
    let d = try net.node(.binary(.multiply), c, a)
    net.graph.addOutput(d)
    let executor = try Executor(graph: net.graph)
    let (x, y) = (net.tensor([2, 4]), net.tensor([2, 4]))
    let found = try executor.run(from: [c: x, a: y], to: [d, c, a])
    #expect(found[0].values == zip(x.values, y.values).map { $0 * $1 })
    #expect(found[1] == x)
    #expect(found[2] == y)
  }

  @Test func anUndeterminedOutputIsAnError() throws {
    var net = NetBuilder(seed: 4)
    let a = net.input([4])
    let b = net.input([4])
    let c = try net.node(.binary(.add), a, b)
    net.graph.addOutput(c)
    let name = net.graph[b].name
    #expect(throws: ExecutionError.undetermined(value: name)) {
      try Executor(graph: net.graph, from: [a])
    }
    #expect(ExecutionError.undetermined(value: name).sentence.contains(name))
  }

  @Test func valuesOfIntegersAreRefusedByName() throws {
    var net = NetBuilder(seed: 5)
    let y = try net.activation(.relu, net.input([4]))
    net.graph.addOutput(y)
    net.graph.values[y.index].integers = IntegerEncoding(.int8, scales: [0.1], zeroPoints: [0])
    let name = net.graph[y].name
    #expect(throws: ExecutionError.integers(value: name)) { try Executor(graph: net.graph) }
    #expect(ExecutionError.integers(value: name).sentence.contains(name))
  }

  @Test func errorsAreSentences() {
    let failed = ExecutionError.engine(node: "Conv_3", operation: "convolution", status: 3)
    #expect(
      failed.sentence == "node Conv_3 (convolution): oneDNN answered "
        + "that it has no such primitive for this processor: run it on another")
    #expect(ExecutionError.outOfMemory(bytes: 4096).sentence.contains("4096 bytes"))
  }

  @Test func memoryThatIsNotThereIsAnError() {
    #expect(throws: ExecutionError.outOfMemory(bytes: Int.max)) { try FloatBuffer(count: Int.max) }
    #expect(throws: ExecutionError.self) { try FloatBuffer(count: 1 << 50) }
  }

  @Test func aChangedParameterIsSeenByTheNextRun() throws {
    var net = try NetBuilder.smallNet()
    let x = net.tensor([3, 2, 8, 8])
    let executor = try Executor(graph: net.graph)
    let before = try executor.run(inputs: [x])[0]
    for layer in net.graph.layers {
      let values = net.tensor(net.graph[layer.weight].tensor.shape, scale: 0.3)
      net.graph.setParameter(layer.weight, to: values)
      executor.setParameter(layer.weight, values: values.values)
    }
    let after = try executor.run(inputs: [x])[0]
    #expect(after != before)
    #expect(after == (try Executor(graph: net.graph).run(inputs: [x])[0]))
    #expect(executor.parameters.applied(to: net.graph) == net.graph)
  }

  @Test func channelsLastBoundariesSpareTheConversion() throws {
    var net = NetBuilder(seed: 9)
    let x = net.input([3, 4, 5])
    net.graph.addOutput(try net.convolution(x, to: 6, Window(kernel: [2, 2])))
    let image = net.tensor([2, 3, 4, 5])
    let expected = try Executor(graph: net.graph).run(inputs: [image])[0]
    let executor = try Executor(graph: net.graph, boundary: .channelsLast)
    let turned = channelsLast(image)
    var found = [Float](repeating: 0, count: expected.count)
    try turned.withUnsafeBufferPointer { input in
      try found.withUnsafeMutableBufferPointer { output in
        try executor.run(
          batch: 2, inputs: [#require(input.baseAddress)], outputs: [#require(output.baseAddress)])
      }
    }
    #expect(found == channelsLast(expected))
  }

  @Test func programsOnSeveralThreadsShareParameters() throws {
    var net = try NetBuilder.smallNet()
    let graph = net.graph
    let x = net.tensor([7, 2, 8, 8])
    let store = try ParameterStore(graph)
    let expected = try Executor(graph: graph, parameters: store).run(inputs: [x])
    let executors = try (0..<4).map { _ in try Executor(graph: graph, parameters: store) }
    nonisolated(unsafe) var found = [[Tensor]?](repeating: nil, count: 4)
    found.withUnsafeMutableBufferPointer { found in
      nonisolated(unsafe) let found = found
      parallel(4) { found[$0] = try? executors[$0].run(inputs: [x]) }
    }
    #expect(found.allSatisfy { $0 == expected })
  }

  @Test func aProgramRunsItsBatch() throws {
    var net = try NetBuilder.smallNet()
    let graph = net.graph
    let x = net.tensor([2, 2, 8, 8])
    let program = try Program(
      graph: graph, parameters: ParameterStore(graph), inputs: graph.inputs,
      outputs: graph.lossValues, batch: 2)
    var found = Tensor(shape: [2, 5])
    try x.values.withUnsafeBufferPointer { input in
      try found.values.withUnsafeMutableBufferPointer { output in
        try program.run(
          inputs: [#require(input.baseAddress)], outputs: [#require(output.baseAddress)])
      }
    }
    let expected = Oracle(graph).outputs(x, of: graph.lossValues)[0]
    #expect(found.relativeDifference(from: expected) < 2e-6)
  }

  /// [N, C, H, W] as [N, H, W, C].
  private func channelsLast(_ x: Tensor) -> [Float] {
    let (c, plane) = (x.shape[1], x.shape[2] * x.shape[3])
    return (0..<x.shape[0]).flatMap { n in
      (0..<plane).flatMap { p in (0..<c).map { x.values[(n * c + $0) * plane + p] } }
    }
  }
}
