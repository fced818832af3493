// A teacher's answers are what everything is measured by, so they have to be numbers. Samples are finite
// when they are read: an answer that is not comes from the network.

import Execution
import ModelGraph
import Tensors
import Trials

package enum TeacherCheck {
  /// Refuses answers of which one is NaN or infinite, and says which and why.
  ///
  /// - Parameter samples: where to look for the first such answer.
  package static func requireNumbers(
    _ answers: [[Float]], of teacher: Graph, samples: SampleSet, threads: Int
  ) throws(VerificationError) {
    guard !answers.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return }
    let fault = try executing { () throws(ExecutionError) in
      try firstFault(of: teacher, samples: samples, threads: threads)
    }
    guard let fault else { return }
    throw .unfit(reason: fault)
  }

  /// The first sample, in the file's order, whose answer is not a number, in words.
  private static func firstFault(of teacher: Graph, samples: SampleSet, threads: Int)
    throws(ExecutionError) -> String?
  {
    let executor = try Executor(graph: teacher, threads: threads)
    let chunk = 256
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      let outputs = try executor.run(inputs: samples.tensors(range, of: teacher))
      for sample in range {
        for (index, output) in outputs.enumerated() {
          let width = output.count / range.count
          let answer = output.values[(sample - start) * width..<(sample - start + 1) * width]
          guard let bad = answer.first(where: { !$0.isFinite }) else { continue }
          let maker = try firstMaker(executor, samples.tensors(sample..<sample + 1, of: teacher))
          return "the teacher answers sample \(sample) (from 0) with \(bad) at output "
            + "\(teacher[teacher.outputs[index]].name)\(maker), and what is compiled is measured by its answers"
        }
      }
    }
    return nil
  }

  /// The first node that makes no number of the sample.
  private static func firstMaker(_ executor: Executor, _ sample: [Tensor]) throws(ExecutionError)
    -> String
  {
    let nodes = executor.graph.nodes
    let outputs = nodes.flatMap { node in node.outputs.map { (node, $0) } }
    for ((node, _), value) in zip(outputs, try executor.values(outputs.map(\.1), for: sample)) {
      guard let bad = value.values.first(where: { !$0.isFinite }) else { continue }
      return "; node \(node.name) (\(node.operation.name)) is the first to make \(bad) of it"
    }
    return ""
  }
}
