// What integers of a quantized file stand for, and constants of them as numbers.
//
// A computed tensor of such integers is followed as the numbers that they stand for: QuantizeLinear becomes a
// `requantize` that rounds to a grid (`NumberGrid`), and DequantizeLinear of its result nothing.

import ModelGraph

/// number = scale x (integer - zero point).
struct ONNXEncoding: Equatable {
  /// One for all, or one for each position along `axis`; above 0.
  let scales: [Float]
  /// One for each scale.
  let zeroPoints: [Int]
  /// As ONNX counts them; nil: one scale for all.
  let axis: Int?
  let type: ElementType
  /// The node that finds the scale anew in each sample; `scales` is then 1.
  var finder: String?

  /// To which numbers what becomes these integers is rounded; nil where there are several scales.
  var grid: NumberGrid? {
    if finder != nil { return .ofSample }
    guard axis == nil, let range = type.range, let low = Int32(exactly: range.lowerBound),
      let high = Int32(exactly: range.upperBound)
    else { return nil }
    return .fixed(scale: scales[0], zeroPoint: Int32(zeroPoints[0]), low: low, high: high)
  }
}

extension ElementType {
  /// The integers of types that networks are quantized to; nil for others.
  var range: ClosedRange<Int>? {
    switch self {
    case .int4: -8...7
    case .uint4: 0...15
    case .int8: -128...127
    case .uint8: 0...255
    case .int16: -32768...32767
    case .uint16: 0...65535
    case .int32: Int(Int32.min)...Int(Int32.max)
    case .float32, .int64, .bool, .float16, .float64, .uint32, .uint64, .bfloat16: nil
    }
  }
}

extension Literal.Content {
  /// Integers that a network computes with: as sizes, or where they are more than shapes need as whole numbers.
  static func integers(_ integers: [Int]) -> Literal.Content {
    integers.count <= Literal.maximumSizes ? .sizes(integers.map(Size.known)) : .floats(integers.map { Float($0) })
  }
}

// MARK: - Scales and zero points

extension GraphBuilder {
  /// What a node's scale and zero point say.
  ///
  /// - Parameters:
  ///   - scale: the place of the scale among the inputs, a zero point's behind it, which may be left out.
  ///   - zero: the zero point's place where it is another; nil: there is none.
  ///   - type: of the integers, where nothing else says it.
  ///   - axis: as the node says it, for several scales.
  ///   - shape: of the integers, as far as it is known.
  mutating func encoding(
    _ node: ONNXNode, scale: Int, zero: Int?, type: ElementType?, axis: Int, of shape: [Size]
  ) throws(ModelLoadingError) -> ONNXEncoding {
    guard let literal = try constant(node, scale, "scale") else { throw node.unfit("it has no scale") }
    let scales = try floats(literal, "scale", node)
    try check(scales, of: literal, node)
    var zeros = [Int](repeating: 0, count: scales.count)
    var type = type
    if let zero, let name = node.input(zero), let given = try constant(node, zero, "zero point") {
      type = elementType(of: name) ?? type
      zeros = try integers(given, "zero point", node)
      guard zeros.count == scales.count else {
        throw node.unfit("it has \(scales.count) scales and \(zeros.count) zero points")
      }
    }
    let known = type ?? .uint8
    guard let range = known.range else {
      throw node.unsupported("it quantizes to \(ElementType.name(known.rawValue)), which is not read")
    }
    if let wrong = zeros.first(where: { !range.contains($0) }) {
      throw node.unfit("its zero point \(wrong) is no \(ElementType.name(known.rawValue))")
    }
    if scales.count == 1 { return ONNXEncoding(scales: scales, zeroPoints: zeros, axis: nil, type: known) }
    let place = try self.axis(axis, rank: shape.count, node)
    guard literal.shape.filter({ $0 != 1 }).count == 1, case .known(scales.count) = shape[place] else {
      throw node.unfit("its \(scales.count) scales are not one for each position along axis \(place) of \(shape)")
    }
    return ONNXEncoding(scales: scales, zeroPoints: zeros, axis: place, type: known)
  }

  func check(_ scales: [Float], of literal: Literal, _ node: ONNXNode) throws(ModelLoadingError) {
    guard !scales.isEmpty else { throw node.unfit("it has no scale") }
    if let wrong = scales.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw node.badTensor(literal.name, "its scale \(wrong) is no finite number above 0")
    }
  }

  /// The type of a constant's elements in the file; nil where it is not known.
  func elementType(of name: String) -> ElementType? {
    var name = name
    // A chain of nodes that keep a type, which are few.
    for _ in 0..<16 {
      if let tensor = index.initializers[name] {
        return ElementType(rawValue: index.proto.initializer[tensor].dataType)
      }
      guard let producer = index.producers[name] else { return encodings[name]?.type }
      let node = index.nodes[producer.node]
      switch node.operator {
      case "Constant": return (try? node.tensor("value")).flatMap { $0 }.flatMap { ElementType(rawValue: $0.dataType) }
      case "Cast": return (try? node.integer("to", or: 0)).flatMap { ElementType(rawValue: Int32(clamping: $0)) }
      case "Identity", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Flatten", "Gather", "Slice", "Concat":
        guard let source = node.input(0) else { return nil }
        name = source
      default: return encodings[name]?.type
      }
    }
    return nil
  }
}

// MARK: - Constants

extension GraphBuilder {
  /// A constant's integers.
  func wholeNumbers(_ literal: Literal, _ node: ONNXNode) throws(ModelLoadingError) -> [Float] {
    switch literal.content {
    case .floats(let numbers): return numbers
    case .sizes: return try integers(literal, "constant \(literal.name)", node).map { Float($0) }
    }
  }

  /// The numbers that a constant's integers stand for, under a name that no other numbers have.
  mutating func inNumbers(_ literal: Literal, _ encoding: ONNXEncoding, _ node: ONNXNode)
    throws(ModelLoadingError) -> Literal
  {
    try reserveDerived(literal.count, node)
    let whole = try wholeNumbers(literal, node)
    let inner = encoding.axis.map { saturatingProduct(literal.shape[($0 + 1)...]) } ?? max(whole.count, 1)
    let count = encoding.scales.count
    let numbers = whole.enumerated().map { place, integer in
      let group = place / inner % count
      return (integer - Float(encoding.zeroPoints[group])) * encoding.scales[group]
    }
    return noted(Literal(name: literal.name, shape: literal.shape, content: .floats(numbers)), encoding, node)
  }

  /// Notes what a constant's numbers were integers by.
  mutating func noted(_ literal: Literal, _ encoding: ONNXEncoding, _ node: ONNXNode) -> Literal {
    var literal = literal
    if literal.name.isEmpty || quantized[literal.name] ?? encoding != encoding { literal.name = "\(node.name).numbers" }
    quantized[literal.name] = encoding
    return literal
  }
}
