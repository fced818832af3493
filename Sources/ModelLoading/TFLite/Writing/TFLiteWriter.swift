// A graph of integers as a .tflite file, to the last bit: what the importer reads, the other way round.
//
// A graph has the shapes of one sample, and its images channels first; the file has a batch of one in front,
// and its images channels last. So of every value it is known in which order its axes lie in the file. Operators
// that do not care leave the order as it is, a transpose of the graph only renames axes, and TRANSPOSE is
// written only where numbers have to move: at inputs and outputs, which keep the graph's order, and where an
// image is seen as a row. Of a row that dense layers alone read the columns of their weights move instead.

import Foundation
import IntegerExecution
import ModelGraph
import Tensors

public enum TFLiteExporter {
  /// A network of integers as the bytes of a .tflite file, of the very same answers in TensorFlow Lite Micro.
  ///
  /// - Parameters:
  ///   - graph: verified, with exact meaning (``IntegerExecutor/check(_:in:)``).
  ///   - version: of the program that writes it.
  /// - Throws: ``ModelWritingError`` where a node has no operator there that computes the same.
  /// - Complexity: time and memory in proportion to the graph.
  public static func bytes(_ graph: Graph, version: String) throws(ModelWritingError) -> Data {
    var writer = TFLiteWriter(graph)
    let bytes = try writer.write(description: "kinglet \(version)")
    return Data(bytes)
  }
}

/// Makes the tensors and operators of a file from the values and nodes of a graph.
struct TFLiteWriter {
  /// A tensor of the file that holds a value.
  struct Stored: Equatable {
    var tensor: Int
    /// Which axis of the value lies at each of the file's, behind the batch.
    var order: [Int]
  }

  let graph: Graph
  var file = TFLiteFile()
  private var stored: [ValueID: Stored] = [:]
  private var arrangements: [Arrangement: Int] = [:]
  /// Nodes that run inside the operator of another.
  var fused: Set<ValueID> = []
  /// Of a row that dense layers read: which of its elements lie where in the file.
  var columns: [ValueID: [Int]] = [:]

  private struct Arrangement: Hashable {
    let tensor: Int
    let order: [Int]
  }

  init(_ graph: Graph) { self.graph = graph }

  mutating func write(description: String) throws(ModelWritingError) -> [UInt8] {
    for value in graph.values where value.integers?.rounding == .once {
      throw .unsupported(
        node: value.name, reason: "it is rounded as onnxruntime rounds, which no operator of TensorFlow Lite does")
    }
    var inputs: [Int] = []
    for input in graph.inputs {
      let tensor = file.tensor(graph[input].name, [1] + graph[input].shape, content(of: input))
      stored[input] = Stored(tensor: tensor, order: plain(input))
      inputs.append(tensor)
    }
    for node in graph.nodes where !fused.contains(node.output) {
      do throws(IntegerExecutionError) { try IntegerExecutor.check(node, in: graph) } catch {
        throw .unsupported(node: node.name, reason: error.reason)
      }
      try write(node)
    }
    var outputs: [Int] = []
    for output in graph.outputs {
      var tensor = arranged(output, plain(output))
      // An input that is an output, one that is given twice, and a constant.
      if inputs.contains(tensor) || outputs.contains(tensor) || isConstant(output) {
        tensor = reshaped(tensor, to: file.shapes[tensor], "\(graph[output].name)/copy", content(of: output))
      }
      outputs.append(tensor)
    }
    guard file.dataBytes < 1 << 31 - 1 << 24 else { throw .tooLarge(bytes: file.dataBytes) }
    return file.bytes(inputs: inputs, outputs: outputs, description: description)
  }
}

// MARK: - Values

extension TFLiteWriter {
  func content(of value: ValueID) -> TFLiteContent { TFLiteContent(graph[value].integers) }

  /// The order of a value's axes in the graph.
  func plain(_ value: ValueID) -> [Int] { Array(graph[value].shape.indices) }

  func isConstant(_ value: ValueID) -> Bool { constant(value) != nil }

