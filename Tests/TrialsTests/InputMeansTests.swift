import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// What biases have to take back is what outputs move by.
struct InputMeansTests {
  /// The mean of each row of a layer's output, before and after its weights are rounded to halves.
  private func check(_ build: (inout NetBuilder) throws -> Void) throws {
    var net = NetBuilder(seed: 7, biasScale: 0.1)
    try build(&net)
    let (graph, samples) = (net.graph, net.graph.randomSamples(70, seed: 8))
    let parameters = try ParameterStore(graph)
    let executor = try Executor(graph: graph, parameters: parameters)
    let means = try InputMeans.all(executor, samples: samples)
    for (index, layer) in graph.layers.enumerated() {
      let weights = graph[layer.weight].tensor.values
      let changed = weights.map { (2 * $0).rounded() / 2 }
      let before = try rowMeans(executor, layer, samples)
      parameters.set(layer.weight, to: changed)
      let after = try rowMeans(executor, layer, samples)
      parameters.set(layer.weight, to: weights)
      let shifts = means[index].shifts(from: weights, to: changed)
      #expect(shifts.count == layer.rows)
      for row in 0..<layer.rows {
        #expect(abs(before[row] - after[row] - shifts[row]) < 1e-4, "row \(row) of \(layer.name)")
      }
    }
  }

  private func rowMeans(_ executor: Executor, _ layer: Layer, _ samples: SampleSet) throws -> [Double] {
    let graph = executor.graph
    let tensor = try executor.values(
      [graph.nodes[layer.nodeIndex].output], for: samples.tensors(0..<samples.count, of: graph))[0]
    let inner = layer.window == nil ? 1 : tensor.shape[2] * tensor.shape[3]
    var sums = [Double](repeating: 0, count: layer.rows)
    for (element, value) in tensor.values.enumerated() { sums[element / inner % layer.rows] += Double(value) }
    return sums.map { $0 / Double(tensor.count / layer.rows) }
  }

  @Test func ofDenseLayers() throws {
    try check { net in
      let x = try net.activation(.relu, try net.dense(net.input([3, 5]), to: 6))
      net.output(try net.dense(x, to: 4))
    }
  }

  @Test(arguments: [1, 2, 4])
  func ofConvolutionsInGroupsWithBordersAndStrides(groups: Int) throws {
    try check { net in
      let window = Window(kernel: [3, 2], strides: [2, 1], dilations: [1, 2], padBefore: [1, 0], padAfter: [0, 1])
      let x = try net.activation(.relu, try net.convolution(net.input([4, 7, 6]), to: 4, window, groups: groups))
      net.output(try net.convolution(x, to: 8, Window(kernel: [1, 1]), groups: groups))
    }
  }
}
