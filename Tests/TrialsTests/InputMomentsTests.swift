import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// Mean squares of what each column of a layer's matrix is multiplied with.
struct InputMomentsTests {
  private func moments(_ graph: Graph, _ samples: SampleSet) throws -> [[Float]] {
    try InputMoments.meanSquares(
      graph, parameters: ParameterStore(graph), samples: samples, threads: 2)
  }

  /// The mean of the squares of some elements of a value over samples.
  private func meanSquare(
    _ graph: Graph, _ value: ValueID, _ samples: SampleSet, where isOne: (Int) -> Bool
  ) throws -> Float {
    let tensor = try Executor(graph: graph).values(
      [value], for: samples.tensors(0..<samples.count, of: graph))[0]
    let size = graph[value].shape.elementCount
    var (sum, count) = (0.0, 0)
    for (index, number) in tensor.values.enumerated() where isOne(index % size) {
      sum += Double(number) * Double(number)
      count += 1
    }
    return Float(sum / Double(count))
  }

  private func expectEqual(_ found: [Float], _ expected: [Float]) {
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-5 * b, "\(a) for \(b)") }
  }

  /// What all layers of a large network read of many samples would fill any memory.
  @Test func fewSamplesAreRunAtOnceWhereTheyGiveMuch() {
    #expect(Executor.chunk(256, elements: 1000) == 256 && Executor.chunk(256, elements: 0) == 256)
    #expect(Executor.chunk(256, elements: 6_000_000) == 8)
    #expect(Executor.chunk(256, elements: 1 << 26) == 1 && Executor.chunk(256, elements: 1 << 40) == 1)
  }

  @Test(arguments: [1, 64, 150])
  func ofADenseLayerEachInputsOwn(count: Int) throws {
    var net = NetBuilder(seed: 1, biasScale: 0.1)
    let x = try net.node(.activation(.relu), try net.dense(net.input([5]), to: 6))
    net.graph.addOutput(try net.dense(x, to: 3))
    let samples = net.graph.randomSamples(count, seed: 2)
    let found = try moments(net.graph, samples)
    let inputs = net.graph.layers.map { net.graph.nodes[$0.nodeIndex].inputs[0] }
    for (layer, input) in inputs.enumerated() {
      let expected = try net.graph[input].shape[0].indices.map { column in
        try meanSquare(net.graph, input, samples) { $0 == column }
      }
      expectEqual(found[layer], expected)
    }
  }

  @Test(arguments: [[4, 7], [2, 3, 7], [1, 1, 7]])
  func ofADenseLayerOverSeveralVectorsTheLastAxis(shape: [Int]) throws {
    var net = NetBuilder(seed: 3, biasScale: 0.1)
    let x = net.input(shape)
    net.graph.addOutput(try net.dense(x, to: 4))
    let samples = net.graph.randomSamples(33, seed: 4)
    let expected = try 7.indices.map { column in
      try meanSquare(net.graph, x, samples) { $0 % 7 == column }
    }
    expectEqual(try moments(net.graph, samples)[0], expected)
  }

  @Test func ofAConvolutionTheChannels() throws {
    var net = NetBuilder(seed: 5, biasScale: 0.1)
    let x = net.input([3, 5, 4])
    net.graph.addOutput(try net.convolution(x, to: 2, Window(kernel: [3, 2])))
    let samples = net.graph.randomSamples(40, seed: 6)
    let channels = try 3.indices.map { channel in
      try meanSquare(net.graph, x, samples) { $0 / 20 == channel }
    }
    // Columns are [channel, 3, 2].
    expectEqual(try moments(net.graph, samples)[0], (0..<18).map { channels[$0 / 6] })
  }

  @Test func ofAGroupedConvolutionTheMeanOverGroups() throws {
    var net = NetBuilder(seed: 7, biasScale: 0.1)
    let x = try net.convolution(net.input([2, 5, 4]), to: 6, Window(kernel: [1, 1]))
    net.graph.addOutput(try net.convolution(x, to: 4, Window(kernel: [2, 2]), groups: 2))
    let samples = net.graph.randomSamples(40, seed: 8)
    let channels = try 6.indices.map { channel in
      try meanSquare(net.graph, x, samples) { $0 / 20 == channel }
    }
    // Group 0 reads channels 0 to 2, group 1 reads 3 to 5; columns are [3, 2, 2].
    var expected: [Float] = []
    for column in 0..<12 { expected.append((channels[column / 4] + channels[3 + column / 4]) / 2) }
    expectEqual(try moments(net.graph, samples)[1], expected)
  }

  @Test func ofADepthwiseConvolutionTheMeanOfAllChannels() throws {
    var net = NetBuilder(seed: 9, biasScale: 0.1)
    let x = net.input([3, 4, 4])
    net.graph.addOutput(try net.convolution(x, to: 3, Window(kernel: [3, 3]), groups: 3))
    let samples = net.graph.randomSamples(20, seed: 10)
    let expected = try meanSquare(net.graph, x, samples) { _ in true }
    expectEqual(
      try moments(net.graph, samples)[0], [Float](repeating: expected, count: 9))
  }

  @Test func saliencyIsMagnitudeTimesTheInputsRoot() {
    let saliency = Saliency.magnitudeTimesInput(
      weights: [1, -2, 3, -4], columns: 2, meanSquares: [4, 0.25])
    #expect(saliency == [2, 1, 6, 2])
  }
}

extension Int {
  /// 0 ..< self.
  fileprivate var indices: Range<Int> { 0..<self }
}
