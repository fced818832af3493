// Comparisons of computed values, and what connects them. A truth value is a number, 1 or 0: so it is
// multiplied, chosen by and given as an answer like any other.

import ModelGraph

extension GraphBuilder {
  static let comparing: Set<String> = ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]

  /// Whether what a node gives are truth values.
  func givesTruth(_ node: ONNXNode) throws(ModelLoadingError) -> Bool {
    if Self.comparing.contains(node.operator) || ["And", "Or", "Xor", "Not"].contains(node.operator) { return true }
    return try node.castsToTruth()
  }

  /// 1 where a comparison holds, by the sign of the difference.
  mutating func comparison(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (a, b) = (try number(node, 0), try number(node, 1))
    switch node.operator {
    case "Greater": return try positive(a, b, node, isNegated: false)
    case "Less": return try positive(b, a, node, isNegated: false)
    case "GreaterOrEqual": return try positive(b, a, node, isNegated: true)
    case "LessOrEqual": return try positive(a, b, node, isNegated: true)
    default:
      let sign = try signOfDifference(a, b, node)
      let apart = try add(.function(MathFunction(.absolute)), [sign.id], node, part: "apart")
      return try negated(ComputedValue(id: apart, batchAxis: sign.batchAxis), node)
    }
  }

  /// Truth values connected: the smaller, the larger, the distance.
  mutating func connection(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let (a, b) = (try number(node, 0), try number(node, 1))
    switch node.operator {
    case "And": return try combined(.minimum, a, b, node, part: "")
    case "Or": return try combined(.maximum, a, b, node, part: "")
    default:
      let difference = try combined(.subtract, a, b, node, part: "difference")
      return ComputedValue(
        id: try add(.function(MathFunction(.absolute)), [difference.id], node), batchAxis: difference.batchAxis)
    }
  }

  /// An operand as floats, which integers of a constant are here.
  private mutating func number(_ node: ONNXNode, _ position: Int) throws(ModelLoadingError) -> TracedValue {
    let value = try required(node, position)
    guard case .known(let literal) = value, case .sizes = literal.content else { return value }
    let numbers = try integers(literal, "operand", node).map { Float($0) }
    return .known(Literal(name: "\(literal.name) as floats", shape: literal.shape, content: .floats(numbers)))
  }

  /// Another type: a truth value is 1 or 0 in each; of another number whether it is not 0.
  mutating func truth(_ x: ComputedValue, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    if truthValues.contains(x.id) { return x }
    let sign = try add(.function(MathFunction(.sign)), [x.id], node, part: "sign")
    return ComputedValue(id: try add(.function(MathFunction(.absolute)), [sign], node), batchAxis: x.batchAxis)
  }

  mutating func negation(_ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue { try negated(try data(node), node) }

  /// Of computed values by computed truth values t: t x + (1 - t) y.
  mutating func chosen(_ truth: ComputedValue, _ node: ONNXNode) throws(ModelLoadingError) -> ComputedValue {
    let other = try negated(truth, node, part: "other")
    let x = try combined(.multiply, .computed(truth), try choice(node, 1), node, part: "first")
    let y = try combined(.multiply, .computed(other), try choice(node, 2), node, part: "second")
    return try combined(.add, .computed(x), .computed(y), node, part: "")
  }

  /// What is chosen; what is infinite cannot be times 0.
  private mutating func choice(_ node: ONNXNode, _ position: Int) throws(ModelLoadingError) -> TracedValue {
    let value = try required(node, position)
    guard case .known(let literal) = value else { return value }
    guard case .floats(let numbers) = literal.content, numbers.allSatisfy(\.isFinite) else {
      throw node.unsupported("its constant \(node.inputs[position]) is infinite or no float: give a large number instead")
    }
    return value
  }

  /// 1 where a is above b, else 0; or the other way round.
  private mutating func positive(_ a: TracedValue, _ b: TracedValue, _ node: ONNXNode, isNegated: Bool)
    throws(ModelLoadingError) -> ComputedValue
  {
    let sign = try signOfDifference(a, b, node)
    let truth = ComputedValue(
      id: try add(.activation(.relu), [sign.id], node, part: isNegated ? "truth" : ""), batchAxis: sign.batchAxis)
    return isNegated ? try negated(truth, node) : truth
  }

  private mutating func signOfDifference(_ a: TracedValue, _ b: TracedValue, _ node: ONNXNode)
    throws(ModelLoadingError) -> ComputedValue
  {
    let difference = try combined(.subtract, a, b, node, part: "difference")
    return ComputedValue(
      id: try add(.function(MathFunction(.sign)), [difference.id], node, part: "sign"), batchAxis: difference.batchAxis)
  }

  private mutating func negated(_ x: ComputedValue, _ node: ONNXNode, part: String = "") throws(ModelLoadingError)
    -> ComputedValue
  {
    let less = try combined(.multiply, x.id, with: -1, node, part: part.isEmpty ? "negative" : "\(part) negative")
    return ComputedValue(id: try combined(.add, less, with: 1, node, part: part), batchAxis: x.batchAxis)
  }
}
