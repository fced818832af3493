// A graph without its numbers: what a checkpoint keeps as text beside the numbers as bytes.

import Tensors

extension Graph {
  /// Everything of a graph but the numbers of its parameters; of integers only what they stand for is
  /// kept.
  public struct Structure: Codable, Equatable, Sendable {
    /// A parameter's description.
    public struct ParameterShape: Codable, Equatable, Sendable {
      public let name: String
      public let role: Parameter.Role
      public let shape: [Int]
    }

    public var values: [Value]
    public var nodes: [Node]
    public let inputs: [ValueID]
    public let outputs: [ValueID]
    public let parameters: [ParameterShape]
    /// Of a detector; nil where there are none.
    public var heads: [DetectionHead]?
  }

  /// This graph without its numbers.
  public var structure: Structure {
    Structure(
      values: values, nodes: nodes, inputs: inputs, outputs: outputs,
      parameters: parameters.map { .init(name: $0.name, role: $0.role, shape: $0.tensor.shape) },
      heads: heads.isEmpty ? nil : heads)
  }

  /// A graph put together again from a structure that nobody vouches for.
  ///
  /// - Parameter tensors: one list of numbers a parameter, in order.
  /// - Throws: ``GraphError`` when the numbers do not fit the structure or the graph does not verify.
  public init(structure: Structure, tensors: [[Float]]) throws(GraphError) {
    guard structure.parameters.count == tensors.count else {
      throw .malformed(reason: "\(tensors.count) tensors for \(structure.parameters.count) parameters")
    }
    self.init()
    for (parameter, numbers) in zip(structure.parameters, tensors) {
      guard parameter.shape.allSatisfy({ $0 >= 0 && $0 <= Graph.maximumElements }),
        Graph.elementCount(parameter.shape) == numbers.count
      else { throw .malformed(reason: "parameter \(parameter.name) does not have its numbers") }
      parameters.append(
        Parameter(
          name: parameter.name, role: parameter.role,
          tensor: Tensor(shape: parameter.shape, values: numbers)))
    }
    let known = structure.values.indices
    guard (structure.inputs + structure.outputs).allSatisfy({ known.contains($0.index) }) else {
      throw .malformed(reason: "an input or output is not a value")
    }
    (values, nodes) = (structure.values, structure.nodes)
    (inputs, outputs) = (structure.inputs, structure.outputs)
    heads = structure.heads ?? []
    try verify()
  }

  /// Product of sizes, or nil where it overflows.
  private static func elementCount(_ shape: [Int]) -> Int? {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    return count
  }
}
