// How a student does on held-back samples, which are never trained on: every choice is made here.

import CKernels
import Execution
import ModelGraph
import Tensors

/// Compares a student with its teacher on fixed samples.
public final class StudentJudge {
  private let samples: SampleSet
  private let objective: Objective
  /// Where the largest number of the first output is to be: the teacher's, one a sample.
  private let answers: [Int32]
  private let executor: Executor

  /// - Parameters:
  ///   - parameters: the student's; read at each call.
  ///   - samples: held-back ones, with the teacher's answers.
  ///   - objective: over the same samples.
  package init(
    graph: Graph, parameters: ParameterStore, samples: SampleSet, teacher: [[Float]],
    objective: Objective, threads: Int
  ) throws(ExecutionError) {
    precondition(objective.count == samples.count)
    self.samples = samples
    self.objective = objective
    answers = Self.largest(teacher[0], teacher[0].count / max(samples.count, 1))
    executor = try Executor(
      graph: graph, threads: threads, parameters: parameters, to: graph.lossValues)
  }

  /// The mean divergence a sample, and the share of samples whose largest number of the first
  /// output is where the teacher's is.
  package func judge() throws(ExecutionError) -> Judgement {
    var sum = 0.0
    var (agreeing, right) = (0, 0)
    let chunk = 256
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      let outputs = try executor.run(inputs: samples.tensors(range, of: executor.graph))
      for (index, output) in outputs.enumerated() {
        sum += output.values.withUnsafeBufferPointer { values in
          values.baseAddress.map { objective.sum(output: index, student: $0, samples: range) } ?? 0
        }
      }
      let found = Self.largest(outputs[0].values, outputs[0].count / range.count)
      for (offset, place) in found.enumerated() {
        agreeing += place == answers[range.lowerBound + offset] ? 1 : 0
        if let labels = samples.labels { right += Int(place) == labels[range.lowerBound + offset] ? 1 : 0 }
      }
    }
    let count = Double(samples.count)
    return Judgement(
      divergence: sum / count, agreement: Double(agreeing) / count,
      accuracy: samples.labels == nil ? nil : Double(right) / count)
  }

  private static func largest(_ values: [Float], _ width: Int) -> [Int32] {
    var places = [Int32](repeating: 0, count: values.count / width)
    kx_argmax(&places, values, places.count, width)
    return places
  }
}

/// How a student does on held-back samples.
public struct Judgement: Equatable, Sendable {
  /// Mean a sample.
  public var divergence: Double
  /// Share of samples answered as the teacher does.
  public var agreement: Double
  /// Share of samples answered as their labels say; nil without labels.
  public var accuracy: Double?
}
