// Whether scales make of a node what its step is, for every byte that there is; and the graph that they give.

import Blob
import FixedPoint
import IntegerExecution
import ModelGraph
import Tensors

extension ScaleRecovery {
  /// Whether a node does what its step does, by the scales that are chosen.
  func serves(_ node: Node) -> Bool {
    switch facts[node.output] {
    case .rows?:
      guard let x = encoding(node.inputs[0]), let y = encoding(node.output) else { return false }
      return layer(node)?.scales(from: x, to: y) != nil
    case .softmax(let factor)?: return beta(factor, node) != nil
    case .logSoftmax(let factor)?:
      return encoding(node.inputs[0]).flatMap { ByteSoftmax(scale: $0.scale) }?.multiplier == factor.factor
    case .product(let product)?: return does(product, node)
    case .mean(let row, _, let count)?: return does(row, count, node)
    case .sum(let sum, let subtracts)?:
      guard let a = encoding(node.inputs[0]), let b = encoding(node.inputs[1]), let y = encoding(node.output),
        let rule = ByteSum(a, b, to: y, subtracts: subtracts)
      else { return false }
      return PairTable(sum, subtracts: subtracts).isSame(as: PairTable(rule, a, b, y, subtracts: subtracts))
    case .table(let scaling)?:
      guard let x = encoding(node.inputs[0]), let y = encoding(node.output) else { return false }
      return scaling.isGiven(from: x, to: y)
    case .function(let table)?:
      guard let x = encoding(node.inputs[0]), let y = encoding(node.output) else { return false }
      return table.function(from: x, to: y) != nil
    case .prelu(let slopes)?: return slope(slopes, node) != nil
    case .border?, .cut?, .edge?, .bytes?, .own?, nil: return true
    }
  }

  /// What slopes stand for, so that every byte becomes what the step makes of it.
  func slope(_ step: BlobExactPRelu, _ node: Node) -> ByteEncoding? {
    guard let x = encoding(node.inputs[0]), let y = encoding(node.output) else { return nil }
    let nearest = Float(step.below.real * Double(y.scale) / Double(x.scale))
    guard nearest > 0x1p-100, nearest.isFinite else { return nil }
    return (0...16).lazy.map { (number: Int) -> ByteEncoding in
      let scale = nearest.moved(by: (number + 1) / 2 * (number % 2 == 0 ? 1 : -1))
      return ByteEncoding(scale: scale, zeroPoint: Int32(step.zeroSlopes), roundsOnce: y.roundsOnce)
    }.first { isSame(step, ByteSlope(x, slope: $0, to: y), y) }
  }

  private func isSame(_ step: BlobExactPRelu, _ rule: ByteSlope, _ y: ByteEncoding) -> Bool {
    let (above, below) = (step.above.factor, step.below.factor)
    if rule.positive == above, rule.product == below { return true }
    return Set(step.slopes).allSatisfy { slope in
      (-128...127).allSatisfy { byte in
        let steps = Int32(byte - step.zeroX)
        let wanted = steps < 0 ? below.applied(to: steps * (Int32(slope) - Int32(step.zeroSlopes))) : above.applied(to: steps)
        return rule.byte(Int8(byte), slope: slope) == wanted.byte(y)
      }
    }
  }

  /// By what a softmax multiplies its argument: 1 where the scale alone gives the factor.
  func beta(_ factor: BlobExactRescale, _ node: Node) -> Float? {
    guard let x = encoding(node.inputs[0]) else { return nil }
    let nearest = Float(factor.real * 0x1p-26 / Double(x.scale))
    return ([1] + (-8...8).map { nearest.moved(by: $0) }).first {
      ByteSoftmax(scale: x.scale, beta: $0)?.multiplier == factor.factor
    }
  }

  private func does(_ product: BlobExactProduct, _ node: Node) -> Bool {
    guard let a = encoding(node.inputs[0]), let b = encoding(node.inputs[1]), let y = encoding(node.output) else {
      return false
    }
    let (rule, wanted) = (ByteProduct(a, b, to: y), product.rescale.factor)
    if rule.multiplier == wanted { return true }
    return (-128...127).allSatisfy { first in
      (-128...127).allSatisfy { second in
        let steps = Int32((first - product.zeroA) * (second - product.zeroB))
        return rule.multiplier.applied(to: steps).byte(y) == wanted.applied(to: steps).byte(y)
      }
    }
  }

