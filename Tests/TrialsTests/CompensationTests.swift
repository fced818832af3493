import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// Least squares by conjugate gradients against elimination in double precision.
struct CompensationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let columns: Int
    let count: Int
    /// How much of each input is the one before it.
    let correlation: Float
    var testDescription: String { "\(columns) columns, \(count) inputs, \(correlation) shared" }

    static let all = [
      Case(columns: 1, count: 5, correlation: 0), Case(columns: 2, count: 30, correlation: 0),
      Case(columns: 6, count: 3, correlation: 0), Case(columns: 9, count: 200, correlation: 0.5),
      Case(columns: 9, count: 200, correlation: 0.95),
      Case(columns: 40, count: 400, correlation: 0.7),
      Case(columns: 100, count: 60, correlation: 0.9),
    ]
  }

  private struct Problem {
    let rows = 5
    let columns: Int
    let inputs: [Float]
    let weights: [Float]
    let lost: [Int]

    init(_ example: Case, seed: UInt64) {
      var random = SeededGenerator(seed: seed)
      columns = example.columns
      var inputs: [Float] = []
      for _ in 0..<example.count {
        var last: Float = 0
        for _ in 0..<columns {
          last = example.correlation * last + random.nextNormal() + 0.3
          inputs.append(last)
        }
      }
      self.inputs = inputs
      // The first filter loses nothing, the last everything; some weights were gone before.
      var weights = (0..<rows * columns).map { _ in random.nextNormal() }
      var lost: [Int] = []
      for index in columns..<rows * columns {
        if random.nextFloat() < 0.2 { weights[index] = 0 }
        if index >= (rows - 1) * columns || random.nextFloat() < 0.3 { lost.append(index) }
      }
      (self.weights, self.lost) = (weights, lost)
    }

    var count: Int { inputs.count / columns }

    /// |X (new - old)|² / count of one row.
    func loss(_ row: Int, _ new: [Double]) -> Double {
      var sum = 0.0
      for sample in 0..<count {
        let difference = (0..<columns).reduce(0.0) {
          $0 + Double(inputs[sample * columns + $1])
            * (new[$1] - Double(weights[row * columns + $1]))
        }
        sum += difference * difference
      }
      return sum / Double(count)
    }

    /// A share of the mean square of the inputs.
    var ridge: Double {
      Double(Compensation.ridge) * inputs.reduce(0) { $0 + Double($1) * Double($1) }
        / Double(inputs.count)
    }

    /// The loss, and what the ridge takes for the survivors' change.
    func cost(_ row: Int, _ new: [Double]) -> Double {
      let change = survivors(row).reduce(0.0) { sum, column in
        let difference = new[column] - Double(weights[row * columns + column])
        return sum + difference * difference
      }
      return loss(row, new) + ridge * change
    }

    func survivors(_ row: Int) -> [Int] {
      let lost = Set(lost)
      return (0..<columns).filter {
        weights[row * columns + $0] != 0 && !lost.contains(row * columns + $0)
      }
    }

    /// A row with the lost weights gone and nothing else changed.
    func cut(_ row: Int) -> [Double] {
      let alive = Set(survivors(row))
      return (0..<columns).map { alive.contains($0) ? Double(weights[row * columns + $0]) : 0 }
    }

    /// The best row, by the normal equations.
    func best(_ row: Int) -> [Double] {
      let alive = survivors(row)
      func product(_ a: Int, _ b: Int) -> Double {
        (0..<count).reduce(0.0) {
          $0 + Double(inputs[$1 * columns + a]) * Double(inputs[$1 * columns + b])
        } / Double(count)
      }
      let cut = cut(row)
      var matrix = alive.map { a -> [Double] in
        let right = (0..<columns).reduce(0.0) {
          $0 + product(a, $1) * (Double(weights[row * columns + $1]) - cut[$1])
        }
        return alive.map { product(a, $0) + (a == $0 ? ridge : 0) } + [right]
      }
      for pivot in matrix.indices {
        for other in matrix.indices where other != pivot {
          let factor = matrix[other][pivot] / matrix[pivot][pivot]
          for column in pivot...matrix.count {
            matrix[other][column] -= factor * matrix[pivot][column]
          }
        }
      }
      var new = cut
      for (place, column) in alive.enumerated() {
        new[column] += matrix[place][matrix.count] / matrix[place][place]
      }
      return new
    }
  }

  @Test(arguments: Case.all, [1, 2] as [UInt64])
  func survivorsTakeOverAsWellAsTheyCan(example: Case, seed: UInt64) throws {
    let problem = Problem(example, seed: seed)
    let (inputs, columns) = (problem.inputs, problem.columns)
    try expectGood(problem, Compensation(inputs: inputs, columns: columns), slack: 0.1)
    try expectGood(
      problem, Compensation(inputs: inputs, columns: columns, iterations: 300), slack: 1e-6)
  }

  /// - Parameter slack: share of the loss without compensation that may be left above the least.
  private func expectGood(_ problem: Problem, _ compensation: Compensation, slack: Double) throws {
    let found = try compensation.compensated(problem.weights, losing: problem.lost)
    for row in 0..<problem.rows {
      let range = row * problem.columns..<(row + 1) * problem.columns
      let new = found[range].map(Double.init)
      let least = problem.cost(row, problem.best(row))
      let before = problem.cost(row, problem.cut(row))
      let gap = problem.cost(row, new) - least
      #expect(gap <= slack * before + 0.01 * least, "row \(row)")
      #expect(problem.loss(row, new) <= problem.loss(row, problem.cut(row)), "row \(row)")
      let alive = Set(problem.survivors(row))
      #expect(new.indices.allSatisfy { (new[$0] != 0) == alive.contains($0) })
    }
    // A filter that loses nothing stays, to the bit.
    #expect(found.prefix(problem.columns) == problem.weights.prefix(problem.columns))
  }

  @Test func inputsOfZeroChangeNothing() throws {
    let found = try Compensation(inputs: [Float](repeating: 0, count: 12), columns: 3)
      .compensated([1, 2, 3, 4, 5, 6], losing: [1])
    #expect(found == [1, 0, 3, 4, 5, 6])
  }

  @Test func anInputThatIsTheDoubleOfAnotherTakesItOver() throws {
    var random = SeededGenerator(seed: 1)
    let inputs = (0..<100).flatMap { _ -> [Float] in
      let x = random.nextNormal()
      return [x, 2 * x, random.nextNormal()]
    }
    let found = try Compensation(inputs: inputs, columns: 3)
      .compensated([1, 1, 1], losing: [0])
    #expect(found[0] == 0 && abs(found[1] - 1.5) < 0.05 && abs(found[2] - 1) < 0.05)
  }

  @Test(arguments: [0, 1]) func whatALayerMakesIsKeptBestOnItsOwnInputs(number: Int) throws {
    // A convolution on smooth images, and a dense layer on a few vectors a sample.
    var net = NetBuilder(seed: 5, biasScale: 0.1)
    let x = net.input([3, 6, 6])
    let window = Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1])
    let smooth = try net.node(.averagePool(window, countsPadding: true), x)
    let y = number == 0
      ? try net.convolution(smooth, to: 4, window)
      : try net.dense(try net.node(.reshape([9, 12]), smooth), to: 4)
    net.output(y)
    let (graph, layer) = (net.graph, net.graph.layers[0])
    let samples = graph.randomSamples(60, seed: 6)
    let inputs = try LayerInputs.rows(
      of: layer, in: graph, parameters: ParameterStore(graph), samples: samples, count: 100_000,
      threads: 2)
    let lost = Array(0..<layer.weightCount).filter { $0 % 3 == 1 }
    let weights = graph[layer.weight].tensor.values
    let found = try Compensation(inputs: inputs, columns: layer.columns)
      .compensated(weights, losing: lost)
    let teacher = try graph.answers(to: samples)[0]
    func error(_ values: [Float]) throws -> Double {
      var other = graph
      other.setParameter(
        layer.weight, to: Tensor(shape: graph[layer.weight].tensor.shape, values: values))
      return zip(try other.answers(to: samples)[0], teacher).reduce(0) {
        $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
      }
    }
    let without = weights.indices.map { lost.contains($0) ? 0 : weights[$0] }
    #expect(try error(found) < 0.7 * error(without))
  }
}

