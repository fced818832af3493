import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// What weights, scales and labels do to divergences.
struct ObjectiveTests {
  private static let count = 50
  private let graph: Graph
  private let teacher: [Float]
  private let student: [Float]

  init() throws {
    var net = NetBuilder(seed: 1)
    net.output(try net.dense(net.input([3]), to: 4))
    graph = net.graph
    let samples = graph.randomSamples(Self.count, seed: 2)
    teacher = try graph.answers(to: samples)[0]
    student = try graph.perturbed(seed: 3).answers(to: samples)[0]
  }

  private func divergence(
    _ kind: DivergenceKind, _ student: [Float], _ teacher: [Float], weights: [Float]? = nil,
    labels: [Int]? = nil, temperature: Float = 1
  ) -> Double {
    let objective = Objective(
      kind: kind, graph: graph, targets: [teacher], count: Self.count, labels: labels,
      weights: weights.map { [$0] }, temperature: temperature)
    return objective.sum(output: 0, student: student, samples: 0..<Self.count)
  }

  /// Every sample's number at `column` through a function.
  private func changing(_ column: Int, of values: [Float], _ body: (Float) -> Float) -> [Float] {
    values.indices.map { $0 % 4 == column ? body(values[$0]) : values[$0] }
  }

  @Test(arguments: [DivergenceKind.squaredError, .normalizedError])
  func numbersOfNoWeightDoNotMatter(kind: DivergenceKind) {
    let weights: [Float] = [1, 0, 2, 0]
    let found = divergence(kind, student, teacher, weights: weights)
    #expect(found > 0)
    let other = changing(3, of: changing(1, of: student) { 5 - $0 }) { _ in 7 }
    #expect(divergence(kind, other, teacher, weights: weights) == found)
    let wanted = changing(2, of: student) { $0 + 1 }
    #expect(divergence(kind, wanted, teacher, weights: weights) != found)
  }

  @Test func classesOfNoWeightAreAllTheSame() {
    // How their share is dealt out among them does not matter, only how large it is.
    let weights: [Float] = [1, 0, 1, 0]
    let found = divergence(.distribution, student, teacher, weights: weights, temperature: 2)
    let swapped = student.indices.map { student[$0 % 4 % 2 == 1 ? $0 ^ 2 : $0] }
    let other = divergence(.distribution, swapped, teacher, weights: weights, temperature: 2)
    #expect(abs(other - found) <= 1e-5 * found)
    let plain = divergence(.distribution, student, teacher)
    #expect(abs(divergence(.distribution, swapped, teacher) - plain) > 0.1)
    // A teacher whose unwanted classes are swapped is met as well.
    let met = teacher.indices.map { teacher[$0 % 4 % 2 == 1 ? $0 ^ 2 : $0] }
    #expect(abs(divergence(.distribution, met, teacher, weights: weights)) < 1e-4)
  }

  @Test func weightsOfOneChangeNothing() {
    let ones: [Float] = [1, 1, 1, 1]
    for kind in [DivergenceKind.squaredError, .distribution, .normalizedError] {
      let plain = divergence(kind, student, teacher, temperature: 2)
      let weighted = divergence(kind, student, teacher, weights: ones, temperature: 2)
      #expect(abs(plain - weighted) <= 1e-5 * plain)
    }
  }

  @Test(arguments: [0.1, 3, 1000] as [Float]) func unitsDoNotMatterToNormalizedErrors(unit: Float) {
    let found = divergence(.normalizedError, student, teacher)
    let scale = { (values: [Float]) in values.map { unit * $0 } }
    #expect(
      abs(divergence(.normalizedError, scale(student), scale(teacher)) - found) <= 1e-4 * found)
    if unit > 100 { return }
    // Of a single number too, unless it then hardly varies beside the others.
    let one = { (values: [Float]) in changing(2, of: values) { unit * $0 } }
    #expect(abs(divergence(.normalizedError, one(student), one(teacher)) - found) <= 1e-4 * found)
    #expect(
      abs(divergence(.squaredError, one(student), one(teacher))
        - divergence(.squaredError, student, teacher)) > 0.01 * found)
  }

  @Test func aNumberThatHardlyVariesIsNotBlownUp() {
    let flat = changing(1, of: teacher) { _ in 3 }
    let off = changing(1, of: flat) { $0 + 0.01 }
    let found = divergence(.normalizedError, off, flat)
    #expect(found > 0 && found < 50)
  }

  @Test func crossEntropyIsThatOfTheLabels() {
    let labels = (0..<Self.count).map { $0 * 7 % 4 }
    let found = divergence(.crossEntropy, student, teacher, labels: labels, temperature: 3)
    let expected = labels.enumerated().reduce(0.0) { sum, pair in
      let row = student[pair.offset * 4..<pair.offset * 4 + 4].map(Double.init)
      let total = row.reduce(0) { $0 + Double.pow(2.718281828459045, $1) }
      return sum + Double.log(total) - row[pair.element]
    }
    #expect(abs(found - expected) <= 1e-5 * expected)
  }

  /// Those of heads take no weights: `--outputs` is refused with them.
  @Test(arguments: DivergenceKind.allCases.filter { $0.ofHeads == nil })
  func retrainingMindsTheSameOutputs(kind: DivergenceKind) throws {
    let objective = Objective(
      kind: kind, graph: graph, targets: [teacher], count: Self.count,
      labels: (0..<Self.count).map { $0 % 4 }, weights: [[1, 0, 2, 0]])
    switch objective.trainingLoss(temperature: 3) {
    case .weightedDistillation(3, let weights):
      #expect((kind == .distribution || kind == .crossEntropy) && weights == [[1, 0, 2, 0]])
    case .weightedSquaredError(let weights):
      #expect(kind == .squaredError || kind == .normalizedError)
      #expect(weights[0].map { $0 > 0 } == [true, false, true, false])
    case let loss: Issue.record("\(loss) has no weights")
    }
  }

  @Test(arguments: DivergenceKind.allCases)
  func aPrefixIsTheSameOverItsSamples(kind: DivergenceKind) {
    let objective = Objective(
      kind: kind, graph: graph, targets: [teacher], count: Self.count,
      labels: (0..<Self.count).map { $0 % 4 }, temperature: 2)
    let prefix = objective.prefix(20)
    #expect(prefix.count == 20 && prefix.targets[0].count == 80 && objective.prefix(90).count == 50)
    let (whole, part) = (
      objective.sum(output: 0, student: student, samples: 0..<20),
      prefix.sum(output: 0, student: student, samples: 0..<20)
    )
    #expect(whole == part && whole > 0)
  }
}
