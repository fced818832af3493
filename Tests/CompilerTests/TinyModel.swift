// ONNX files written by hand, field by field: enough for a few small networks.

import Foundation
import Tensors

/// A protobuf message under construction.
private struct Message {
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

/// A model of float32 values with a free batch axis.
struct TinyModel {
  private var graph = Message()
  private var random: SeededGenerator
  private var values: [String] = []

  init(seed: UInt64 = 1) { random = SeededGenerator(seed: seed) }

  mutating func input(_ name: String, _ shape: [Int]) { value(11, name, shape) }

  mutating func output(_ name: String, _ shape: [Int]) { value(12, name, shape) }

  private mutating func value(_ field: UInt64, _ name: String, _ shape: [Int]) {
    graph.message(field) { value in
      value.text(1, name)
      value.message(2) { type in
        type.message(1) { tensor in
          tensor.number(1, 1)
          tensor.message(2) { dims in
            dims.message(1) { $0.text(2, "N") }
            for size in shape { dims.message(1) { $0.number(1, size) } }
          }
        }
      }
    }
  }

  /// A seeded normal tensor as initializer, or the numbers given.
  mutating func weights(_ name: String, _ shape: [Int], scale: Float = 1, _ given: [Float]? = nil) {
    let numbers = given ?? (0..<shape.elementCount).map { _ in random.nextNormal() * scale }
    graph.message(5) { tensor in
      for size in shape { tensor.number(1, size) }
      tensor.number(2, 1)
      tensor.text(8, name)
      tensor.bytes(9, numbers.flatMap { $0.bitPattern.bytes })
    }
  }

  mutating func node(
    _ op: String, _ inputs: [String], _ output: String, ints: [String: [Int]] = [:],
    numbers: [String: Int] = [:]
  ) {
    graph.message(1) { node in
      for input in inputs { node.text(1, input) }
      node.text(2, output)
      node.text(3, output)
      node.text(4, op)
      for (name, values) in ints.sorted(by: { $0.key < $1.key }) {
        node.message(5) { attribute in
          attribute.text(1, name)
          attribute.number(20, 7)
          for value in values { attribute.number(8, value) }
        }
      }
      for (name, value) in numbers.sorted(by: { $0.key < $1.key }) {
        node.message(5) { attribute in
          attribute.text(1, name)
          attribute.number(20, 2)
          attribute.number(3, value)
        }
      }
    }
  }

  /// A dense layer: Gemm with transposed weights. Biases are multiples of 1/64, so that any
  /// precision keeps them.
  mutating func dense(_ x: String, _ output: String, from inputs: Int, to outputs: Int) {
    weights("\(output).w", [outputs, inputs], scale: 1 / Float(inputs).squareRoot())
    weights("\(output).b", [outputs], biases(outputs))
    node("Gemm", [x, "\(output).w", "\(output).b"], output, numbers: ["transB": 1])
  }

  mutating func convolution(_ x: String, _ output: String, from inputs: Int, to outputs: Int) {
    weights("\(output).w", [outputs, inputs, 3, 3], scale: 1 / Float(9 * inputs).squareRoot())
    weights("\(output).b", [outputs], biases(outputs))
    node("Conv", [x, "\(output).w", "\(output).b"], output, ints: ["pads": [1, 1, 1, 1]])
  }

  private mutating func biases(_ count: Int) -> [Float] {
    (0..<count).map { _ in (random.nextNormal() * 16).rounded() / 64 }
  }

  var encoded: [UInt8] {
    var message = Message()
    message.number(1, 8)
    message.message(8) { $0.number(2, 17) }
    message.bytes(7, graph.bytes)
    return message.bytes
  }