/// The windows that filters see, against what Execution makes of them.
struct LayerInputsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let build: @Sendable (inout NetBuilder) throws -> ValueID

    static func window(_ name: String, _ window: Window) -> Case {
      Case(testDescription: name) { net in
        try net.convolution(net.input([2, 7, 6]), to: 3, window)
      }
    }

    static let all = [
      window("one tap", Window(kernel: [1, 1])), window("3x2", Window(kernel: [3, 2])),
      window("strides", Window(kernel: [3, 3], strides: [2, 3])),
      window("dilations", Window(kernel: [3, 2], dilations: [2, 3])),
      window("padding before", Window(kernel: [3, 3], padBefore: [1, 2])),
      window(
        "everything",
        Window(
          kernel: [2, 3], strides: [3, 2], dilations: [3, 2], padBefore: [2, 1],
          padAfter: [1, 3])),
      Case(testDescription: "dense") { net in try net.dense(net.input([5]), to: 3) },
      Case(testDescription: "dense, several vectors") { net in
        try net.dense(net.input([2, 3, 5]), to: 3)
      },
    ]
  }

  @Test(arguments: Case.all, [3, 130])
  func filtersOverRowsMakeWhatTheLayerMakes(example: Case, count: Int) throws {
    var net = NetBuilder(seed: 1)
    net.output(try example.build(&net))
    let (graph, layer) = (net.graph, net.graph.layers[0])
    let samples = graph.randomSamples(count, seed: 2)
    let rows = try LayerInputs.rows(
      of: layer, in: graph, parameters: ParameterStore(graph), samples: samples, count: 1 << 20,
      threads: 2)
    let answers = try graph.answers(to: samples)[0]
    let windows = answers.count / count / layer.rows
    #expect(rows.count == count * windows * layer.columns)
    let isImage = graph[graph.lossValues[0]].shape.count == 3 && layer.columns != 5
    let weights = graph[layer.weight].tensor.values
    let biases = try #require(layer.bias.map { graph[$0].tensor.values })
    for sample in 0..<count {
      for filter in 0..<layer.rows {
        let made = (0..<windows).map { window in
          let start = (sample * windows + window) * layer.columns
          return (0..<layer.columns).reduce(biases[filter]) {
            $0 + rows[start + $1] * weights[filter * layer.columns + $1]
          }
        }.sorted()
        // Images are channels first.
        let expected = (0..<windows).map { window in
          answers[
            sample * windows * layer.rows
              + (isImage ? filter * windows + window : window * layer.rows + filter)]
        }.sorted()
        #expect(zip(made, expected).allSatisfy { abs($0 - $1) <= 1e-4 * (1 + abs($1)) })
      }
    }
  }

  @Test(arguments: [(1000, 40), (40, 1000), (64, 64), (1, 5)])
  func someWindowsAreTakenOfManySamples(wanted: Int, samples: Int) throws {
    var net = NetBuilder(seed: 1)
    net.output(try net.convolution(net.input([1, 5, 5]), to: 2, Window(kernel: [2, 2])))
    let rows = try LayerInputs.rows(
      of: net.graph.layers[0], in: net.graph, parameters: ParameterStore(net.graph),
      samples: net.graph.randomSamples(samples, seed: 2), count: wanted, threads: 1)
    #expect(rows.count / 4 <= max(wanted, samples) && rows.count / 4 >= min(wanted, samples))
  }
}
