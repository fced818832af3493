// Gradients against central differences of the oracle, which is in double precision, so that a
// difference tells of a wrong gradient and not of rounding.

import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

struct GradientTests {
  @Test(arguments: OperationCase.all)
  func gradientIsTheSlopeOfTheLoss(_ example: OperationCase) throws {
    try check(example.trained(seed: 5, behindConvolution: false))
  }

  @Test(arguments: OperationCase.all.filter { $0.shape.count == 3 })
  func gradientIsTheSlopeBehindAConvolution(_ example: OperationCase) throws {
    try check(example.trained(seed: 6, behindConvolution: true))
  }

  @Test(arguments: 0..<40)
  func gradientOfARandomConvolutionIsTheSlope(seed: UInt64) throws {
    try check(NetBuilder.randomConvolution(seed))
  }

  @Test func gradientOfANetIsTheSlope() throws {
    try check(NetBuilder.smallNet(), loss: .distillation(temperature: 2))
  }

  @Test func gradientOfAWeightedDistillationIsTheSlope() throws {
    try check(
      NetBuilder.smallNet(), loss: .weightedDistillation(temperature: 2, [[0, 1, 0.5, 2, 0]]))
  }

  /// What is read in several frames has the sum of their slopes.
  @Test func gradientThroughTimeIsTheSlope() throws {
    var net = NetBuilder(seed: 11)
    let x = net.input([3, 2])
    let weight = net.parameter([4, 4], .weight, scale: 0.5)
    let recurrent = Operation.dense(Dense(weight: weight, bias: net.parameter([4], .bias)))
    let given = try net.node(.reshape([12]), try net.dense(x, to: 4))
    var state: ValueID?
    for frame in 0..<3 {
      let own = try net.node(.gather(Array(frame * 4..<(frame + 1) * 4)), given)
      let sum = try state.map { try net.node(.binary(.add), own, try net.node(recurrent, $0)) } ?? own
      state = try net.activation(.tanh, sum)
    }
    net.output(try #require(state))
    #expect(net.graph.layers.map(\.uses.count) == [1, 2])
    try check(net)
  }

  @Test func gradientStopsAtGivenValues() throws {
    var net = try NetBuilder.smallNet()
    let graph = net.graph
    let features = graph.nodes[5].output
    let last = graph.layers[3]
    let x = net.tensor([3, 2, 8, 8])
    let targets = net.tensor([3, 5])
    let whole = try Trainer(graph: graph, trainable: [last.weight], loss: .meanSquaredError)
    let suffix = try Trainer(
      graph: graph, trainable: [last.weight], loss: .meanSquaredError, from: [features])
    let cached = try Executor(graph: graph).values([features], for: [x])
    let a = try whole.gradients(inputs: [x], targets: [targets])
    let b = try suffix.gradients(inputs: cached, targets: [targets])
    #expect(a.loss == b.loss)
    #expect(a.gradients == b.gradients)
    #expect(a.gradients[last.weight]?.contains { $0 != 0 } == true)
  }

  @Test func aParameterThatDoesNotBearOnTheLossHasNoGradient() throws {
    var net = NetBuilder(seed: 7)
    let x = net.input([3])
    let y = try net.dense(x, to: 2)
    _ = try net.dense(x, to: 2)
    net.graph.addOutput(y)
    let trainer = try Trainer(graph: net.graph, loss: .meanSquaredError)
    let found = try trainer.gradients(
      inputs: [net.tensor([2, 3])], targets: [net.tensor([2, 2])])
    let idle = net.graph.layers[1]
    #expect(found.gradients[idle.weight] == Array(repeating: 0, count: 6))
    #expect(found.gradients[net.graph.layers[0].weight]?.contains(0) == false)
  }

  /// Every element of small parameters and a random direction of each, against differences.
  private func check(_ built: NetBuilder, loss: Loss = .meanSquaredError) throws {
    var net = built
    let graph = net.graph
    let x = net.tensor([2] + graph[graph.inputs[0]].shape)
    let target = net.tensor([2] + graph[graph.lossValues[0]].shape)
    let trainer = try Trainer(graph: graph, loss: loss)
    let found = try trainer.gradients(inputs: [x], targets: [target])
    let oracle = OracleLoss(oracle: Oracle(graph), input: x, target: target, loss: loss)
    #expect(abs(found.loss - oracle.value()) <= 1e-5 * (1 + oracle.value()))
    for id in trainer.trainable {
      let gradient = try #require(found.gradients[id])
      let largest = Double(gradient.map(abs).max() ?? 0)
      for element in sample(gradient.count, &net.random) {
        let slope = oracle.slope(id) { $0 == element ? 1 : 0 }
        #expect(
          abs(slope - Double(gradient[element])) < 2e-5 * (largest + 0.1),
          "\(graph[id].name)[\(element)]: \(gradient[element]), slope \(slope)")
      }
      let direction = net.tensor([gradient.count]).values
      let slope = oracle.slope(id) { Double(direction[$0]) }
      let product = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let scale = (largest + 0.1) * Double(gradient.count).squareRoot()
      #expect(abs(slope - product) < 3e-5 * scale, "\(graph[id].name): \(product), slope \(slope)")
    }
  }

