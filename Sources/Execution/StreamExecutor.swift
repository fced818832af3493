import ModelGraph
import Tensors

/// Runs a graph that keeps state: frames in turn, or samples each from the states' beginning.
public struct StreamExecutor {
  private let executor: Executor
  private var states: [Tensor]
  private let beginning: [Tensor]

  /// - Parameter executor: of the whole of its graph.
  public init(_ executor: Executor) {
    self.executor = executor
    let graph = executor.graph
    precondition(executor.inputs == graph.inputs && executor.outputs == graph.outputs, "the whole graph")
    beginning = zip(graph.states, graph.foundStates).map { state, value in
      let shape = [1] + graph[value].shape
      return state.beginning.map { Tensor(shape: shape, values: $0.tensor.values) } ?? Tensor(shape: shape)
    }
    states = beginning
  }

  /// What the next frame finds: [1] + the shape of each state.
  public var found: [Tensor] { states }

  /// Makes every state what it begins as.
  public mutating func reset() { states = beginning }

  /// The answers to the next frames, each of which finds what the one before has left.
  ///
  /// - Parameter inputs: one for each input that is no state, [frames] + its shape.
  /// - Throws: what ``Executor/run(inputs:)`` does.
  public mutating func run(frames inputs: [Tensor]) throws(ExecutionError) -> [Tensor] {
    let (graph, count) = (executor.graph, inputs.first?.shape.first ?? 0)
    var answers = [[Float]](repeating: [], count: graph.sampleOutputs.count)
    for frame in 0..<count {
      let given = inputs.map { $0[frame..<frame + 1] }
      let outputs = try executor.run(inputs: given + states)
      states = Array(outputs.suffix(states.count))
      for (index, output) in outputs.dropLast(states.count).enumerated() { answers[index] += output.values }
    }
    return zip(graph.sampleOutputs, answers).map { Tensor(shape: [count] + graph[$0].shape, values: $1) }
  }

  /// What each of the next frames finds, of each state [frames] + its shape.
  package mutating func found(frames inputs: [Tensor]) throws(ExecutionError) -> [Tensor] {
    let (graph, count) = (executor.graph, inputs.first?.shape.first ?? 0)
    var found = states.map { _ in [Float]() }
    for frame in 0..<count {
      for (index, state) in states.enumerated() { found[index] += state.values }
      states = try executor.run(inputs: inputs.map { $0[frame..<frame + 1] } + states).suffix(states.count)
    }
    return zip(graph.foundStates, found).map { Tensor(shape: [count] + graph[$0].shape, values: $1) }
  }

  /// The answers to samples, each from the states' beginning.
  public func run(samples inputs: [Tensor]) throws(ExecutionError) -> [Tensor] {
    let count = inputs.first?.shape.first ?? 0
    let found = beginning.map { state in
      Tensor(shape: [count] + state.shape.dropFirst(), values: (0..<count).flatMap { _ in state.values })
    }
    return try executor.run(inputs: inputs + found).dropLast(beginning.count)
  }
}

extension Tensor {
  /// Some of its samples.
  fileprivate subscript(samples: Range<Int>) -> Tensor {
    let width = shape.dropFirst().reduce(1, *)
    return Tensor(
      shape: [samples.count] + shape.dropFirst(),
      values: Array(values[samples.lowerBound * width..<samples.upperBound * width]))
  }
}
