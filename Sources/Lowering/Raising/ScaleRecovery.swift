// What the bytes of a blob's values stand for: scales by which exact steps are what TensorFlow Lite makes of them.
//
// A blob says the scales of its inputs and outputs. Of what lies between it keeps only how sums are finished:
// factors of integers, as short as the answers allow. Any scales serve that give these factors again, or others
// that finish every sum alike; those of the file that the blob came from do, and so do others. They are looked
// for in running order, node by node: the scale of what a node gives is tried from those that its rows allow
// (`RowScales`), or its place beside others (`ScaleGroups`), and where no later node can do with it the next is tried.
// Sums have to add all pairs of bytes up to the byte that the blob has, rows to keep their thresholds.
// Nothing is sampled.

import Blob
import FixedPoint
import IntegerExecution
import ModelGraph
import Simplification
import Tensors

/// Finds the encodings of a raised graph.
struct ScaleRecovery {
  var graph: Graph
  private(set) var facts: [ValueID: IntegerFact]
  var groups: ScaleGroups
  let isBytes: [Bool]
  /// Of groups, as far as they are chosen.
  var scales: [Int: Float] = [:]
  let rounding: IntegerEncoding.Rounding
  /// Of nodes that are layers.
  private var layers: [ValueID: RowScales] = [:]
  private var ratios: [ValueID: [ClosedRange<Double>]] = [:]
  /// The nodes whose steps ask for some scales, and the last of them that was come to.
  private var order: [Node] = []
  private var furthest = 0
  private var tries = 0

  /// A graph of which every value of bytes says what they stand for, and every layer has integers.
  ///
  /// - Throws: ``LoweringError`` where no scales were found for a step.
  /// - Complexity: O(weights + 2^23 x layers + tries x (rows + 65,536 of a sum)).
  static func encoded(
    _ graph: Graph, _ facts: [ValueID: IntegerFact], of model: BlobModel
  ) throws(LoweringError) -> Graph {
    var recovery = ScaleRecovery(graph, facts, of: model)
    try recovery.gather(model)
    try recovery.prepare()
    guard recovery.settle(0) else {
      let node = recovery.order[recovery.furthest]
      if case .table? = facts[node.output] { throw recovery.fault(node.name, Self.unknownTable) }
      throw recovery.fault(
        node.name,
        "no scales of float32 were found that finish its sums as the blob does: export the model that the blob came from")
    }
    for group in recovery.groups.members.keys.sorted() where recovery.scales[group] == nil {
      recovery.scales[group] = recovery.tied(group) ?? recovery.anyScale
    }
    return try recovery.finished()
  }

  private init(_ graph: Graph, _ facts: [ValueID: IntegerFact], of model: BlobModel) {
    (self.graph, self.facts) = (graph, facts)
    var isBytes = graph.values.map { _ in false }
    let states = model.states.map(\.tensor)
    for (input, tensor) in zip(graph.inputs, model.inputs.map(\.tensor) + states) {
      isBytes[input.index] = !tensor.type.isOfWords
    }
    for node in graph.nodes {
      if case .border(let border, _)? = facts[node.output] {
        isBytes[node.output.index] = !border.isFromBytes
      } else {
        let isPlace = graph.placeFinder(of: node.output) != nil
        isBytes[node.output.index] =
          !isPlace && (facts[node.output] != nil || node.inputs.contains { isBytes[$0.index] })
      }
    }
    self.isBytes = isBytes
    groups = ScaleGroups(graph, isBytes: isBytes)
    rounding = facts.values.contains(where: \.roundsOnce) ? .once : .twice
  }

  private static let unknownTable =
    "it is a table of 256 results, which does not say of what function: export the model that the blob came from"

  func fault(_ node: String, _ reason: String) -> LoweringError { .noNode(step: node, reason: reason) }

  // MARK: What steps say

  private mutating func gather(_ model: BlobModel) throws(LoweringError) {
    let states = model.states.map(\.tensor)
    let tensors = model.inputs.map(\.tensor) + states + model.outputs + states
    for (value, tensor) in zip(graph.inputs + graph.outputs, tensors) where !tensor.type.isOfWords {
      // Of an own softmax other tools have another scale.
      if case .own(.softmax, _)? = facts[value] { continue }
      let zero = tensor.zeroPoint - (tensor.type == .uint8 ? 128 : 0)
      guard isBytes[value.index], groups.setZero(value, zero), groups.setAnchor(value, tensor.scale) else {
        throw fault(graph[value].name, "its scale or zero point is another than that of the bytes that it is made of")
      }
    }
    for node in graph.nodes {
      // The larger of two bytes is that whatever they stand for; mostly it is the same.
      if node.operation.picksBytes { for input in node.inputs { groups.tie(node.output, input, 1) } }
      guard let fact = facts[node.output] else { continue }
      guard note(fact, node) else {
        throw fault(node.name, "its zero points or scales are other than those of what it reads or is read by")
      }
    }
    for node in graph.nodes {
      guard case .table(let scaling)? = facts[node.output] else { continue }
      let zero = groups.zeros[groups.group(node.inputs[0])] ?? 0
      if !scaling.isRectified(at: zero), ratios(node, scaling) != nil { continue }
      guard let function = function(node, scaling.results, zero) else { throw fault(node.name, Self.unknownTable) }
      facts[node.output] = .function(function)
    }
  }

