// The one vocabulary of Kinglet: a network as a list of nodes over values and parameters.
//
// Shapes are those of ONE SAMPLE: the batch axis is not in the graph at all, since the edge runs one
// sample at a time and the host may run any number. An importer that cannot take the batch axis out
// of an operator refuses the model. One-dimensional convolutions and pools are lifted to two
// dimensions of height 1 by reshapes, so images here are always [channels, height, width].
// A value is made once; nodes are in an order in which they can run.

import Tensors

/// Names a value of one graph: its index in `Graph.values`.
public struct ValueID: Hashable, Sendable, Codable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
}

/// Names a parameter of one graph: its index in `Graph.parameters`.
public struct ParameterID: Hashable, Sendable, Codable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
}

/// What flows along an edge: a name for people and the shape of one sample.
public struct Value: Equatable, Sendable, Codable {
  public var name: String
  /// Axes of one sample, without the batch axis; empty for one number a sample.
  public var shape: [Int]
  /// What its elements stand for where they are integers; nil: they are float32.
  public var integers: IntegerEncoding?
  /// Between what numbers the bytes of a quantized file keep it; nil: nothing is said of it.
  package internal(set) var held: ClosedRange<Double>?
  /// To which numbers `requantize` rounds what it makes, where that is float32; nil: to none.
  public internal(set) var grid: NumberGrid?

  public init(name: String, shape: [Int], integers: IntegerEncoding? = nil) {
    (self.name, self.shape, self.integers) = (name, shape, integers)
  }
}

/// A trained or constant tensor that nodes refer to.
public struct Parameter: Equatable, Sendable {
  /// What a parameter is for; decides whether it is trained, pruned and counted.
  public enum Role: String, Sendable, Codable {
    /// Filters of a convolution or the matrix of a dense layer: pruned and quantized.
    case weight
    /// One number an output channel of a convolution or dense layer.
    case bias
    /// Multiplier and addend of a batch normalization, its statistics folded in.
    case scale, shift
    /// Slopes of a PRelu.
    case slope
    /// A constant operand of the graph; not counted as a parameter of the teacher.
    case constant
  }

  public var name: String
  public var role: Role
  /// Its numbers; those that its integers stand for, where it has any.
  public var tensor: Tensor { didSet { integers = nil } }
  /// What a quantized file holds; gone once the numbers are others.
  public private(set) var integers: IntegerTensor?

  public init(name: String, role: Role, tensor: Tensor) {
    self.name = name
    self.role = role
    self.tensor = tensor
  }

  public init(name: String, role: Role, integers: IntegerTensor) {
    self.init(name: name, role: role, tensor: integers.numbers)
    self.integers = integers
  }
}

/// One operation of the graph.
public struct Node: Equatable, Sendable, Codable {
  /// As the file names it, or operator and number (`Conv_0`) where it gives no name; unique.
  public var name: String
  public var operation: Operation
  public var inputs: [ValueID]
  public var outputs: [ValueID]

  public init(name: String, operation: Operation, inputs: [ValueID], outputs: [ValueID]) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
  }

  /// What an operation of one output makes.
  ///
  /// - Precondition: it has one.
  public var output: ValueID {
    precondition(outputs.count == 1, "node \(name) has \(outputs.count) outputs")
    return outputs[0]
  }
}

/// A network: values, parameters and nodes in running order.
public struct Graph: Equatable, Sendable {
  public package(set) var values: [Value] = []
  public package(set) var parameters: [Parameter] = []
  public package(set) var nodes: [Node] = []
  public package(set) var inputs: [ValueID] = []
  public package(set) var outputs: [ValueID] = []
  /// What lasts from one frame to the next: the last of the inputs, which are the last of the outputs a frame before.
  public package(set) var states: [GraphState] = []
  /// Where the network is not its file to the letter, in sentences: outputs that were left out, inputs that are states, and
  /// why.
  public package(set) var omissions: [String] = []
  /// How outputs of a detector are read as boxes; empty for other networks.
  public package(set) var heads: [DetectionHead] = []

  public init() {}

  public subscript(id: ValueID) -> Value { values[id.index] }
  public subscript(id: ParameterID) -> Parameter { parameters[id.index] }

  /// Adds an input of the whole network.
  public mutating func addInput(name: String, shape: [Int]) -> ValueID {
    values.append(Value(name: name, shape: shape))
    inputs.append(ValueID(values.count - 1))
    return ValueID(values.count - 1)
  }

  /// Adds a parameter.
  public mutating func addParameter(name: String, role: Parameter.Role, tensor: Tensor)
    -> ParameterID
  {
    addParameter(Parameter(name: name, role: role, tensor: tensor))
  }

  /// Adds a parameter, which may be of integers.
  public mutating func addParameter(_ parameter: Parameter) -> ParameterID {
    parameters.append(parameter)
    return ParameterID(parameters.count - 1)
  }

  /// Adds a node and infers the shapes of its outputs.
  ///
  /// - Returns: its first output; all are those of the last of `nodes`.
  /// - Throws: ``GraphError`` when the operation does not take inputs of these shapes.
  public mutating func addNode(
    name: String, _ operation: Operation, inputs: [ValueID], outputName: String? = nil
  ) throws(GraphError) -> ValueID {
    let shapes = try outputShapes(of: operation, inputs: inputs, node: name)
    let outputs = shapes.indices.map { ValueID(values.count + $0) }
    values += shapes.enumerated().map { number, shape in
      Value(name: number == 0 ? outputName ?? name : "\(name).\(number)", shape: shape)
    }
    nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: outputs))
    return outputs[0]
  }

  /// Declares an output of the whole network.
  public mutating func addOutput(_ value: ValueID) { outputs.append(value) }

  /// Adds sentences to those on where the network is not its file to the letter.
  package mutating func addRemarks(_ remarks: [String]) { omissions += remarks }

  /// Names the value; importers call it to keep a file's names for outputs.
  public mutating func rename(_ value: ValueID, to name: String) {
    values[value.index].name = name
  }

  /// Says what a value's elements stand for; nil: they are float32.
  public mutating func encode(_ value: ValueID, as integers: IntegerEncoding?) {
    values[value.index].integers = integers
  }

  /// Says to which numbers a value is rounded, which a `requantize` makes; nil: to none.
  public mutating func round(_ value: ValueID, to grid: NumberGrid?) {
    values[value.index].grid = grid
  }

  /// Replaces a parameter's numbers by others of the same shape.
  ///
  /// - Precondition: `tensor.shape` is the parameter's.
  public mutating func setParameter(_ id: ParameterID, to tensor: Tensor) {
    precondition(parameters[id.index].tensor.shape == tensor.shape)
    parameters[id.index].tensor = tensor
  }

  /// The node that makes a value; nil for an input of the network.
  public func producer(of value: ValueID) -> Node? { nodes.first { $0.outputs.contains(value) } }

  /// How many times nodes and network outputs read a value.
  public func readerCount(of value: ValueID) -> Int {
    nodes.reduce(outputs.filter { $0 == value }.count) { count, node in
      count + node.inputs.filter { $0 == value }.count
    }
  }

  /// Trained numbers of the network: weights, biases, batch normalization's scale and shift (not its
  /// statistics) and PRelu's slopes. A ratio's numerator is four bytes times this.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + ($1.role == .constant ? 0 : $1.tensor.count) }
  }
}