  private func does(_ row: BlobExactRow, _ count: Int, _ node: Node) -> Bool {
    guard let x = encoding(node.inputs[0]), let y = encoding(node.output) else { return false }
    let (rule, wanted) = (ByteMean(count: count, from: x, to: y), row.rescale.factor)
    guard -Int(rule.offset) == row.bias else { return false }
    if rule.multiplier == wanted { return true }
    return (-128 * count...127 * count).allSatisfy {
      rule.byte(sum: $0) == wanted.applied(to: Int32($0 + row.bias)).byte(y)
    }
  }
}

extension Int32 {
  fileprivate func byte(_ y: ByteEncoding) -> Int8 { y.byte(self) }
}

extension Float {
  /// So many numbers of float32 further.
  func moved(by places: Int) -> Float {
    var number = self
    for _ in 0..<abs(places) { number = places > 0 ? number.nextUp : number.nextDown }
    return number
  }
}

/// All sums of two bytes.
private struct PairTable {
  /// Of each byte of either operand, as it is added.
  let left, right: [Int32]
  let output: FixedMultiplier
  let zero: Int32

  init(_ sum: BlobExactSum, subtracts: Bool) {
    self.init(
      sum.a.factor, sum.b.factor, sum.y.factor, zeros: (sum.zeroA, sum.zeroB), zero: sum.range.zero, subtracts: subtracts)
  }

  init(_ rule: ByteSum, _ a: ByteEncoding, _ b: ByteEncoding, _ y: ByteEncoding, subtracts: Bool) {
    self.init(
      rule.left, rule.right, rule.output, zeros: (Int(a.zeroPoint), Int(b.zeroPoint)), zero: Int(y.zeroPoint),
      subtracts: subtracts)
  }

  private init(
    _ a: FixedMultiplier, _ b: FixedMultiplier, _ y: FixedMultiplier, zeros: (Int, Int), zero: Int, subtracts: Bool
  ) {
    let bytes = Int32(-128)...127
    left = bytes.map { a.applied(to: ($0 - Int32(zeros.0)) << 20) }
    right = bytes.map { b.applied(to: ($0 - Int32(zeros.1)) << 20) * (subtracts ? -1 : 1) }
    (output, self.zero) = (y, Int32(zero))
  }

  func isSame(as other: PairTable) -> Bool {
    if left == other.left, right == other.right, output == other.output { return true }
    return left.indices.allSatisfy { first in
      right.indices.allSatisfy { second in
        byte(left[first] + right[second]) == other.byte(other.left[first] + other.right[second])
      }
    }
  }

  private func byte(_ sum: Int32) -> Int8 { Int8(clamping: Int64(output.applied(to: sum)) + Int64(zero)) }
}

// MARK: - The graph

extension ScaleRecovery {
  /// The graph with its encodings, its layers' integers, and what depends on scales.
  ///
  /// - Parameter roughly: whether factors of rows may be others than the blob's.
  mutating func finished(roughly: Bool = false) throws(LoweringError) -> Graph {
    for value in graph.values.indices.map(ValueID.init) {
      if isBytes[value.index] {
        graph.encode(value, as: encoding(value).map { whole($0) })
      } else if graph.placeFinder(of: value) != nil {
        graph.encode(value, as: .places)
      }
    }
    for index in graph.nodes.indices {
      let node = graph.nodes[index]
      guard let fact = facts[node.output], let y = encoding(node.output) else { continue }
      switch fact {
      case .rows: try finishLayer(node, roughly: roughly)
      case .softmax(let factor):
        guard case .softmax(let axis, _) = node.operation else { continue }
        graph.nodes[index].operation = .softmax(axis: axis, beta: beta(factor, node) ?? 1)
      case .cut(let low, let high): graph.nodes[index].operation = .activation(y.cutting(low, high))
      case .edge(let byte):
        guard case .pad(var padding) = node.operation, case .constant = padding.mode else { continue }
        padding.mode = .constant(y.number(byte))
        graph.nodes[index].operation = .pad(padding)
      case .bytes(let bytes):
        guard case .constant(let id) = node.operation else { continue }
        try set(id, bytes.map { Int32($0) }, whole(y), node)
      case .own(let step, _): try finish(step, index, y)
      case .function(let table):
        guard let x = encoding(node.inputs[0]), let function = table.function(from: x, to: y) ?? table.functions.first else {
          continue
        }
        graph.nodes[index].operation = .activation(function)
      case .prelu(let step):
        guard case .prelu(let id) = node.operation, let encoding = slope(step, node) else { continue }
        try set(id, step.slopes.map { Int32($0) }, whole(encoding), node)
      case .sum, .product, .mean, .logSoftmax, .border, .table: break
      }
    }
    do throws(GraphError) { try graph.verify() } catch { throw fault("the graph", error.sentence) }
    return graph
  }

