import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing

struct LossTests {
  static let losses: [Loss] = [
    .meanSquaredError, .weightedSquaredError([[0.5, 0, 2, 1, 3, 0.1, 1]]),
    .distillation(temperature: 1), .distillation(temperature: 4), .crossEntropy,
    .weightedDistillation(temperature: 2, [[0.5, 0, 2, 1, 3, 0.1, 1]]),
  ]

  @Test(arguments: losses)
  func divergenceIsTheMeanOverSamples(_ loss: Loss) {
    var net = NetBuilder(seed: 41)
    let student = net.tensor([9, 7], scale: 3)
    var teacher = net.tensor([9, 7], scale: 3)
    if loss == .crossEntropy { teacher = oneHot([3, 0, 6, 1, 1, 2, 4, 5, 0], classes: 7) }
    let found = loss.divergence(student: [student], teacher: [teacher])
    let expected = (0..<9).reduce(0.0) { sum, row in
      sum
        + referenceLoss(
          loss, student: student.rows(row..<row + 1).values.map { Double($0) },
          teacher: teacher.rows(row..<row + 1).values.map { Double($0) })
    }
    #expect(abs(found - expected / 9) < 1e-6 * expected)
  }

  @Test func divergenceOfBuffersIsThatOfTensors() {
    var net = NetBuilder(seed: 42)
    let (student, teacher) = (net.tensor([4, 3, 5]), net.tensor([4, 3, 5]))
    let loss = Loss.distillation(temperature: 2)
    let expected = loss.divergence(student: [student], teacher: [teacher])
    let found = loss.divergence(
      student: student.values, teacher: teacher.values, shape: [3, 5], samples: 4)
    #expect(found == expected)
    let rows = loss.divergence(
      student: [student.reshaped(to: [12, 5])], teacher: [teacher.reshaped(to: [12, 5])])
    #expect(abs(found - rows) < 1e-12)
  }

  @Test func equalOutputsDivergeByNothing() {
    var net = NetBuilder(seed: 43)
    let x = net.tensor([5, 7], scale: 10)
    for loss in [Loss.meanSquaredError, .distillation(temperature: 3)] {
      #expect(loss.divergence(student: [x], teacher: [x]) == 0)
      #expect(loss.divergence(student: [], teacher: []) == 0)
    }
  }

  @Test func largeLogitsDoNotOverflow() {
    let student = Tensor(shape: [1, 3], values: [1e4, -1e4, 0])
    let teacher = Tensor(shape: [1, 3], values: [-1e4, 1e4, 0])
    let found = Loss.distillation(temperature: 1).divergence(student: [student], teacher: [teacher])
    #expect(abs(found - 2e4) < 1e-3)
  }

  @Test(arguments: losses)
  func lossTrains(_ loss: Loss) throws {
    var net = NetBuilder(seed: 44)
    let x = net.input([4])
    net.graph.addOutput(try net.dense(x, to: 7))
    let input = net.tensor([6, 4])
    let target = loss == .crossEntropy ? oneHot([0, 1, 2, 3, 4, 5], classes: 7) : net.tensor([6, 7])
    let trainer = try Trainer(graph: net.graph, loss: loss, optimizer: .sgd(momentum: 0.5))
    let losses = try (0..<50).map { _ in
      try trainer.step(inputs: [input], targets: [target], learningRate: 0.05)
    }
    #expect(losses[49] < 0.8 * losses[0])
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $1 < $0 })
  }

  @Test func accuracyCountsTheLargest() {
    let x = Tensor(shape: [3, 2], values: [1, 2, 5, 5, -1, -2])
    #expect(argmax(x) == [1, 0, 0])
    #expect(accuracy(x, labels: [1, 1, 0]) == 2.0 / 3)
    #expect(agreement(x, x) == 1)
    #expect(accuracy(Tensor(shape: [0, 2], values: []), labels: []) == 1)
  }
}
