import ModelGraph

/// A graph of integers that is run frame by frame, its state carried from one to the next.
///
///     var stream = IntegerStream(executor)
///     for frame in frames { answers.append(try stream.outputs(of: frame)) }
public struct IntegerStream: Sendable {
  private let executor: IntegerExecutor
  private let beginning: [IntegerElements]
  /// What the next frame finds, in the order of the graph's states.
  public private(set) var states: [IntegerElements]

  public init(_ executor: IntegerExecutor) {
    self.executor = executor
    beginning = zip(executor.graph.states, executor.graph.foundStates).map { state, value in
      IntegerElements(beginning: state, of: executor.graph[value])
    }
    states = beginning
  }

  /// Makes every state what it begins as.
  public mutating func reset() { states = beginning }

  /// What the network answers to the next frame.
  ///
  /// - Parameter frame: of each input that is no state its elements.
  /// - Throws: what ``IntegerExecutor/outputs(of:)`` does; the states are then as before.
  public mutating func outputs(of frame: [IntegerElements]) throws(IntegerExecutionError) -> [IntegerElements] {
    let outputs = try executor.outputs(of: frame + states)
    states = Array(outputs.suffix(states.count))
    return outputs.dropLast(states.count)
  }
}

extension IntegerElements {
  /// A state's first elements.
  fileprivate init(beginning state: GraphState, of value: Value) {
    if let integers = state.beginning?.integers {
      self =
        integers.encoding.element == .uint8
        ? .uint8(integers.integers.map { UInt8(truncatingIfNeeded: $0) })
        : .int8(integers.integers.map { Int8(truncatingIfNeeded: $0) })
      return
    }
    let numbers = state.beginning?.tensor.values ?? [Float](repeating: 0, count: value.shape.reduce(1, *))
    self.init(of: numbers, in: value)
  }
}