  /// A few positions.
  private func sample(_ count: Int, _ random: inout SeededGenerator) -> [Int] {
    (0..<min(count, 6)).map { _ in Int.random(in: 0..<count, using: &random) }
  }
}

/// A loss of the oracle's outputs in double precision.
private struct OracleLoss {
  var oracle: Oracle
  let input: Tensor
  let target: Tensor
  let loss: Loss

  func value() -> Double {
    let graph = oracle.graph
    let samples = input.shape[0]
    var sum = 0.0
    for sample in 0..<samples {
      let row = input.rows(sample..<sample + 1).reshaped(to: graph[graph.inputs[0]].shape)
      let found = oracle.run([graph.inputs[0]: OracleTensor(row)])[graph.lossValues[0]]
      let student = found?.values ?? []
      let teacher = target.rows(sample..<sample + 1).values.map { Double($0) }
      sum += referenceLoss(loss, student: student, teacher: teacher)
    }
    return sum / Double(samples)
  }

  /// The slope of the loss along a direction of one parameter.
  func slope(_ id: ParameterID, _ direction: (Int) -> Double) -> Double {
    let step = 1e-5
    var (up, down) = (self, self)
    for index in oracle.parameters[id.index].values.indices {
      up.oracle.parameters[id.index].values[index] += step * direction(index)
      down.oracle.parameters[id.index].values[index] -= step * direction(index)
    }
    return (up.value() - down.value()) / (2 * step)
  }
}

/// One sample's loss where the last axis is the only one.
func referenceLoss(_ loss: Loss, student: [Double], teacher: [Double]) -> Double {
  func logSoftmax(_ x: [Double], _ temperature: Double) -> [Double] {
    let sum = x.reduce(0) { $0 + exponential($1 / temperature) }
    return x.map { $0 / temperature - logarithm(sum) }
  }
  switch loss {
  case .meanSquaredError:
    return zip(student, teacher).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      / Double(student.count)
  case .weightedSquaredError(let weights):
    return zip(weights[0], zip(student, teacher)).reduce(0) {
      $0 + Double($1.0) * ($1.1.0 - $1.1.1) * ($1.1.0 - $1.1.1)
    } / Double(student.count)
  case .distillation(let temperature):
    let t = Double(temperature)
    let (s, p) = (logSoftmax(student, t), logSoftmax(teacher, t))
    return t * t * zip(p, s).reduce(0) { $0 + exponential($1.0) * ($1.0 - $1.1) }
  case .weightedDistillation(let temperature, let weights):
    let t = Double(temperature)
    let (s, p) = (logSoftmax(student, t), logSoftmax(teacher, t))
    return t * t * zip(weights[0], zip(p, s)).reduce(0) { sum, term in
      let (log, other) = term.1
      return sum + Double(term.0)
        * (exponential(log) * (log - other) - exponential(log) + exponential(other))
    }
  case .crossEntropy:
    return zip(teacher, logSoftmax(student, 1)).reduce(0) { $0 - $1.0 * $1.1 }
  case .detection: preconditionFailure("its own tests have it")
  }
}
