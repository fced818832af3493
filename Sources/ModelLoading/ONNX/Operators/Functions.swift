// Functions of every number that the C library has, and those made of a few others: Pow, Selu, Celu, Swish, Tan.

import func Foundation.log
import ModelGraph

extension GraphBuilder {
  mutating func function(_ kind: MathFunction.Kind, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    try elementwise(.function(MathFunction(kind)), node)
  }

  mutating func gelu(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    switch try node.string("approximate", or: "none") {
    case "none": return try function(.gelu, node)
    case "tanh": return try function(.tangentGelu, node)
    case let form: throw node.unsupported("approximate \(form) is not known")
    }
  }

  /// Of a sum with a bias, where there is one.
  mutating func gelu(_ node: ONNXNode, _ kind: MathFunction.Kind) throws(ModelLoadingError) -> ComputedValue {
    guard let bias = try value(node, 1) else { return try function(kind, node) }
    let sum = try combined(.add, try required(node, 0), bias, node, part: "sum")
    return ComputedValue(id: try add(.function(MathFunction(kind)), [sum.id], node), batchAxis: sum.batchAxis)
  }

  mutating func thresholdedRelu(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    try elementwise(.function(MathFunction(.threshold, try finite("alpha", or: 1, node))), node)
  }

  /// x sigmoid(alpha x): a SiLU of alpha x, over alpha.
  mutating func swish(_ node: ONNXNode, alpha: Float = 1) throws(ModelLoadingError) -> ComputedValue {
    let alpha = try finite("alpha", or: alpha, node)
    return try scaled(by: alpha, .function(MathFunction(.silu)), node)
  }

  /// alpha elu(x / alpha)
  mutating func celu(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let alpha = try finite("alpha", or: 1, node)
    guard alpha > 0, (1 / alpha).isFinite else { throw node.unsupported("alpha \(alpha) is not above 0") }
    return try scaled(by: 1 / alpha, .activation(.elu(alpha: 1)), node)
  }

  /// An operation of so many times a value, over that.
  private mutating func scaled(by factor: Float, _ operation: Operation, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    if factor == 1 { return try elementwise(operation, node) }
    guard factor != 0, (1 / factor).isFinite else { throw node.unsupported("its factor \(factor) has no reciprocal") }
    let x = try data(node)
    let larger = try combined(.multiply, x.id, with: factor, node, part: "factor")
    let result = try add(operation, [larger], node, part: "function")
    let id = try combined(.multiply, result, with: 1 / factor, node, part: "")
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }

  /// gamma times an ELU.
  mutating func selu(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let isOld = node.opset < 6
    let alpha = try finite("alpha", or: isOld ? 1.6732 : 1.67326319, node)
    let gamma = try finite("gamma", or: isOld ? 1.0507 : 1.05070102, node)
    let x = try data(node)
    let elu = try add(.activation(.elu(alpha: alpha)), [x.id], node, part: "elu")
    let id = try combined(.multiply, elu, with: gamma, node, part: "")
    return ComputedValue(id: id, batchAxis: x.batchAxis)
  }

  /// The sine over the cosine.
  mutating func tangent(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let x = try data(node)
    let sine = try add(.function(MathFunction(.sine)), [x.id], node, part: "sin")
    let cosine = try add(.function(MathFunction(.cosine)), [x.id], node, part: "cos")
    return ComputedValue(id: try add(.binary(.divide), [sine, cosine], node), batchAxis: x.batchAxis)
  }

  /// A value to one power for all its numbers, or one number to the power of a value.
  mutating func power(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    switch (try required(node, 0), try required(node, 1)) {
    case (.computed(let x), .known(let literal)):
      let exponent = try sole(literal, "exponent", node)
      guard let shape = sampleShape(of: literal, beside: x), shape.count <= graph[x.id].shape.count else {
        throw node.unsupported("its exponent \(literal.shape) has more axes than \(sizes(x))")
      }
      return ComputedValue(id: try power(of: x.id, exponent, node), batchAxis: x.batchAxis)
    case (.known(let literal), .computed(let x)):
      let base = try sole(literal, "base", node)
      guard base > 0, literal.shape.count <= rank(x) else {
        throw node.unsupported("its base \(base) is not above 0")
      }
      let logarithm = try combined(.multiply, x.id, with: Float(log(Double(base))), node, part: "logarithm")
      let id = try add(.function(MathFunction(.exponential)), [logarithm], node)
      return ComputedValue(id: id, batchAxis: x.batchAxis)
    case (.computed, .computed): throw node.unsupported("both its base and its exponent are computed")
    case (.known, .known): throw node.unsupported("both its base and its exponent are constants")
    }
  }

  /// Squares, roots and the like by steps that need no power.
  mutating func power(of x: ValueID, _ exponent: Float, _ node: ONNXNode, part: String = "")
    throws(ModelLoadingError) -> ValueID
  {
    switch exponent {
    case 1: return x
    case 2: return try add(.binary(.multiply), [x, x], node, part: part)
    case 3:
      let square = try add(.binary(.multiply), [x, x], node, part: "square")
      return try add(.binary(.multiply), [square, x], node, part: part)
    case 0.5: return try add(.function(MathFunction(.squareRoot)), [x], node, part: part)
    case -1: return try add(.function(MathFunction(.reciprocal)), [x], node, part: part)
    default: return try add(.function(MathFunction(.power, exponent)), [x], node, part: part)
    }
  }

  /// The one number that a constant holds, be it many times.
  private func sole(_ literal: Literal, _ what: String, _ node: ONNXNode) throws(ModelLoadingError) -> Float {
    var values: [Float]
    switch literal.content {
    case .floats(let floats): values = floats
    case .sizes: values = try integers(literal, what, node).map { Float($0) }
    }
    guard let first = values.first, first.isFinite, values.allSatisfy({ $0 == first }) else {
      throw node.unsupported("its \(what) of shape \(literal.shape) is not one finite number")
    }
    return first
  }
}