  private mutating func finish(_ step: OwnStep, _ index: Int, _ y: ByteEncoding) throws(LoweringError) {
    let node = graph.nodes[index]
    guard let x = encoding(node.inputs[0]) else { throw fault(node.name, "what it reads has no scale") }
    switch step {
    case .layer(let weights, let unit):
      let unit = unit.flatMap { encoding($0)?.scale } ?? y.scale
      // A row of no factor is its bias alone.
      let rows = weights.ownRows
      let scales = rows.map { max(Float($0.real * Double(unit) / Double(x.scale)), unit / x.scale * 0x1p-20) }
      // Sums are of distances from 0, as the file's are of distances from the zero point.
      let biases = zip(rows, scales).map { row, scale in
        Int32(clamping: Int((row.bias * Double(unit) / Double(x.scale) / Double(scale)).rounded()))
      }
      try setLayer(node, weights.ownIntegers, scales, biases, x)
    case .softmax(let exponentials):
      guard case .softmax(let axis, _) = node.operation else { return }
      graph.nodes[index].operation = .softmax(axis: axis, beta: exponentials.scale / x.scale)
    case .ratios, .product: break
    }
  }

  private func whole(_ encoding: ByteEncoding) -> IntegerEncoding {
    IntegerEncoding(.int8, scales: [encoding.scale], zeroPoints: [encoding.zeroPoint], rounding: rounding)
  }

  private mutating func finishLayer(_ node: Node, roughly: Bool) throws(LoweringError) {
    guard let x = encoding(node.inputs[0]), let y = encoding(node.output), let rows = self.layer(node),
      let scales = roughly ? rows.nearest(from: x, to: y) : rows.scales(from: x, to: y)
    else { throw fault(node.name, "its rows have no scales") }
    try setLayer(node, rows.integers, scales, rows.biases(zeroPoint: Int(x.zeroPoint)), x)
  }

  /// Gives a layer its integers; scales that are all one are one.
  private mutating func setLayer(
    _ node: Node, _ integers: [Int32], _ scales: [Float], _ biases: [Int32], _ x: ByteEncoding
  ) throws(LoweringError) {
    guard let layer = node.operation.layer, let bias = layer.bias else { return }
    let isOne = scales.allSatisfy { $0 == scales.first }
    let own = isOne ? Array(scales.prefix(1)) : scales
    let zeros = [Int32](repeating: 0, count: own.count)
    let axis = isOne ? nil : 0
    try set(
      layer.weight, integers,
      IntegerEncoding(.int8, scales: own, zeroPoints: zeros, axis: axis, rounding: rounding), node)
    let sums = own.map { max($0 * x.scale, Float.leastNonzeroMagnitude) }
    try set(
      bias, biases, IntegerEncoding(.int32, scales: sums, zeroPoints: zeros, axis: axis, rounding: rounding), node)
  }

  private mutating func set(_ id: ParameterID, _ integers: [Int32], _ encoding: IntegerEncoding, _ node: Node)
    throws(LoweringError)
  {
    let own = graph[id]
    guard let tensor = IntegerTensor(shape: own.tensor.shape, integers: integers, encoding: encoding) else {
      throw fault(node.name, "its integers do not fit their type")
    }
    graph.parameters[id.index] = Parameter(name: own.name, role: own.role, integers: tensor)
  }
}

extension ByteEncoding {
  /// The function that keeps bytes between two.
  fileprivate func cutting(_ low: Int, _ high: Int) -> Activation {
    for function in [Activation.relu, .clip(low: 0, high: 6), .clip(low: -1, high: 1)] {
      if let bytes = function.clipped(self), Int(bytes.lowerBound) == low, Int(bytes.upperBound) == high { return function }
    }
    return .clip(low: number(Int8(clamping: low)), high: number(Int8(clamping: high)))
  }
}
