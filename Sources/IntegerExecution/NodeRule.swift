// From a node to the rule that computes it: the one place where an operation meets its encodings.

import FixedPoint
import ModelGraph
import Tensors

/// What a node does with the elements of its inputs.
struct NodeRule: Sendable {
  private let apply: @Sendable ([Carried]) -> Carried

  func callAsFunction(_ inputs: [Carried]) -> Carried { apply(inputs) }

  init(_ node: Node, in graph: Graph) throws(IntegerExecutionError) {
    let site = NodeSite(node: node, graph: graph)
    guard let form = node.operation.exactForm else {
      throw site.inexact("TensorFlow Lite Micro has no such operator on bytes")
    }
    switch form {
    case .requantize:
      apply = try Self.requantize(site)
      return
    case .argMax(let axis, let ofLeast):
      apply = try Self.places(axis, ofLeast: ofLeast, site)
      return
    case .lstm(let lstm):
      apply = try Self.lstm(lstm, site)
      return
    case .filters where site.takesShorts:
      let product = try ShortProduct(site)
      apply = { .bytes(product($0[0].shorts)) }
      return
    case .slide(let axis) where site.takesShorts:
      guard Set((site.node.inputs + site.node.outputs).map { site.graph[$0].integers?.scales }).count == 1 else {
        throw site.inexact("what is new has another scale than the window")
      }
      let inners = site.node.inputs.map { site.graph[$0].shape[axis...].elementCount }
      apply = { .shorts(Self.slid($0[0].shorts, $0[1].shorts, inners: inners)) }
      return
    case .filters where site.givesShorts:
      let filters = try IntegerFilters(site)
      apply = { $0[0].bytes.map { .shorts(filters.shorts($0)) } ?? $0[0] }
      return
    case .same where !site.isOfInt8, .transpose where !site.isOfInt8:
      apply = try Self.moved(form, site)
      return
    case .filters, .function, .prelu, .softmax, .logSoftmax, .maxPool, .averagePool, .mean, .binary, .constant, .concat,
      .pad, .resize, .transpose, .gather, .slide, .same:
      break
    }
    let rule = try Self.bytes(form, site)
    apply = { inputs in
      .bytes(
        rule(
          inputs.map { input in
            guard case .bytes(let bytes) = input else { preconditionFailure("a value of bytes") }
            return bytes
          }))
    }
  }

  /// Elements of any type at a border, which only move.
  private static func moved(_ form: ExactForm, _ site: NodeSite) throws(IntegerExecutionError)
    -> @Sendable ([Carried]) -> Carried
  {
    let (x, y) = (site.graph[site.node.inputs[0]], site.graph[site.node.output])
    guard x.integers == y.integers else { throw site.inexact("it moves \(x.name) to other integers") }
    guard case .transpose(let permutation) = form else { return { $0[0] } }
    return { inputs in
      let places = transposed(x.shape, permutation)
      switch inputs[0] {
      case .bytes(let bytes): return .bytes(places.map { bytes[$0] })
      case .floats(let numbers): return .floats(places.map { numbers[$0] })
      case .places(let numbers): return .places(places.map { numbers[$0] })
      case .shorts(let shorts): return .shorts(places.map { shorts[$0] })
      }
    }
  }

  /// From bytes or floats to bytes or floats.
  private static func requantize(_ site: NodeSite) throws(IntegerExecutionError)
    -> @Sendable ([Carried]) -> Carried
  {
    let (x, y) = (site.graph[site.node.inputs[0]].integers, site.graph[site.node.output].integers)
    let (from, to) = (ByteEncoding(anyByte: x), ByteEncoding(anyByte: y))
    guard (x == nil || from != nil) && (y == nil || to != nil) else {
      throw site.inexact("its values are not of bytes with one scale")
    }
    let table = from.flatMap { from in to.flatMap { ByteFunction.requantize.table(from: from, to: $0) } }
    return { inputs in
      switch inputs[0] {
      case .floats(let numbers): to.map { y in .bytes(numbers.map(y.byte(of:))) } ?? .floats(numbers)
      case .bytes(let bytes):
        table.map { table in .bytes(bytes.map { table[Int($0) + 128] }) }
          ?? .floats(bytes.map { from?.number($0) ?? 0 })
      case .places, .shorts: inputs[0]
      }
    }
  }

  typealias ByteRule = @Sendable ([[Int8]]) -> [Int8]

