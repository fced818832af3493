import FixedPoint
import ModelGraph
import Tensors

extension NodeRule {
  static func binary(_ binary: BinaryOperator, _ site: NodeSite) throws(IntegerExecutionError) -> ByteRule {
    let (inputs, y) = (try site.inputs, try site.output)
    let result: @Sendable (Int8, Int8) -> Int8
    switch binary {
    case .add, .subtract:
      guard let sum = ByteSum(inputs[0], inputs[1], to: y, subtracts: binary == .subtract) else {
        throw site.inexact("its output's scale is too fine for its inputs'")
      }
      result = { sum.byte($0, $1) }
    case .multiply:
      let product = ByteProduct(inputs[0], inputs[1], to: y)
      result = { product.byte($0, $1) }
    case .maximum: result = { max($0, $1) }
    case .minimum: result = { min($0, $1) }
    case .divide: throw site.inexact("the reference does not divide integers")
    }
    let shape = site.graph[site.node.output].shape
    let sides = site.node.inputs.map { site.graph[$0].shape }
    if sides[0] == sides[1] { return { x in zip(x[0], x[1]).map { result($0, $1) } } }
    return { x in
      zip(broadcast(sides[0], to: shape), broadcast(sides[1], to: shape)).map { result(x[0][$0], x[1][$1]) }
    }
  }

  static func prelu(_ id: ParameterID, _ site: NodeSite) throws(IntegerExecutionError) -> ByteRule {
    guard let slopes = site.graph[id].integers, let encoding = ByteEncoding(slopes.encoding),
      let bytes = slopes.bytes
    else { throw site.inexact("its slopes are not int8 with one scale") }
    let rule = ByteSlope(try site.inputs[0], slope: encoding, to: try site.output)
    let shape = site.graph[site.node.output].shape
    return { x in
      zip(x[0], broadcast(slopes.shape, to: shape)).map { rule.byte($0, slope: bytes[$1]) }
    }
  }

  static func softmax(_ axis: Int, beta: Float, _ site: NodeSite) throws(IntegerExecutionError) -> ByteRule {
    guard try site.output == .probability,
      let softmax = ByteSoftmax(scale: try site.inputs[0].scale, beta: beta)
    else { throw site.inexact("the reference gives 256ths above -128, and of a scale of 2^-26 or more") }
    return try rows(axis, site) { softmax.probabilities($0) }
  }

  static func logSoftmax(_ axis: Int, _ site: NodeSite) throws(IntegerExecutionError) -> ByteRule {
    guard try site.output == .logProbability, let softmax = ByteSoftmax(scale: try site.inputs[0].scale)
    else { throw site.inexact("the reference gives 16ths below 127, and of a scale of 2^-26 or more") }
    return try rows(axis, site) { row in
      softmax.logarithms(row.map { Int32($0) }, bits: 4).map { Int8(127 + $0) }
    }
  }

  /// What is made of each row along an axis.
  private static func rows(
    _ axis: Int, _ site: NodeSite, _ results: @escaping @Sendable ([Int8]) -> [Int8]
  ) throws(IntegerExecutionError) -> ByteRule {
    let shape = site.graph[site.node.output].shape
    guard (1...4095).contains(shape[axis]) else { throw site.inexact("rows have 4,095 elements at most") }
    let (count, inner) = (shape[axis], shape[(axis + 1)...].elementCount)
    return { x in
      var y = x[0]
      for outer in stride(from: 0, to: y.count, by: count * inner) {
        for first in outer..<outer + inner {
          let places = stride(from: first, to: first + count * inner, by: inner)
          for (place, result) in zip(places, results(places.map { y[$0] })) { y[place] = result }
        }
      }
      return y
    }
  }

  /// Where along an axis the largest byte is, or the least; the first of equals.
  static func places(_ axis: Int, ofLeast: Bool, _ site: NodeSite) throws(IntegerExecutionError)
    -> @Sendable ([Carried]) -> Carried
  {
    _ = try site.inputs
    guard site.graph[site.node.output].integers == .places else {
      throw site.inexact("its output is not of int32")
    }
    let shape = site.graph[site.node.inputs[0]].shape
    let (count, inner) = (shape[axis], shape[(axis + 1)...].elementCount)
    return { inputs in
      guard case .bytes(let x) = inputs[0] else { preconditionFailure("a value of bytes") }
      let starts = stride(from: 0, to: x.count, by: count * inner).flatMap { $0..<$0 + inner }
      return .places(
        starts.map { start in
          (1..<count).reduce(into: Int32(0)) { best, place in
            let (own, found) = (x[start + place * inner], x[start + Int(best) * inner])
            if ofLeast ? own < found : own > found { best = Int32(place) }
          }
        })
    }
  }

  static func mean(_ site: NodeSite) throws(IntegerExecutionError) -> ByteRule {
    let count = site.graph[site.node.inputs[0]].shape.dropFirst().elementCount
    guard count <= 1 << 23 else { throw site.inexact("a mean is of 2^23 elements at most") }
    let mean = ByteMean(count: count, from: try site.inputs[0], to: try site.output)
    return { x in
      stride(from: 0, to: x[0].count, by: count).map { start in
        mean.byte(sum: x[0][start..<start + count].reduce(0) { $0 + Int($1) })
      }
    }
  }
}
