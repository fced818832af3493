// A graph of integers in its exact meaning: what TensorFlow Lite Micro answers, to the last bit. One rule a
// node, made once, each a plain loop over bytes; the arithmetic is FixedPoint's. A byte of type uint8 is
// carried as int8, 128 less, with a zero point 128 less: the same number.

import FixedPoint
import ModelGraph
import Tensors

/// The elements of one value, in its shape's order.
public enum IntegerElements: Equatable, Sendable {
  case int8([Int8])
  case uint8([UInt8])
  /// Of a value without an encoding.
  case float32([Float])
  /// Numbers of places, which no input takes.
  case int32([Int32])
  /// Of the cell of an LSTM, and of what its gates are given.
  case int16([Int16])

  public var count: Int {
    switch self {
    case .int8(let elements): elements.count
    case .uint8(let elements): elements.count
    case .float32(let elements): elements.count
    case .int32(let elements): elements.count
    case .int16(let elements): elements.count
    }
  }
}

/// A graph of integers, ready to run: the teacher of exact blobs and the oracle of all that computes them.
///
///     let executor = try IntegerExecutor(graph)
///     let answers = try executor.outputs(of: [.int8(bytes)])
public struct IntegerExecutor: Sendable {
  public let graph: Graph
  private let steps: [Step]

  private struct Step {
    let rule: NodeRule
    let inputs: [Int]
    let output: Int
  }

  /// - Throws: ``IntegerExecutionError/inexact(node:operation:reason:)`` for the first node without an
  ///   exact meaning.
  /// - Complexity: O(all numbers).
  public init(_ graph: Graph) throws(IntegerExecutionError) {
    self.graph = graph
    var steps: [Step] = []
    for node in graph.nodes {
      steps.append(
        Step(
          rule: try NodeRule(node, in: graph), inputs: node.inputs.map(\.index), output: node.output.index))
    }
    self.steps = steps
  }

  /// Whether a node has an exact meaning.
  ///
  /// - Throws: ``IntegerExecutionError/inexact(node:operation:reason:)`` where it has none.
  package static func check(_ node: Node, in graph: Graph) throws(IntegerExecutionError) {
    _ = try NodeRule(node, in: graph)
  }

  /// What the network answers to one sample.
  ///
  /// - Parameter inputs: of each input of the graph its elements, of its type.
  /// - Throws: ``IntegerExecutionError/elements(input:expected:given:)``,
  ///   ``IntegerExecutionError/inputCount(expected:given:)``.
  /// - Complexity: O(weights that are not 0 x places that each is used at + all elements).
  public func outputs(of inputs: [IntegerElements]) throws(IntegerExecutionError) -> [IntegerElements] {
    let values = try values(of: inputs)
    return graph.outputs.map { values[$0.index] }
  }

  /// The elements of every value of the graph, in the order of its values.
  package func values(of inputs: [IntegerElements]) throws(IntegerExecutionError) -> [IntegerElements] {
    guard inputs.count == graph.inputs.count else {
      throw .inputCount(expected: graph.inputs.count, given: inputs.count)
    }
    var carried = [Carried](repeating: .bytes([]), count: graph.values.count)
    for (id, elements) in zip(graph.inputs, inputs) {
      carried[id.index] = try Carried(elements, of: graph[id])
    }
    for step in steps { carried[step.output] = step.rule(step.inputs.map { carried[$0] }) }
    return zip(graph.values, carried).map { $1.elements(of: $0) }
  }
}

/// Elements between nodes.
enum Carried: Sendable {
  case bytes([Int8])
  case floats([Float])
  case places([Int32])
  case shorts([Int16])

  fileprivate init(_ elements: IntegerElements, of value: Value) throws(IntegerExecutionError) {
    let expected = (value.shape.elementCount, value.integers?.element.rawValue ?? "float32")
    switch elements {
    case .int8(let bytes) where value.integers?.element == .int8: self = .bytes(bytes)
    case .uint8(let bytes) where value.integers?.element == .uint8:
      self = .bytes(bytes.map { Int8(bitPattern: $0 ^ 128) })
    case .float32(let numbers) where value.integers == nil: self = .floats(numbers)
    case .int16(let shorts) where value.integers?.element == .int16: self = .shorts(shorts)
    case .int8, .uint8, .float32, .int32, .int16:
      throw .elements(
        input: value.name, expected: "\(expected.0) of \(expected.1)", given: "others than \(expected.1)")
    }
    guard elements.count == expected.0 else {
      throw .elements(
        input: value.name, expected: "\(expected.0) of \(expected.1)", given: "\(elements.count)")
    }
  }

  fileprivate func elements(of value: Value) -> IntegerElements {
    switch self {
    case .floats(let numbers): .float32(numbers)
    case .places(let places): .int32(places)
    case .shorts(let shorts): .int16(shorts)
    case .bytes(let bytes):
      value.integers?.element == .uint8
        ? .uint8(bytes.map { UInt8(bitPattern: $0) ^ 128 }) : .int8(bytes)
    }
  }
}
