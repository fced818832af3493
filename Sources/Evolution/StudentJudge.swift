// How a student does on held-back samples, which are never trained on: every choice is made here.

import CKernels
import Execution
import ModelGraph
import Tensors

/// Compares a student with its teacher on fixed samples.
public final class StudentJudge {
  private let samples: SampleSet
  private let targets: [[Float]]
  private let divergence: DivergenceKind
  private let executor: Executor

  /// - Parameters:
  ///   - parameters: the student's; read at each call.
  ///   - targets: the teacher's numbers for `graph.lossValues`, row-major by sample.
  public init(
    graph: Graph, parameters: ParameterStore, samples: SampleSet, targets: [[Float]],
    divergence: DivergenceKind, threads: Int
  ) throws(ExecutionError) {
    self.samples = samples
    self.targets = targets
    self.divergence = divergence
    executor = try Executor(
      graph: graph, threads: threads, parameters: parameters, to: graph.lossValues)
  }

  /// The mean divergence a sample, and the share of samples whose largest number of the first
  /// output is where the teacher's is.
  public func judge() throws(ExecutionError) -> (divergence: Double, agreement: Double) {
    var sum = 0.0
    var agreeing = 0
    let chunk = 256
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      let outputs = try executor.run(inputs: samples.tensors(range, of: executor.graph))
      for (index, output) in outputs.enumerated() {
        let width = output.count / range.count
        let target = Array(targets[index][range.lowerBound * width..<range.upperBound * width])
        output.values.withUnsafeBufferPointer { values in
          guard let student = values.baseAddress else { return }
          sum += divergence.sum(student: student, teacher: target, rows: range.count)
        }
        if index == 0 {
          agreeing += largest(output.values, width).count(equalTo: largest(target, width))
        }
      }
    }
    return (sum / Double(samples.count), Double(agreeing) / Double(samples.count))
  }

  private func largest(_ values: [Float], _ width: Int) -> [Int32] {
    var places = [Int32](repeating: 0, count: values.count / width)
    kx_argmax(&places, values, places.count, width)
    return places
  }
}

extension [Int32] {
  fileprivate func count(equalTo other: [Int32]) -> Int {
    zip(self, other).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
  }
}
