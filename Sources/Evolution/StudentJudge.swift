// How a student does on held-back samples, which are never trained on: every choice is made here.

import Execution
import ModelGraph
import Tensors
import Trials

/// Compares a student with its teacher on fixed samples.
public final class StudentJudge {
  private let samples: SampleSet
  private let objective: Objective
  private let reading: AnswerReading
  /// The teacher's numbers that answers are read from, row-major by sample.
  private let answers: [[Float]]
  /// Samples that losses are counted on besides.
  private let others: AnsweredSamples?
  /// Gives what divergences are of, and then what answers are read from where that is not the same.
  private let executor: Executor
  private let readsApart: Bool

  /// - Parameters:
  ///   - parameters: the student's; read at each call.
  ///   - samples: held-back ones, with the teacher's answers.
  ///   - answers: the teacher's numbers for `reading.values(of: graph)`, row-major by sample.
  ///   - others: that losses are counted on besides; nil: none.
  ///   - objective: over the held-back samples.
  package init(
    graph: Graph, parameters: ParameterStore, samples: SampleSet, answers: [[Float]],
    others: AnsweredSamples? = nil, reading: AnswerReading, objective: Objective, threads: Int
  ) throws(ExecutionError) {
    precondition(objective.count == samples.count)
    self.samples = samples
    self.objective = objective
    (self.answers, self.others, self.reading) = (answers, others, reading)
    let read = reading.values(of: graph)
    readsApart = read != graph.lossValues
    executor = try Executor(
      graph: graph, threads: threads, parameters: parameters,
      to: graph.lossValues + (readsApart ? read : []))
  }

  /// The mean divergence a sample, and what the student's answers are worth.
  package func judge() throws(ExecutionError) -> Judgement {
    var sum = 0.0
    var count = AnswerCount(reading)
    try executor.run(samples) { range, outputs in
      objective.add(outputs, samples: range, to: &sum)
      add(outputs, range, of: samples, answers, to: &count)
    }
    var all = count
    if let others {
      try executor.run(others.samples) { range, outputs in
        add(outputs, range, of: others.samples, others.answers, to: &all)
      }
    }
    return Judgement(divergence: sum / Double(samples.count), answers: count, all: all)
  }

  /// Gives up memory until it is asked again.
  func rest() { executor.forgetPrograms() }

  private func add(
    _ outputs: [Tensor], _ range: Range<Int>, of set: SampleSet, _ answers: [[Float]],
    to count: inout AnswerCount
  ) {
    count.add(
      teacher: answers.map { Self.rows($0, range, of: set.count) },
      student: outputs.suffix(executor.graph.outputs.count).map(\.values), samples: range.count,
      labels: set.labels.map { Array($0[range]) }, known: set.known.map { Array($0[range]) })
  }

  private static func rows(_ values: [Float], _ range: Range<Int>, of count: Int) -> [Float] {
    let width = values.count / max(count, 1)
    return Array(values[range.lowerBound * width..<range.upperBound * width])
  }
}

/// How a student does on held-back samples.
public struct Judgement: Equatable, Sendable {
  /// Mean a sample.
  public var divergence: Double
  /// What was counted of its answers.
  public var answers: AnswerCount
  /// The same where others were counted besides.
  public var all: AnswerCount

  /// What limits are held by: the most that was lost, on held-back samples or on all.
  public var loss: AnswerLoss {
    let (own, whole) = (answers.loss, all.loss)
    return own.points < whole.points ? whole : own
  }
  /// Share of samples answered as the teacher does; nil where numbers are the answer.
  public var agreement: Double? { answers.agreement?.share }
  /// Share of samples answered as their labels say; nil without labels.
  public var accuracy: Double? { answers.studentAccuracy?.share }
}
