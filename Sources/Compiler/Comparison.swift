// The same samples through the teacher on the host, the quantized student on the host, and the blob
// in the C runtime.

import Evolution
import Execution
import ModelGraph
import Tensors

/// What came of running three forms of a network on the same samples.
public struct Comparison {
  public var answers: AnswerCount
  public var samples = 0
  /// C runtime against Execution on the same student; nil where no student was given.
  public var maxAbsoluteDifference: Float?
  public var relativeDifference: Float?

  /// Runs all samples.
  ///
  /// - Parameters:
  ///   - student: the network that the blob stands for, or nil.
  ///   - progress: called with the samples done.
  static func run(
    blob: [UInt8], teacher: Graph, student: Graph?, samples: SampleSet, task: NetworkTask,
    threads: Int, progress: (Int) -> Void
  ) throws(CompilerError) -> Comparison {
    let edge = try EdgePool(blob, threads: threads)
    try edge.check(against: teacher)
    let reference = try Compilation.executing { () throws(ExecutionError) in
      try Executor(graph: teacher, threads: threads)
    }
    let twin = try student.map { (student) throws(CompilerError) in
      try Compilation.executing { () throws(ExecutionError) in
        try Executor(graph: student, threads: threads)
      }
    }
    var comparison = Comparison(answers: AnswerCount(task: task))
    var (difference, magnitude): (Float, Float) = (0, 0)
    let chunk = 256
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      let inputs = samples.tensors(range, of: teacher)
      let expected = try Compilation.executing { () throws(ExecutionError) in
        try reference.run(inputs: inputs)
      }
      let answered = try edge.run(inputs, count: range.count)
      comparison.count(expected, answered, labels: samples.labels.map { Array($0[range]) })
      if let twin {
        let exact = try Compilation.executing { () throws(ExecutionError) in
          try twin.run(inputs: inputs)
        }
        for (a, b) in zip(answered, exact) {
          for (x, y) in zip(a, b.values) {
            difference = max(difference, x.isFinite ? abs(x - y) : .infinity)
            magnitude = max(magnitude, abs(y))
          }
        }
      }
      progress(range.upperBound)
    }
    comparison.samples = samples.count
    if twin != nil {
      comparison.maxAbsoluteDifference = difference
      comparison.relativeDifference = difference == 0 ? 0 : difference / magnitude
    }
    return comparison
  }

  private mutating func count(_ expected: [Tensor], _ answered: [[Float]], labels: [Int]?) {
    for (output, pair) in zip(expected, answered).enumerated() {
      let (teacher, edge) = pair
      let samples = teacher.shape[0]
      let width = teacher.count / max(samples, 1)
      teacher.values.withUnsafeBufferPointer { teacher in
        edge.withUnsafeBufferPointer { edge in
          for sample in 0..<samples {
            let range = sample * width..<(sample + 1) * width
            let (a, b) = (
              UnsafeBufferPointer(rebasing: teacher[range]), UnsafeBufferPointer(rebasing: edge[range])
            )
            if output == 0 {
              answers.add(teacher: a, edge: b, label: labels?[sample])
            } else {
              answers.addValues(teacher: a, edge: b)
            }
          }
        }
      }
    }
  }
}

/// The C runtime on several threads, one open blob and arena each.
package final class EdgePool {
  private let runtimes: [EdgeRuntime]

  package init(_ blob: [UInt8], threads: Int) throws(CompilerError) {
    var runtimes: [EdgeRuntime] = []
    for _ in 0..<threads {
      do { runtimes.append(try EdgeRuntime(blob)) } catch { throw .runtime(error) }
    }
    self.runtimes = runtimes
  }

  package var arenaBytes: Int { runtimes[0].arenaBytes }

  /// Whether the blob takes and gives what the graph does.
  func check(against graph: Graph) throws(CompilerError) {
    let inputs = graph.inputs.map { graph[$0].shape.elementCount }
    let outputs = graph.outputs.map { graph[$0].shape.elementCount }
    guard runtimes[0].inputCounts == inputs, runtimes[0].outputCounts == outputs else {
      throw .unfit(
        reason: "the blob takes \(runtimes[0].inputCounts) and gives \(runtimes[0].outputCounts) "
          + "numbers, the model \(inputs) and \(outputs); they are not the same network")
    }
  }

  /// Each output for all samples, row-major by sample.
  package func run(_ inputs: [Tensor], count: Int) throws(CompilerError) -> [[Float]] {
    let inputCounts = runtimes[0].inputCounts
    let outputCounts = runtimes[0].outputCounts
    var outputs = outputCounts.map { [Float](repeating: 0, count: count * $0) }
    let threads = min(runtimes.count, count)
    guard threads > 0 else { return outputs }
    let ins = inputs.map { Scratch($0.values) }
    let outs = outputs.map { Scratch($0) }
    let statuses = Scratch([Float](repeating: 0, count: threads))
    parallel(threads) { thread in
      for sample in stride(from: thread, to: count, by: threads) {
        do throws(RuntimeStatus) {
          try runtimes[thread].run(
            inputs: zip(ins, inputCounts).map { UnsafePointer($0.pointer + sample * $1) },
            outputs: zip(outs, outputCounts).map { $0.pointer + sample * $1 })
        } catch {
          statuses.pointer[thread] = Float(error.rawValue)
        }
      }
    }
    for thread in 0..<threads where statuses.pointer[thread] != 0 {
      throw .runtime(RuntimeStatus(rawValue: Int32(statuses.pointer[thread])) ?? .corrupt)
    }
    for index in outputs.indices { outputs[index] = outs[index].values }
    return outputs
  }
}

/// Memory that several threads write to in different places.
private final class Scratch {
  let pointer: UnsafeMutablePointer<Float>
  private let count: Int

  init(_ values: [Float]) {
    count = values.count
    pointer = .allocate(capacity: max(count, 1))
    pointer.update(from: values, count: count)
  }

  deinit { pointer.deallocate() }

  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}
