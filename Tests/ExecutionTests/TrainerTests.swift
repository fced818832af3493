import Execution
import Foundation
import ModelGraph
import Tensors
import TestSupport
import Testing

struct TrainerTests {
  private struct Problem {
    let graph: Graph
    let inputs: Tensor
    let targets: Tensor

    /// A small net and random targets that it can learn by heart.
    init(samples: Int, seed: UInt64 = 21) throws {
      var net = try NetBuilder.smallNet(seed: seed)
      inputs = net.tensor([samples, 2, 8, 8])
      targets = net.tensor([samples, 5])
      graph = net.graph
    }

    func trainer(_ optimizer: Optimizer = .adam(), threads: Int = 1) throws -> Trainer {
      try Trainer(
        graph: graph, loss: .meanSquaredError, optimizer: optimizer, threads: threads)
    }

    func take(_ steps: Int, with trainer: Trainer, rate: Float = 0.01) throws -> [Double] {
      try (0..<steps).map { _ in
        try trainer.step(inputs: [inputs], targets: [targets], learningRate: rate)
      }
    }
  }

  private func parameters(_ trainer: Trainer) -> [[Float]] {
    trainer.trainable.map { trainer.parameters.values($0) }
  }

  @Test func aTinyNetLearns() throws {
    let problem = try Problem(samples: 16)
    let losses = try problem.take(150, with: problem.trainer(threads: 2))
    #expect(losses[0] > 0.5)
    #expect(losses[149] < 0.02 * losses[0])
  }

