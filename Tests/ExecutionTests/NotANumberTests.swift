import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

/// NaN goes through every operation as in ONNX: no rectifier, clip or window makes a number of it.
struct NotANumberTests {
  static let activations: [Activation] = [
    .relu, .leakyRelu(alpha: 0.1), .leakyRelu(alpha: 0), .clip(low: -1, high: 1),
    .clip(low: 0, high: 6), .sigmoid, .tanh, .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .elu(alpha: 1),
  ]

  @Test(arguments: activations)
  func activationsKeepItAndOthersAsTheyAre(_ activation: Activation) throws {
    var net = NetBuilder(seed: 1)
    let x = net.input([40])
    net.output(try net.activation(activation, x))
    var given = net.tensor([1, 40], scale: 4)
    let usual = try Executor(graph: net.graph).run(inputs: [given])[0]
    for index in [0, 7, 39] { given.values[index] = .nan }
    let found = try Executor(graph: net.graph).run(inputs: [given])[0]
    for (index, value) in found.values.enumerated() {
      #expect([0, 7, 39].contains(index) ? value.isNaN : value == usual.values[index])
    }
  }

  @Test(arguments: activations)
  func aLayerThatTakesAnActivationInKeepsIt(_ activation: Activation) throws {
    for isImage in [false, true] {
      var net = NetBuilder(seed: 2)
      let x = net.input(isImage ? [3, 5, 5] : [12])
      let layer = isImage
        ? try net.convolution(x, to: 20, Window(kernel: [3, 3])) : try net.dense(x, to: 20)
      net.output(try net.activation(activation, layer))
      var given = net.tensor([2] + net.graph[x].shape)
      let usual = try Executor(graph: net.graph).run(inputs: [given])[0]
      given.values[given.count / 2 + (isImage ? 12 : 3)] = .nan
      let found = try Executor(graph: net.graph).run(inputs: [given])[0]
      let half = found.count / 2
      #expect(found.values.prefix(half) == usual.values.prefix(half))
      #expect(found.values.suffix(half).allSatisfy { $0.isNaN }, "\(activation)")
    }
  }

  @Test(arguments: [0, 4, 8])
  func theLargestOfAWindowIsNaNWhereOneIs(place: Int) throws {
    var net = NetBuilder(seed: 3)
    let x = net.input([1, 3, 3])
    net.output(try net.node(.maxPool(Window(kernel: [3, 3])), x))
    net.output(try net.node(.averagePool(Window(kernel: [3, 3]), countsPadding: false), x))
    net.output(try net.node(.globalAveragePool, x))
    var given = Tensor(shape: [1, 1, 3, 3], values: (0..<9).map { Float($0) })
    given.values[place] = .nan
    for found in try Executor(graph: net.graph).run(inputs: [given]) {
      #expect(found.values[0].isNaN)
    }
  }

  /// Nothing is larger or less than it: the first of all stays, others are passed over.
  @Test(arguments: [(0, 0, 0), (2, 3, 0), (3, 2, 0)])
  func placesPassItOver(place: Int, largest: Float, least: Float) throws {
    var net = NetBuilder(seed: 3)
    let x = net.input([4])
    net.output(try net.node(.argMax(axis: 0), x))
    net.output(try net.node(.argMax(axis: 0, ofLeast: true), x))
    var given = Tensor(shape: [1, 4], values: [0, 1, 2, 3])
    given.values[place] = .nan
    let found = try Executor(graph: net.graph).run(inputs: [given])
    #expect(found.map { $0.values[0] } == [largest, least])
  }

  @Test func theLargestOfMinusInfinitiesIsOne() throws {
    var net = NetBuilder(seed: 3)
    net.output(try net.node(.maxPool(Window(kernel: [2, 2])), net.input([1, 2, 2])))
    let given = Tensor(shape: [1, 1, 2, 2], values: [Float](repeating: -.infinity, count: 4))
    #expect(try Executor(graph: net.graph).run(inputs: [given])[0].values == [-.infinity])
  }

  @Test func aSoftmaxIsNaNAllAlongItsAxis() throws {
    var net = NetBuilder(seed: 4)
    net.output(try net.node(.softmax(axis: 0), net.input([4])))
    let given = Tensor(shape: [2, 4], values: [1, 2, .nan, 4, 1, 2, 3, 4])
    let found = try Executor(graph: net.graph).run(inputs: [given])[0].values
    #expect(found.prefix(4).allSatisfy { $0.isNaN } && found.suffix(4).allSatisfy { $0 > 0 })
  }

  @Test func itIsNoClassAndAgreesWithNothing() {
    let answers = Tensor(shape: [3, 3], values: [.nan, 1, 2, 0, 5, .nan, 3, 1, 2])
    #expect(argmax(answers) == [-1, -1, 0])
    #expect(agreement(answers, answers) == 1.0 / 3)
    #expect(accuracy(answers, labels: [0, 1, 0]) == 1.0 / 3)
  }
}