  private static func bytes(_ form: ExactForm, _ site: NodeSite) throws(IntegerExecutionError) -> ByteRule {
    let (node, graph) = (site.node, site.graph)
    _ = try (site.inputs, site.output)
    switch form {
    case .filters:
      let filters = try IntegerFilters(site)
      guard let rule = ConvolutionRule(filters, site) else { return { filters.dense($0[0]) } }
      return { rule($0[0]) }
    case .function(let activation):
      let table = try site.table(activation)
      return { $0[0].map { table[Int($0) + 128] } }
    case .prelu(let slope): return try prelu(slope, site)
    case .softmax(let axis, let beta): return try softmax(axis, beta: beta, site)
    case .logSoftmax(let axis): return try logSoftmax(axis, site)
    case .maxPool(let window):
      let places = try WindowPlaces(window, site)
      return { places.maxima($0[0]) }
    case .averagePool(let window):
      let places = try WindowPlaces(window, site)
      return { places.averages($0[0]) }
    case .mean: return try mean(site)
    case .binary(let operation): return try binary(operation, site)
    case .constant(let id):
      guard let bytes = graph[id].integers?.bytes else { throw site.inexact("its numbers are not int8") }
      return { _ in bytes }
    case .concat(let axis):
      guard Set(try site.inputs + [site.output]).count == 1 else {
        throw site.inexact("what is joined has different scales")
      }
      let inners = node.inputs.map { graph[$0].shape[axis...].elementCount }
      return { joined($0, inners: inners) }
    case .slide(let axis):
      guard Set(try site.inputs + [site.output]).count == 1 else {
        throw site.inexact("what is new has another scale than the window")
      }
      let inners = node.inputs.map { graph[$0].shape[axis...].elementCount }
      return { slid($0[0], $0[1], inners: inners) }
    case .pad(let padding):
      let (shape, border) = (graph[node.inputs[0]].shape, try site.border(padding))
      return { x in paddedPlaces(shape, padding).map { $0 < 0 ? border : x[0][$0] } }
    case .resize(let resize):
      guard resize.mode == .nearest || resize.axes.allSatisfy({ $0.unit == 1024 }) else {
        throw site.inexact("its places are not of 1024ths")
      }
      guard try site.inputs == [site.output] else {
        throw site.inexact("an image of another size has another scale or zero point")
      }
      let shape = graph[node.inputs[0]].shape
      return { resized($0[0], shape, resize) }
    case .transpose(let permutation):
      let shape = graph[node.inputs[0]].shape
      return { x in transposed(shape, permutation).map { x[0][$0] } }
    case .gather(let places):
      let inner = graph[node.inputs[0]].shape.last ?? 1
      return { x in
        stride(from: 0, to: x[0].count, by: inner).flatMap { row in places.map { x[0][row + $0] } }
      }
    case .same: return { $0[0] }
    case .requantize, .argMax, .lstm: preconditionFailure("it is not of bytes alone")
    }
  }
}

/// A node and what is asked of it.
struct NodeSite {
  let node: Node
  let graph: Graph

  func inexact(_ reason: String) -> IntegerExecutionError {
    .inexact(node: node.name, operation: node.operation.name, reason: reason)
  }

  /// The encodings of its inputs, all of bytes.
  var inputs: [ByteEncoding] {
    get throws(IntegerExecutionError) {
      var encodings: [ByteEncoding] = []
      for id in node.inputs { encodings.append(try encoding(of: id)) }
      return encodings
    }
  }

  var output: ByteEncoding {
    get throws(IntegerExecutionError) { try encoding(of: node.output) }
  }

  /// Whether it gives numbers of 16 bits.
  var givesShorts: Bool { graph[node.output].integers?.element == .int16 }

  /// What it gives where that is of 16 bits about 0.
  var shorts: IntegerEncoding? {
    graph[node.output].integers.flatMap { $0.element == .int16 && $0.scales.count == 1 && $0.zeroPoints == [0] ? $0 : nil }
  }

  /// Whether inputs and output are all of int8 with one scale.
  var isOfInt8: Bool {
    (node.inputs + node.outputs).allSatisfy { ByteEncoding(graph[$0].integers) != nil }
  }

  private func encoding(of id: ValueID) throws(IntegerExecutionError) -> ByteEncoding {
    guard let encoding = ByteEncoding(graph[id].integers) else {
      throw inexact("\(graph[id].name) is not of int8 with one scale")
    }
    return encoding
  }

  /// All 256 results of an activation.
  func table(_ activation: Activation) throws(IntegerExecutionError) -> [Int8] {
    let (x, y) = (try inputs[0], try output)
    guard let function = activation.byteFunction else { throw inexact("it is not an operator of theirs") }
    guard let table = function.table(from: x, to: y) else {
      throw inexact("the reference does not compute it from \(x) to \(y)")
    }
    return table
  }

  /// What surrounds the sample, where it is one number.
  func border(_ padding: Padding) throws(IntegerExecutionError) -> Int8 {
    _ = try inputs
    guard case .constant(let number) = padding.mode else { return 0 }
    return try output.byte(of: number)
  }
}
