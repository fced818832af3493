// What a run trains on and what it judges by, with the teacher's answers to both.

import Execution
import ModelGraph
import Tensors

/// Samples with the teacher's numbers for them.
public struct TrainingSamples: Sendable {
  public let training: SampleSet
  /// Never trained on; every choice is made on these.
  public let heldBack: SampleSet
  /// The teacher's numbers for `Graph.lossValues`, row-major by sample.
  public let trainingTargets: [[Float]]
  public let heldBackTargets: [[Float]]

  /// Runs the teacher once over all samples.
  public init(
    teacher: Graph, training: SampleSet, heldBack: SampleSet, threads: Int
  ) throws(ExecutionError) {
    self.training = training
    self.heldBack = heldBack
    let executor = try Executor(graph: teacher, threads: threads, to: teacher.lossValues)
    trainingTargets = try Self.answers(executor, training)
    heldBackTargets = try Self.answers(executor, heldBack)
  }

  private static func answers(_ executor: Executor, _ samples: SampleSet) throws(ExecutionError)
    -> [[Float]]
  {
    var answers = executor.outputs.map { value in
      var values: [Float] = []
      values.reserveCapacity(samples.count * executor.graph[value].shape.elementCount)
      return values
    }
    let chunk = 256
    for start in stride(from: 0, to: samples.count, by: chunk) {
      let range = start..<min(start + chunk, samples.count)
      let outputs = try executor.run(inputs: samples.tensors(range, of: executor.graph))
      for (index, output) in outputs.enumerated() { answers[index] += output.values }
    }
    return answers
  }

  /// The samples of one gradient step.
  public func batch(_ indices: [Int]) -> TrainingBatch {
    TrainingBatch(
      inputs: training.arrays(at: indices),
      targets: trainingTargets.map { target in
        let width = target.count / training.count
        var gathered: [Float] = []
        gathered.reserveCapacity(indices.count * width)
        for index in indices { gathered += target[index * width..<(index + 1) * width] }
        return gathered
      })
  }
}

/// Inputs and targets of one gradient step.
public struct TrainingBatch: Sendable {
  public let inputs: [[Float]]
  public let targets: [[Float]]

  /// Calls `body` with the addresses of all arrays.
  public func withPointers<R>(
    _ body: ([UnsafePointer<Float>], [UnsafePointer<Float>]) throws(ExecutionError) -> R
  ) throws(ExecutionError) -> R {
    try Self.pointers(to: inputs[...]) { inputs throws(ExecutionError) in
      try Self.pointers(to: targets[...]) { targets throws(ExecutionError) in
        try body(inputs, targets)
      }
    }
  }

  private static func pointers<R>(
    to arrays: ArraySlice<[Float]>, _ found: [UnsafePointer<Float>] = [],
    _ body: ([UnsafePointer<Float>]) throws(ExecutionError) -> R
  ) throws(ExecutionError) -> R {
    guard let first = arrays.first else { return try body(found) }
    return try first.withUnsafeBufferPointer { buffer throws(ExecutionError) in
      guard let address = buffer.baseAddress else { preconditionFailure("an empty batch") }
      return try pointers(to: arrays.dropFirst(), found + [address], body)
    }
  }
}
