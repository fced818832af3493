import Evolution
import Execution
import ModelGraph
import Tensors
import TestSupport
import Testing
import Trials

/// How a student is judged.
struct StudentJudgeTests {
  private func judge(
    _ bench: Bench, _ student: Graph, _ kind: DivergenceKind, temperature: Float = 1,
    threads: Int = 2
  ) throws -> Judgement {
    let samples = bench.samples
    let objective = Objective(
      kind: kind, graph: bench.graph, targets: samples.heldBackTargets,
      count: samples.heldBack.count, labels: samples.heldBack.labels, temperature: temperature)
    return try StudentJudge(
      graph: bench.graph, parameters: ParameterStore(student), samples: samples.heldBack,
      answers: samples.heldBackAnswers, reading: samples.reading, objective: objective, threads: threads
    ).judge()
  }

  @Test(arguments: [DivergenceKind.distribution, .squaredError, .normalizedError])
  func theTeacherItselfDoesNotDiverge(kind: DivergenceKind) throws {
    let bench = try Bench.classifier()
    let judged = try judge(bench, bench.graph, kind, temperature: 2)
    #expect(abs(judged.divergence) < 1e-9 && judged.agreement == 1 && judged.accuracy == nil)
  }

  @Test func agreementIsTheShareOfEqualAnswers() throws {
    let bench = try Bench.classifier()
    let student = bench.graph.perturbed(seed: 5)
    let judged = try judge(bench, student, .squaredError, threads: 1)
    let answers = try student.answers(to: bench.samples.heldBack)[0]
    let targets = bench.samples.heldBackTargets[0]
    var (equal, squares) = (0, 0.0)
    for sample in 0..<70 {
      let range = sample * 5..<(sample + 1) * 5
      let largest = { (values: [Float]) in range.max { values[$0] < values[$1] } }
      equal += largest(answers) == largest(targets) ? 1 : 0
      for index in range {
        squares += Double((answers[index] - targets[index]) * (answers[index] - targets[index]))
      }
    }
    #expect(judged.agreement == Double(equal) / 70)
    #expect(abs(judged.divergence - squares / 5 / 70) <= 1e-6 * judged.divergence)
  }

  @Test func accuracyIsTheShareOfAnswersThatLabelsSay() throws {
    let bench = try Bench.classifier(labelled: true)
    let student = bench.graph.perturbed(seed: 5)
    let judged = try judge(bench, student, .crossEntropy)
    let answers = try student.answers(to: bench.samples.heldBack)[0]
    let labels = try #require(bench.samples.heldBack.labels)
    let right = labels.indices.count { sample in
      let row = answers[sample * 5..<(sample + 1) * 5]
      return row.max() == row[sample * 5 + labels[sample]]
    }
    #expect(right > 0 && judged.accuracy == Double(right) / 70)
    #expect(judged.divergence > 0)
  }
}