  @Test(arguments: [1, 2, 3, 9, 64, 65, 130, 300])
  func theNumberOfThreadsChangesNoBit(samples: Int) throws {
    let problem = try Problem(samples: samples)
    let runs = try [1, 1, 2, 3, 5, 16].map { threads in
      let trainer = try problem.trainer(.sgd(momentum: 0.9), threads: threads)
      let losses = try problem.take(3, with: trainer, rate: 0.05)
      let (loss, gradients) = try trainer.gradients(
        inputs: [problem.inputs], targets: [problem.targets])
      return (losses + [loss], parameters(trainer), gradients)
    }
    for run in runs[1...] { #expect(run == runs[0]) }
  }

  @Test func whatIsForgottenIsMadeAgain() throws {
    let problem = try Problem(samples: 9)
    let (kept, forgetful) = (try problem.trainer(threads: 2), try problem.trainer(threads: 2))
    for _ in 0..<2 {
      #expect(try problem.take(2, with: kept) == problem.take(2, with: forgetful))
      forgetful.forgetPrograms()
    }
    #expect(parameters(kept) == parameters(forgetful))
  }

  @Test func gradientsDoNotDependOnHowSamplesAreDealtOut() throws {
    let problem = try Problem(samples: 65)
    let trainer = try problem.trainer()
    let whole = try trainer.gradients(inputs: [problem.inputs], targets: [problem.targets])
    var (loss, sums) = (0.0, [ParameterID: [Double]]())
    for sample in 0..<65 {
      let size = (problem.inputs.count / 65, problem.targets.count / 65)
      let one = try trainer.gradients(
        inputs: [
          Tensor(
            shape: [1] + problem.inputs.shape.dropFirst(),
            values: Array(problem.inputs.values[sample * size.0..<(sample + 1) * size.0]))
        ],
        targets: [
          Tensor(
            shape: [1] + problem.targets.shape.dropFirst(),
            values: Array(problem.targets.values[sample * size.1..<(sample + 1) * size.1]))
        ])
      loss += one.loss / 65
      for (id, gradient) in one.gradients {
        let sum = sums[id] ?? [Double](repeating: 0, count: gradient.count)
        sums[id] = zip(sum, gradient).map { $0 + Double($1) / 65 }
      }
    }
    #expect(abs(whole.loss - loss) < 1e-6 * loss)
    for (id, gradient) in whole.gradients {
      let a = Tensor(shape: [gradient.count], values: try #require(sums[id]).map { Float($0) })
      let b = Tensor(shape: [gradient.count], values: gradient)
      #expect(b.relativeDifference(from: a) < 1e-5)
    }
  }

  @Test(arguments: [
    Optimizer.adam(), .adam(beta1: 0.8, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.1), .sgd(),
    .sgd(momentum: 0.9, weightDecay: 0.01),
  ])
  func optimizerFollowsItsDefinition(_ optimizer: Optimizer) throws {
    let problem = try Problem(samples: 8)
    let trainer = try problem.trainer(optimizer, threads: 2)
    var reference = trainer.trainable.map { id in
      trainer.parameters.values(id).map { ScalarOptimizer(optimizer, weight: Double($0)) }
    }
    for step in 1...4 {
      let gradients = try trainer.gradients(
        inputs: [problem.inputs], targets: [problem.targets]
      ).gradients
      for (index, id) in trainer.trainable.enumerated() {
        let gradient = try #require(gradients[id])
        for element in gradient.indices {
          reference[index][element].step(Double(gradient[element]), rate: 0.01, number: step)
        }
      }
      _ = try problem.take(1, with: trainer)
      for (index, id) in trainer.trainable.enumerated() {
        let found = trainer.parameters.values(id)
        #expect(
          zip(found, reference[index]).allSatisfy { abs(Double($0) - $1.weight) < 1e-5 })
      }
    }
  }

  @Test(arguments: [Optimizer.adam(weightDecay: 0.1), .sgd(momentum: 0.9, weightDecay: 0.1)])
  func maskedElementsAreAndStayZero(_ optimizer: Optimizer) throws {
    let problem = try Problem(samples: 10)
    let trainer = try problem.trainer(optimizer, threads: 2)
    _ = try problem.take(2, with: trainer)
    let ids = problem.graph.layers.map(\.weight)
    let masks: [[UInt8]] = ids.map { id in
      (0..<trainer.parameters[id].count).map { $0 % 3 == 0 ? 1 : 0 }
    }
    func isMasked(_ values: [Float], _ mask: [UInt8]) -> Bool {
      zip(values, mask).allSatisfy { $1 == 1 ? $0 != 0 : $0 == 0 }
    }
    for (id, mask) in zip(ids, masks) {
      trainer.setMask(id, mask)
      #expect(isMasked(trainer.parameters.values(id), mask))
    }
    _ = try problem.take(3, with: trainer)
    let gradients = try trainer.gradients(inputs: [problem.inputs], targets: [problem.targets])
    for (id, mask) in zip(ids, masks) {
      let index = try #require(trainer.trainable.firstIndex(of: id))
      let pruned = mask.indices.filter { mask[$0] == 0 }
      #expect(isMasked(trainer.parameters.values(id), mask))
      #expect(pruned.allSatisfy { gradients.gradients[id]?[$0] == 0 })
      #expect(pruned.allSatisfy { trainer.state.first[index][$0] == 0 })
      #expect(pruned.allSatisfy { trainer.state.second[index][$0] == 0 })
      #expect(trainer.mask(id) == mask)
    }
    trainer.setMask(ids[0], nil)
    _ = try problem.take(1, with: trainer)
    #expect(!isMasked(trainer.parameters.values(ids[0]), masks[0]))
  }

  @Test(arguments: [Optimizer.adam(), .sgd(momentum: 0.9)])
  func aRestoredTrainerGoesOnBitByBit(_ optimizer: Optimizer) throws {
    let problem = try Problem(samples: 33)
    let unbroken = try problem.trainer(optimizer, threads: 2)
    _ = try problem.take(3, with: unbroken)
    let data = try JSONEncoder().encode(unbroken.state)
    let restored = try problem.trainer(optimizer, threads: 2)
    for id in unbroken.trainable { restored.parameters.set(id, to: unbroken.parameters.values(id)) }
    restored.state = try JSONDecoder().decode(TrainerState.self, from: data)
    #expect(restored.stepCount == 3)
    let losses = try problem.take(3, with: unbroken)
    #expect(try problem.take(3, with: restored) == losses)
    #expect(parameters(restored) == parameters(unbroken))
    #expect(restored.state == unbroken.state)
  }

  @Test func onlyTrainableParametersChange() throws {
    let problem = try Problem(samples: 4)
    let layer = problem.graph.layers[1]
    let trainer = try Trainer(
      graph: problem.graph, trainable: [layer.weight], loss: .meanSquaredError)
    _ = try problem.take(2, with: trainer)
    for index in problem.graph.parameters.indices {
      let id = ParameterID(index)
      let isSame = trainer.parameters.values(id) == problem.graph[id].tensor.values
      #expect(isSame == (id != layer.weight))
    }
  }

  @Test func chosenSamplesAreTheBatch() throws {
    let problem = try Problem(samples: 9)
    let (a, b) = (try problem.trainer(), try problem.trainer())
    let rows = [4, 0, 8]
    let chosen = rows.map { (problem.inputs.rows($0..<$0 + 1), problem.targets.rows($0..<$0 + 1)) }
    let loss = try a.step(
      samples: rows, of: [problem.inputs], targets: [problem.targets], learningRate: 0.1)
    let expected = try b.step(
      inputs: [Tensor(shape: [3, 2, 8, 8], values: chosen.flatMap(\.0.values))],
      targets: [Tensor(shape: [3, 5], values: chosen.flatMap(\.1.values))], learningRate: 0.1)
    #expect(loss == expected)
    #expect(parameters(a) == parameters(b))
  }

  @Test func anExecutorThatSharesParametersSeesEachStep() throws {
    let problem = try Problem(samples: 6)
    let trainer = try problem.trainer(threads: 2)
    let executor = try Executor(
      graph: problem.graph, threads: 2, parameters: trainer.parameters, to: trainer.outputs)
    for _ in 0..<3 {
      let student = try executor.run(inputs: [problem.inputs])
      let before = Loss.meanSquaredError.divergence(student: student, teacher: [problem.targets])
      let loss = try problem.take(1, with: trainer)[0]
      #expect(abs(before - loss) < 1e-6 * loss)
    }
  }

  @Test func severalOutputsShareTheLoss() throws {
    var net = NetBuilder(seed: 31)
    let x = net.input([3])
    let hidden = try net.dense(x, to: 4)
    for size in [2, 6] { net.graph.addOutput(try net.dense(hidden, to: size)) }
    net.graph.addOutput(net.graph.outputs[0])
    let input = net.tensor([5, 3])
    let targets = [net.tensor([5, 2]), net.tensor([5, 6]), net.tensor([5, 2])]
    let trainer = try Trainer(graph: net.graph, loss: .meanSquaredError)
    let found = try trainer.gradients(inputs: [input], targets: targets)
    let outputs = Oracle(net.graph).outputs(input)
    let differences = zip(outputs, targets).map { zip($0.values, $1.values).map { $0 - $1 } }
    let squares = differences.joined().reduce(0) { $0 + $1 * $1 }
    #expect(abs(found.loss - Double(squares) / 50) < 1e-5)
    // The first output's bias sees both of its uses.
    let bias = try #require(net.graph.layers[1].bias)
    for column in 0..<2 {
      let slope = stride(from: column, to: 10, by: 2).reduce(Float(0)) {
        $0 + 2 * (differences[0][$1] + differences[2][$1]) / 50
      }
      #expect(abs(slope - (try #require(found.gradients[bias]))[column]) < 1e-6)
    }
  }
}

/// Adam and gradient descent on one number in double precision, from their definitions.
private struct ScalarOptimizer {
  let optimizer: Optimizer
  var weight: Double
  var first = 0.0
  var second = 0.0

  init(_ optimizer: Optimizer, weight: Double) {
    self.optimizer = optimizer
    self.weight = weight
  }

  mutating func step(_ gradient: Double, rate: Double, number: Int) {
    switch optimizer {
    case .adam(let beta1, let beta2, let epsilon, let decay):
      let (b1, b2) = (Double(beta1), Double(beta2))
      first = b1 * first + (1 - b1) * gradient
      second = b2 * second + (1 - b2) * gradient * gradient
      let m = first / (1 - pow(b1, Double(number)))
      let v = second / (1 - pow(b2, Double(number)))
      weight -= rate * (m / (v.squareRoot() + Double(epsilon)) + Double(decay) * weight)
    case .sgd(let momentum, let decay):
      first = Double(momentum) * first + gradient + Double(decay) * weight
      weight -= rate * first
    }
  }
}
