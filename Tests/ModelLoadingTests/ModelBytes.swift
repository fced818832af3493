// ONNX files written by hand, field by field, from ONNX's own field numbers: a road of its own to
// the bytes, apart from the messages that the importer decodes them with.

import ModelGraph
import ModelLoading
import Tensors

/// A protobuf message under construction.
struct Message {
  var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func number(_ field: UInt64, _ value: Int) {
    varint(field << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: UInt64, _ value: Float) {
    varint(field << 3 | 5)
    bytes += littleEndian(value.bitPattern)
  }

  mutating func bytes(_ field: UInt64, _ value: [UInt8]) {
    varint(field << 3 | 2)
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func text(_ field: UInt64, _ value: String) { bytes(field, Array(value.utf8)) }

  mutating func message(_ field: UInt64, _ build: (inout Message) -> Void) {
    var inner = Message()
    build(&inner)
    bytes(field, inner.bytes)
  }
}

func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// A TensorProto.
struct TensorBytes {
  var name: String
  var dims: [Int]
  var type: Int
  /// Fields besides name, dims and data_type.
  var data: Message

  init(_ name: String, dims: [Int], type: Int, build: (inout Message) -> Void) {
    (self.name, self.dims, self.type) = (name, dims, type)
    data = Message()
    build(&data)
  }

  /// float32 in raw_data.
  init(_ name: String, _ dims: [Int], _ values: [Float]) {
    self.init(name, dims: dims, type: 1) {
      $0.bytes(9, values.flatMap { littleEndian($0.bitPattern) })
    }
  }

  /// float32 that count up from 1.
  init(_ name: String, counting dims: [Int]) {
    self.init(name, dims, (0..<dims.elementCount).map { Float($0 + 1) })
  }

  /// int64 in raw_data, one axis.
  init(_ name: String, integers: [Int]) {
    self.init(name, dims: [integers.count], type: 7) {
      $0.bytes(9, integers.flatMap { littleEndian(Int64($0)) })
    }
  }

  var encoded: Message {
    var message = Message()
    for dim in dims { message.number(1, dim) }
    message.number(2, type)
    message.text(8, name)
    message.bytes += data.bytes
    return message
  }
}

/// An AttributeProto.
enum AttributeBytes: Sendable {
  case int(String, Int)
  case float(String, Float)
  case text(String, String)
  case ints(String, [Int])
  case floats(String, [Float])
  case texts(String, [String])
  case tensor(String, TensorBytes)
  case graph(String, BodyBytes)

  var encoded: Message {
    var message = Message()
    func head(_ name: String, _ type: Int) {
      message.text(1, name)
      message.number(20, type)
    }
    switch self {
    case .int(let name, let value):
      head(name, 2)
      message.number(3, value)
    case .float(let name, let value):
      head(name, 1)
      message.float(2, value)
    case .text(let name, let value):
      head(name, 3)
      message.text(4, value)
    case .ints(let name, let values):
      head(name, 7)
      for value in values { message.number(8, value) }
    case .floats(let name, let values):
      head(name, 6)
      for value in values { message.float(7, value) }
    case .texts(let name, let values):
      head(name, 8)
      for value in values { message.text(9, value) }
    case .tensor(let name, let tensor):
      head(name, 4)
      message.bytes(5, tensor.encoded.bytes)
    case .graph(let name, let body):
      head(name, 5)
      message.bytes(6, body.encoded.bytes)
    }
    return message
  }
}

/// A GraphProto within a node.
struct BodyBytes: Sendable {
  var inputs, outputs: [String]
  var nodes: [NodeBytes]
  var weights: [TensorBytes] = []

  var encoded: Message {
    var message = Message()
    for node in nodes { message.bytes(1, node.encoded.bytes) }
    for weight in weights { message.bytes(5, weight.encoded.bytes) }
    for input in inputs { message.bytes(11, ValueBytes(input, []).encoded.bytes) }
    for output in outputs { message.bytes(12, ValueBytes(output, []).encoded.bytes) }
    return message
  }
}

/// A NodeProto.
struct NodeBytes: Sendable {
  var op: String
  var inputs: [String]
  var outputs: [String]
  var attributes: [AttributeBytes]
  var name: String
  var domain: String

  init(
    _ op: String, _ inputs: [String], _ outputs: [String], _ attributes: AttributeBytes...,
    name: String = "", domain: String = ""
  ) {
    (self.op, self.inputs, self.outputs, self.attributes) = (op, inputs, outputs, attributes)
    (self.name, self.domain) = (name, domain)
  }

  var encoded: Message {
    var message = Message()
    for input in inputs { message.text(1, input) }
    for output in outputs { message.text(2, output) }
    if !name.isEmpty { message.text(3, name) }
    message.text(4, op)
    for attribute in attributes { message.bytes(5, attribute.encoded.bytes) }
    if !domain.isEmpty { message.text(7, domain) }
    return message
  }
}

/// A ValueInfoProto; nil is a free axis.
struct ValueBytes {
  var name: String
  var dims: [Int?]
  var type: Int

  init(_ name: String, _ dims: [Int?], type: Int = 1) {
    (self.name, self.dims, self.type) = (name, dims, type)
  }

  var encoded: Message {
    var message = Message()
    message.text(1, name)
    message.message(2) { kind in
      kind.message(1) { tensor in
        tensor.number(1, type)
        guard !dims.isEmpty else { return }
        tensor.message(2) { shape in
          for dim in dims {
            shape.message(1) { if let dim { $0.number(1, dim) } else { $0.text(2, "N") } }
          }
        }
      }
    }
    return message
  }
}

/// A ModelProto.
struct ModelBytes {
  var opset = 17
  var inputs = [ValueBytes("x", [nil, 3, 8, 8])]
  var outputs = [ValueBytes("y", [])]
  var nodes: [NodeBytes]
  var weights: [TensorBytes] = []

  var encoded: [UInt8] {
    var message = Message()
    message.number(1, 8)
    message.text(2, "kinglet-tests")
    message.message(8) { $0.number(2, opset) }
    message.message(7) { graph in
      for node in nodes { graph.bytes(1, node.encoded.bytes) }
      for weight in weights { graph.bytes(5, weight.encoded.bytes) }
      for input in inputs { graph.bytes(11, input.encoded.bytes) }
      for output in outputs { graph.bytes(12, output.encoded.bytes) }
    }
    return message.bytes
  }

  func loaded(fixing: [String: Tensor] = [:], axes: ModelAxes = [:]) throws(ModelLoadingError) -> LoadedModel {
    try ONNXImporter.model(bytes: encoded, fixing: fixing, axes: axes)
  }

  /// Why the model does not load; nil where it does.
  func refusal(fixing: [String: Tensor] = [:], axes: ModelAxes = [:]) -> ModelLoadingError? {
    do throws(ModelLoadingError) {
      _ = try loaded(fixing: fixing, axes: axes)
      return nil
    } catch {
      return error
    }
  }
}

/// A model of few nodes from `x` to `y`.
func model(
  _ nodes: NodeBytes..., input: [Int?] = [nil, 3, 8, 8], weights: [TensorBytes] = [],
  opset: Int = 17
) -> ModelBytes {
  ModelBytes(opset: opset, inputs: [ValueBytes("x", input)], nodes: nodes, weights: weights)
}

extension LoadedModel {
  var operations: [Operation] { graph.nodes.map(\.operation) }
  var operationNames: [String] { operations.map(\.name) }
  /// One sample's shape of the first output.
  var outputShape: [Int] { graph[graph.outputs[0]].shape }
  func parameter(_ name: String) -> Parameter? { graph.parameters.first { $0.name == name } }
}