  /// The function that a table is, whose encodings are noted.
  private mutating func function(_ node: Node, _ results: [Int8], _ zero: Int) -> FunctionTable? {
    let (x, y) = (node.inputs[0], node.output)
    let own = groups.group(y)
    let table = FunctionTable(results, zero: zero, roundsOnce: rounding == .once) { output in
      groups.zeros[own] ?? Int(output.zeroPoint) == Int(output.zeroPoint) && groups.anchors[own] ?? output.scale == output.scale
    }
    guard let table, groups.setZero(x, zero) else { return nil }
    guard let output = table.output else { return groups.setZero(y, Int(results[zero + 128])) ? table : nil }
    return groups.setZero(y, Int(output.zeroPoint)) && groups.setAnchor(y, output.scale) ? table : nil
  }

  /// Whether what a step says agrees with what others said.
  private mutating func note(_ fact: IntegerFact, _ node: Node) -> Bool {
    let (y, x) = (node.output, node.inputs.first ?? node.output)
    switch fact {
    case .rows(_, let border, let zero):
      return (border.map { groups.setZero(x, $0) } ?? true) && groups.setZero(y, zero)
    case .sum(let sum, _):
      groups.tie(x, node.inputs[1], sum.a.real / sum.b.real)
      groups.tie(y, x, 1 / (0x1p20 * sum.y.real * sum.a.real))
      return groups.setZero(x, sum.zeroA) && groups.setZero(node.inputs[1], sum.zeroB) && groups.setZero(y, sum.range.zero)
    case .product(let product):
      return groups.setZero(x, product.zeroA) && groups.setZero(node.inputs[1], product.zeroB)
        && groups.setZero(y, product.range.zero)
    case .mean(let row, let zero, let count):
      groups.tie(x, y, row.rescale.real * Double(count))
      return groups.setZero(y, zero) && (row.bias % count != 0 || groups.setZero(x, -row.bias / count))
    case .softmax(let factor):
      // Another scale of what it reads is a matter of its beta.
      _ = groups.setAnchor(x, Float(factor.real * 0x1p-26))
      return groups.setZero(y, -128) && groups.setAnchor(y, ByteEncoding.probability.scale)
    case .logSoftmax(let factor):
      return groups.setZero(y, 127) && groups.setAnchor(y, ByteEncoding.logProbability.scale)
        && groups.setAnchor(x, Float(factor.real * 0x1p-26))
    case .border(let border, let isSigned):
      let zero = isSigned ? Int(Int8(bitPattern: border.zero)) : Int(border.zero)
      let bytes = border.isFromBytes ? x : y
      return isSigned && groups.setZero(bytes, zero) && groups.setAnchor(bytes, border.scale)
    case .prelu(let slopes):
      groups.tie(x, y, slopes.above.real)
      return groups.setZero(x, slopes.zeroX) && groups.setZero(y, slopes.range.zero)
    case .own(let step, let zero): return note(step, zero: zero, node)
    case .cut, .edge, .bytes, .table, .function: return true
    }
  }

  /// The ratios of a change of scale, whose zero points are settled where nothing else says them.
  mutating func ratios(_ node: Node, _ scaling: ByteScaling) -> ClosedRange<Double>? {
    let (x, y) = (node.inputs[0], node.output)
    let zero = groups.zeros[groups.group(x)] ?? 0
    let others = groups.zeros[groups.group(y)].map { [$0] } ?? scaling.zeros(zero)
    for other in others {
      guard let ratios = scaling.ratios(from: zero, to: other) else { continue }
      return groups.setZero(x, zero) && groups.setZero(y, other) ? ratios : nil
    }
    return nil
  }

  private mutating func note(_ step: OwnStep, zero: Int, _ node: Node) -> Bool {
    let (y, x) = (node.output, node.inputs[0])
    switch step {
    case .layer, .product: break
    case .ratios(let ratios): for (value, ratio) in ratios { groups.tie(value, y, ratio) }
    case .softmax(let exponentials):
      // Another scale of what it reads is a matter of its beta.
      _ = groups.setAnchor(x, exponentials.scale)
      return groups.setZero(y, -128) && groups.setAnchor(y, ByteEncoding.probability.scale)
    }
    return groups.setZero(y, zero)
  }

  // MARK: Scales

  func encoding(_ value: ValueID) -> ByteEncoding? {
    scales[groups.group(value)].map {
      ByteEncoding(
        scale: $0, zeroPoint: Int32(groups.zeros[groups.group(value)] ?? 0), roundsOnce: rounding == .once)
    }
  }

