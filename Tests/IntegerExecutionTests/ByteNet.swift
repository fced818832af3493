import FixedPoint
import IntegerExecution
import ModelGraph
import Tensors

/// A graph of integers, built a node at a time.
struct ByteNet {
  private(set) var graph = Graph()
  private var random: SeededGenerator

  init(seed: UInt64 = 1) { random = SeededGenerator(seed: seed) }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func bytes(_ count: Int) -> [Int8] { (0..<count).map { _ in Int8(number(-128...127)) } }

  static func encoding(_ scale: Float, _ zero: Int32) -> IntegerEncoding {
    IntegerEncoding(.int8, scales: [scale], zeroPoints: [zero])
  }

  mutating func input(_ shape: [Int], _ integers: IntegerEncoding?) -> ValueID {
    let id = graph.addInput(name: "x\(graph.inputs.count)", shape: shape)
    graph.encode(id, as: integers)
    return id
  }

  mutating func node(_ operation: Operation, _ inputs: ValueID..., to integers: IntegerEncoding?) throws
    -> ValueID
  {
    let id = try graph.addNode(name: "node\(graph.nodes.count)", operation, inputs: inputs)
    graph.encode(id, as: integers)
    return id
  }

  mutating func parameter(
    _ shape: [Int], _ integers: [Int32], _ encoding: IntegerEncoding, _ role: Parameter.Role
  ) -> ParameterID {
    guard let tensor = IntegerTensor(shape: shape, integers: integers, encoding: encoding) else {
      preconditionFailure("the integers fit")
    }
    return graph.addParameter(Parameter(name: "p\(graph.parameters.count)", role: role, integers: tensor))
  }

  /// Random weights of a scale a row, or one for all.
  mutating func weights(_ shape: [Int], rowScales: Bool) -> ParameterID {
    let count = rowScales ? shape[0] : 1
    let scales = (0..<count).map { _ in Float(number(1...400)) * 0.0001 }
    return parameter(
      shape, bytes(shape.elementCount).map { Int32($0) },
      IntegerEncoding(
        .int8, scales: scales, zeroPoints: [Int32](repeating: 0, count: count), axis: rowScales ? 0 : nil),
      .weight)
  }

  mutating func biases(_ count: Int) -> ParameterID {
    parameter(
      [count], (0..<count).map { _ in Int32(number(-20000...20000)) },
      IntegerEncoding(.int32, scales: [0.001], zeroPoints: [0]), .bias)
  }

  /// What the network with these outputs answers.
  mutating func run(_ inputs: [IntegerElements], _ outputs: ValueID...) throws -> [IntegerElements] {
    for output in outputs { graph.addOutput(output) }
    try graph.verify()
    return try IntegerExecutor(graph).outputs(of: inputs)
  }
}