  private func constant(_ value: ValueID) -> ParameterID? {
    if case .constant(let id)? = graph.producer(of: value)?.operation.exactForm { id } else { nil }
  }

  /// How a computed value lies; a constant lies as it is asked for.
  func order(of value: ValueID) -> [Int] { stored[value]?.order ?? plain(value) }

  private func name(_ value: ValueID, _ part: String) -> String { "\(graph[value].name)/\(part)" }

  /// Adds the tensor of what a node makes.
  mutating func output(_ value: ValueID, order: [Int]) -> Int {
    let tensor = file.tensor(graph[value].name, [1] + order.map { graph[value].shape[$0] }, content(of: value))
    stored[value] = Stored(tensor: tensor, order: order)
    return tensor
  }

  /// Says where a value lies that has no operator of its own.
  mutating func store(_ value: ValueID, _ tensor: Int, order: [Int]) {
    stored[value] = Stored(tensor: tensor, order: order)
  }

  /// The tensor of a value with its axes in an order.
  mutating func arranged(_ value: ValueID, _ order: [Int]) -> Int {
    if let id = constant(value) { return constant(id, of: value, order) }
    guard let own = stored[value] else { preconditionFailure("value \(graph[value].name) is made before it is read") }
    return arranged(own, graph[value].shape, order, name(value, "arranged"), content(of: value))
  }

  /// A tensor with its axes in another order: moved where those that are wide come in another one.
  mutating func arranged(
    _ own: Stored, _ shape: [Int], _ order: [Int], _ name: String, _ content: TFLiteContent
  ) -> Int {
    if own.order == order { return own.tensor }
    let key = Arrangement(tensor: own.tensor, order: order)
    if let known = arrangements[key] { return known }
    let sizes = [1] + order.map { shape[$0] }
    let isWide = { (axis: Int) in shape[axis] > 1 }
    let result: Int
    if own.order.filter(isWide) == order.filter(isWide) {
      result = reshaped(own.tensor, to: sizes, name, content)
    } else {
      let places = [0] + order.map { (own.order.firstIndex(of: $0) ?? 0) + 1 }
      result = file.tensor(name, sizes, content)
      file.add(.transpose, version: 2, [own.tensor, file.integers(places, "\(name)/order")], [result])
    }
    arrangements[key] = result
    return result
  }

  /// The same elements under another shape of the file.
  mutating func reshaped(_ tensor: Int, to shape: [Int], _ name: String, _ content: TFLiteContent) -> Int {
    let result = file.tensor(name, shape, content)
    file.add(
      .reshape, [tensor, file.integers(shape, "\(name)/shape")], [result],
      TFLiteOptionFields(type: 17, fields: [0: .numbers(shape.map(Int32.init))]))
    return result
  }

  private mutating func constant(_ id: ParameterID, of value: ValueID, _ order: [Int]) -> Int {
    constant(id, graph[value].shape, order, name(value, "constant"))
  }

  /// A parameter of bytes, or of float32, as a tensor.
  ///
  /// - Parameter shape: of the parameter, with axes of size 1 in front where it is to have more.
  mutating func constant(_ id: ParameterID, _ shape: [Int], _ order: [Int], _ name: String) -> Int {
    let parameter = graph[id]
    let places = transposed(shape, order)
    let sizes = [1] + order.map { shape[$0] }
    guard let integers = parameter.integers else {
      let bytes = places.flatMap { parameter.tensor.values[$0].bitPattern.littleEndianBytes }
      return file.tensor(name, sizes, TFLiteContent(.float32, data: bytes))
    }
    let bytes = places.map { UInt8(truncatingIfNeeded: integers.integers[$0]) }
    return file.tensor(name, sizes, TFLiteContent(integers.encoding, data: bytes))
  }

  /// Where each element of an array with its axes in another order was.
  func transposed(_ shape: [Int], _ order: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return order.reduce([0]) { places, axis in
      places.flatMap { place in (0..<shape[axis]).map { place + $0 * strides[axis] } }
    }
  }
}