  /// The layers, with what their sums can be: by scales that are nearly those that will be found, which change no
  /// interval by more than the last byte.
  private mutating func prepare() throws(LoweringError) {
    order = graph.nodes.filter { facts[$0.output]?.dependsOnScales ?? false }
    scales = groups.anchors
    guard facts.values.contains(where: { if case .rows = $0 { true } else { false } }) else { return }
    var rough = self
    rough.guess()
    for (group, _) in groups.members where rough.scales[group] == nil { rough.scales[group] = 0x1p-4 }
    rough.fillLayers(nil)
    // A function of other scales has other results, of which nothing is known of what reads them.
    let functions = order.filter { facts[$0.output]?.isFunction ?? false }
    guard functions.allSatisfy({ rough.serves($0) }) else { return fillLayers(nil) }
    let sums = ByteRanges(try rough.finished(roughly: true)).layers
    fillLayers(sums)
  }

  /// Gives values around functions scales that give these, where they have none.
  private mutating func guess() {
    for node in order {
      let (x, y) = (groups.group(node.inputs[0]), groups.group(node.output))
      switch facts[node.output] {
      case .function(let table)?:
        if scales[x] == nil { scales[x] = scales[y].flatMap { table.arguments(to: $0).first } ?? 0x1p-4 }
        if scales[y] == nil { scales[y] = scales[x].flatMap { table.results(from: $0).first } }
      case .prelu(let slopes)?:
        if scales[x] == nil { scales[x] = scales[y].map { Float(Double($0) * slopes.above.real) } ?? 0x1p-4 }
        if scales[y] == nil { scales[y] = scales[x].map { Float(Double($0) / slopes.above.real) } }
      case .rows?, .sum?, .product?, .mean?, .softmax?, .logSoftmax?, .border?, .table?, .cut?, .edge?, .bytes?, .own?, nil:
        break
      }
    }
  }

  private mutating func fillLayers(_ sums: [ByteSums?]?) {
    var number = 0
    for node in graph.nodes {
      guard case .rows(let weights, _, let zero)? = facts[node.output] else { continue }
      let clamp = cut(behind: node.output)
      let plain = RowScales(weights, clamp: clamp, zero: zero)
      layers[node.output] = plain
      defer { number += 1 }
      guard let found = sums?[number] else { continue }
      let zeroPoint = groups.zeros[groups.group(node.inputs[0])] ?? 0
      let ranges = zip(found.sums, plain.offsets(zeroPoint: zeroPoint)).map { $0.lowerBound + $1...$0.upperBound + $1 }
      layers[node.output] = RowScales(weights, clamp: clamp, zero: zero, ranges: ranges)
    }
  }

  func layer(_ node: Node) -> RowScales? { layers[node.output] }

  /// The ratios of scales that serve a layer, looked for once.
  mutating func ratios(_ node: Node, _ layer: RowScales) -> [ClosedRange<Double>] {
    if let known = ratios[node.output] { return known }
    let found = layer.ratios(limit: 1 << 20)
    ratios[node.output] = found
    return found
  }

  // MARK: The search

  private static let tries = 4_000_000

  /// Whether scales are found for a node and all behind it.
  private mutating func settle(_ place: Int) -> Bool {
    guard place < order.count else { return true }
    furthest = max(furthest, place)
    let node = order[place]
    let around = (node.inputs + [node.output]).filter { isBytes[$0.index] }.map { groups.group($0) }
    guard let open = around.first(where: { scales[$0] == nil }) else {
      tries += 1
      return serves(node) && settle(place + 1)
    }
    var candidates = ScaleCandidates(&self, open, node)
    while tries < Self.tries, let scale = candidates.next() {
      scales[open] = scale
      if settle(place) { return true }
    }
    scales[open] = nil
    return false
  }

  /// Between which bytes a value is kept by what alone reads it.
  func cut(behind value: ValueID) -> ClosedRange<Int> {
    for node in graph.nodes where node.inputs == [value] {
      if case .cut(let low, let high)? = facts[node.output] { return low...high }
    }
    return -128...127
  }
}

extension IntegerFact {
  /// Whether some scales make another step of it.
  fileprivate var dependsOnScales: Bool {
    switch self {
    case .rows, .sum, .product, .mean, .softmax, .logSoftmax, .table, .function, .prelu, .own: true
    case .border, .cut, .edge, .bytes: false
    }
  }

  fileprivate var isFunction: Bool {
    switch self {
    case .function, .prelu: true
    case .rows, .sum, .product, .mean, .softmax, .logSoftmax, .table, .border, .cut, .edge, .bytes, .own: false
    }
  }

  fileprivate var roundsOnce: Bool {
    switch self {
    case .rows(let weights, _, _): weights.exact?.roundsOnce ?? false
    case .border(let border, _): border.halvesToEven
    case .sum, .product, .mean, .softmax, .logSoftmax, .table, .function, .prelu, .cut, .edge, .bytes, .own: false
    }
  }
}

extension Operation {
  /// Whether it gives one of two bytes.
  fileprivate var picksBytes: Bool {
    if case .binary(let operation) = self { operation == .maximum || operation == .minimum } else { false }
  }
}

extension BlobExactRescale {
  /// The factor.
  var real: Double { Double(multiplier) * Double(sign: .plus, exponent: exponent - 31, significand: 1) }
  var factor: FixedMultiplier { FixedMultiplier(mantissa: Int32(multiplier), exponent: exponent) }
}
