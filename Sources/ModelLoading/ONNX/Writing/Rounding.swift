// Numbers that are rounded: QuantizeLinear and DequantizeLinear, one behind the other.

import ModelGraph
import Tensors

extension ONNXWriter {
  /// Among floats it is nothing, or a way there and back through the integers of a grid.
  mutating func writeRequantize(_ node: Node) throws(ModelWritingError) {
    guard (node.inputs + node.outputs).allSatisfy({ graph[$0].integers == nil }) else {
      throw .unsupported(node: node.name, reason: "it is between integers")
    }
    switch graph[node.output].grid {
    case nil: add("Identity", of: node)
    case .fixed(let scale, let zeroPoint, let low, let high)?:
      let type = ONNXElement.holding(low...high)
      var x = input(node)
      if type.range != low...high { x = clipped(x, scale, low - zeroPoint...high - zeroPoint, node) }
      let by = [self.scalar(scale, "\(node.name)/scale"), zero(zeroPoint, type, node)]
      let integers = add("QuantizeLinear", [x] + by, node: "\(node.name)/quantized")
      add("DequantizeLinear", [integers] + by, of: node)
    case .ofSample?:
      // As the file had it that it came from, which is of one sample: all samples that are given share one scale.
      let names = ["integers", "scale", "zero"].map { unique("\(node.name)/\($0)") }
      add("DynamicQuantizeLinear", [input(node)], node: "\(node.name)/quantized", output: names[0], further: names[1...])
      add("DequantizeLinear", names, of: node)
    }
  }

  /// The numbers that constant integers stand for: one scale for all, or one for each position of an axis.
  mutating func numbers(of integers: IntegerTensor, _ name: String) -> String {
    let (encoding, type) = (integers.encoding, ONNXElement.of(integers.encoding.element))
    let shape = encoding.axis == nil ? [] : [encoding.scales.count]
    let elements = { (values: [Int32]) in values.flatMap { $0.littleEndianBytes.prefix(type.bytes) } }
    let stored = raw(elements(integers.integers), type.number, integers.shape, "\(name)/integers")
    let scales = tensor(Tensor(shape: shape, values: encoding.scales), "\(name)/scale")
    let zeros = raw(elements(encoding.zeroPoints), type.number, shape, "\(name)/zero")
    return add(
      "DequantizeLinear", [stored, scales, zeros], node: name,
      integer: encoding.axis.map { ["axis": Int64($0)] } ?? [:])
  }

  /// Numbers kept to fewer integers than a type of ONNX has.
  private mutating func clipped(_ x: String, _ scale: Float, _ steps: ClosedRange<Int32>, _ node: Node) -> String {
    let ends = [steps.lowerBound, steps.upperBound].map { scalar(Float($0) * scale, "\(node.name)/end") }
    return add("Clip", [x] + ends, node: "\(node.name)/clipped")
  }

  private mutating func zero(_ zeroPoint: Int32, _ type: ONNXElement.Integers, _ node: Node) -> String {
    if type.opset > opset { opset = type.opset }
    return raw(Array(zeroPoint.littleEndianBytes.prefix(type.bytes)), type.number, [], "\(node.name)/zero")
  }
}

extension ONNXElement {
  /// A type of integers that numbers are rounded to.
  struct Integers {
    let number: Int32
    let bytes: Int
    let range: ClosedRange<Int32>
    /// Since which operator set.
    let opset: Int64
  }

  static func of(_ element: IntegerEncoding.Element) -> Integers {
    switch element {
    case .int8: Integers(number: 3, bytes: 1, range: -128...127, opset: 20)
    case .uint8: Integers(number: 2, bytes: 1, range: 0...255, opset: 20)
    case .int16: Integers(number: 5, bytes: 2, range: -32768...32767, opset: 21)
    case .int32: Integers(number: 6, bytes: 4, range: Int32.min...Int32.max, opset: 20)
    }
  }

  /// The least of them that holds these.
  static func holding(_ range: ClosedRange<Int32>) -> Integers {
    let all = [
      of(.int8), of(.uint8),
      Integers(number: 5, bytes: 2, range: -32768...32767, opset: 21),
      Integers(number: 4, bytes: 2, range: 0...65535, opset: 21),
    ]
    return all.first { $0.range.lowerBound <= range.lowerBound && range.upperBound <= $0.range.upperBound } ?? all[2]
  }
}