  func write(to path: String) throws {
    try Data(encoded).write(to: URL(fileURLWithPath: path))
  }
}

extension FixedWidthInteger {
  fileprivate var bytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

// MARK: - Networks

extension TinyModel {
  /// [1, 6, 6] to 5 classes: layers `conv` (36 weights), `fc1` (864) and `fc2` (80).
  static func classifier(seed: UInt64 = 1) -> TinyModel {
    var model = TinyModel(seed: seed)
    model.input("image", [1, 6, 6])
    model.convolution("image", "conv", from: 1, to: 4)
    model.node("Relu", ["conv"], "relu")
    model.node("MaxPool", ["relu"], "pool", ints: ["kernel_shape": [2, 2], "strides": [2, 2]])
    model.node("Flatten", ["pool"], "flat")
    model.dense("flat", "fc1", from: 36, to: 24)
    model.node("Relu", ["fc1"], "relu1")
    model.dense("relu1", "fc2", from: 24, to: 5)
    model.node("Softmax", ["fc2"], "probabilities")
    model.output("probabilities", [5])
    return model
  }

  /// [6] to the number of a class of five.
  static func chooser(least: Bool = false) -> TinyModel {
    var model = TinyModel(seed: 4)
    model.input("x", [6])
    model.dense("x", "fc1", from: 6, to: 16)
    model.node("Relu", ["fc1"], "relu")
    model.dense("relu", "fc2", from: 16, to: 5)
    model.node("Softmax", ["fc2"], "shares")
    model.node(least ? "ArgMin" : "ArgMax", ["shares"], "class", numbers: ["axis": 1])
    model.output("class", [1])
    return model
  }

  /// [8] to [8] through slopes and a batch normalization that nothing can take in.
  static func autoencoder(seed: UInt64 = 2) -> TinyModel {
    var model = TinyModel(seed: seed)
    model.input("x", [8])
    model.dense("x", "down", from: 8, to: 6)
    model.weights("slope", [6], scale: 0.3)
    model.node("PRelu", ["down", "slope"], "prelu")
    for name in ["scale", "shift", "mean"] { model.weights(name, [6], scale: 0.5) }
    model.weights("variance", [6], [1, 2, 0.5, 1, 1.5, 0.75])
    model.node("BatchNormalization", ["prelu", "scale", "shift", "mean", "variance"], "norm")
    model.dense("norm", "up", from: 6, to: 8)
    model.output("up", [8])
    return model
  }

  /// Two inputs, two outputs.
  static func twoByTwo() -> TinyModel {
    var model = TinyModel(seed: 3)
    model.input("a", [6])
    model.input("b", [4])
    model.dense("a", "fa", from: 6, to: 4)
    model.node("Add", ["fa", "b"], "sum")
    model.node("Relu", ["sum"], "relu")
    model.dense("relu", "fb", from: 4, to: 3)
    model.output("sum", [4])
    model.output("fb", [3])
    return model
  }

  /// One matrix that two layers share.
  static func sharedMatrix() -> TinyModel {
    var model = TinyModel(seed: 4)
    model.input("x", [8])
    model.weights("w", [8, 8], scale: 0.35)
    model.node("Gemm", ["x", "w"], "first", numbers: ["transB": 1])
    model.node("Relu", ["first"], "relu")
    model.node("Gemm", ["relu", "w"], "second", numbers: ["transB": 1])
    model.output("second", [8])
    return model
  }

  /// A layer that is all zeros, between two others.
  static func deadLayer() -> TinyModel {
    var model = TinyModel(seed: 5)
    model.input("x", [4])
    model.dense("x", "first", from: 4, to: 6)
    model.weights("dead.w", [5, 6], [Float](repeating: 0, count: 30))
    model.weights("dead.b", [5], [0.5, -1, 2, 0, 1])
    model.node("Gemm", ["first", "dead.w", "dead.b"], "dead", numbers: ["transB": 1])
    model.dense("dead", "last", from: 5, to: 3)
    model.output("last", [3])
    return model
  }

  /// A dense layer over the rows of an image, between two others.
  static func rowsOfAnImage() -> TinyModel {
    var model = TinyModel(seed: 6)
    model.input("image", [2, 4, 5])
    model.convolution("image", "conv", from: 2, to: 3)
    model.weights("rows.w", [5, 6], scale: 0.4)
    model.node("MatMul", ["conv", "rows.w"], "rows")
    model.node("Relu", ["rows"], "relu")
    model.node("Flatten", ["relu"], "flat")
    model.dense("flat", "last", from: 72, to: 4)
    model.output("last", [4])
    return model
  }
}
