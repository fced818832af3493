// Between which stored bytes the units of an integer graph lie, whatever the input is.
//
// Every position along the axis on which a value's units go (`UnitTrace`) has an interval of bytes,
// carried forward exactly: an input may be any byte; a layer's sum lies between bounds that the signs
// of its weights and the intervals of its inputs give, at every border of the image, and its finish
// never falls as the sum grows; a function of one byte is looked up for every byte of its interval;
// what adds or multiplies two bytes is extreme at the ends of both. No sample is needed, and an interval
// of one byte is a proof: the unit is a constant.

import FixedPoint
import IntegerExecution
import ModelGraph
import Tensors

/// The intervals of all values, and the bounds of all layers' sums.
package struct ByteRanges {
  package struct Track: Equatable {
    package let axis: Int
    /// By position along the axis.
    package let bytes: [ClosedRange<Int>]

    var hull: ClosedRange<Int> { .joining(bytes) }
  }

  let graph: Graph
  /// By value; nil for what is not int8, and for what no node makes.
  package private(set) var tracks: [Track?]
  /// By layer, in running order; nil for one that is not of int8.
  package private(set) var layers: [ByteSums?] = []

  static let all = -128...127

  package init(_ graph: Graph) {
    self.init(graph, axes: UnitTrace(graph, numbers: graph.layers.map(graph.survivors)))
  }

  /// - Parameter axes: of the same graph; only the axes of its tracks matter.
  init(_ graph: Graph, axes trace: UnitTrace) {
    self.graph = graph
    tracks = Array(repeating: nil, count: graph.values.count)
    func set(_ value: ValueID, _ bytes: [ClosedRange<Int>]?) {
      guard let axis = trace.tracks[value.index]?.axis, encoding(value) != nil else { return }
      let count = graph.extent(value)[axis]
      tracks[value.index] = Track(
        axis: axis, bytes: bytes ?? Array(repeating: Self.all, count: count))
    }
    for input in graph.inputs { set(input, nil) }
    var layers = graph.layers.makeIterator()
    for node in graph.nodes {
      if node.operation.layer != nil, let layer = layers.next() {
        self.layers.append(ByteSums(layer, in: self))
      }
      for output in node.outputs {
        guard let axis = trace.tracks[output.index]?.axis else { continue }
        set(output, bytes(of: node, output, axis: axis))
      }
    }
  }

  /// What a value's bytes stand for; nil where it is not int8 of one scale.
  func encoding(_ value: ValueID) -> ByteEncoding? { ByteEncoding(graph[value].integers) }

  /// The intervals along an axis; all that there are where the value's units go along another. nil: it
  /// is not int8.
  func bytes(_ value: ValueID, along axis: Int) -> [ClosedRange<Int>]? {
    guard let track = tracks[value.index] else { return nil }
    let count = graph.extent(value)[axis]
    return track.axis == axis ? track.bytes : Array(repeating: track.hull, count: count)
  }

  // MARK: Operations

  /// - Parameter axis: of the output.
  /// - Returns: by position; nil where nothing is known.
  private func bytes(of node: Node, _ output: ValueID, axis: Int) -> [ClosedRange<Int>]? {
    guard let form = node.operation.exactForm else { return nil }
    let first = node.inputs.first
    switch form {
    case .filters: return layers.last??.outputs
    case .function(let activation): return activation.byteFunction.flatMap { mapped(node, axis, $0) }
    case .requantize: return mapped(node, axis, .requantize)
    case .maxPool(let window), .averagePool(let window): return pooled(node, axis, window)
    case .mean: return averaged(node, axis)
    case .prelu(let slope): return sloped(node, slope, axis)
    case .binary(let operation): return combined(node, operation, axis)
    case .constant(let parameter): return constants(parameter, axis)
    case .concat(let joined): return concatenated(node, joined, axis)
    case .pad(let padding): return padded(node, padding, axis)
    case .resize: return resized(node, axis)
    case .same: return reshaped(node, axis)
    case .transpose(let permutation): return first.flatMap { bytes($0, along: permutation[axis]) }
    case .gather(let places):
      let all = first.flatMap { bytes($0, along: axis) }
      return axis == graph.extent(output).count - 1 ? all.map { all in places.map { all[$0] } } : all
    case .slide(let moved): return slid(node, moved, axis)
    case .softmax, .logSoftmax, .argMax, .lstm: return nil
    }
  }

  /// A function of one byte.
  private func mapped(_ node: Node, _ axis: Int, _ function: ByteFunction) -> [ClosedRange<Int>]? {
    guard let x = encoding(node.inputs[0]), let y = encoding(node.output),
      let table = function.table(from: x, to: y)
    else { return nil }
    return bytes(node.inputs[0], along: axis)?.map { range in
      ClosedRange.holding(range.map { table[$0 + 128] })
    }
  }

  /// The largest, and the mean, of bytes lie between the least and the largest of them.
  private func pooled(_ node: Node, _ axis: Int, _ window: Window) -> [ClosedRange<Int>]? {
    window.alwaysSees(graph[node.inputs[0]].shape) ? bytes(node.inputs[0], along: axis) : nil
  }

  private func averaged(_ node: Node, _ axis: Int) -> [ClosedRange<Int>]? {
    let count = graph[node.inputs[0]].shape.dropFirst().elementCount
    guard axis == 0, let x = encoding(node.inputs[0]), let y = encoding(node.output), count <= 1 << 23
    else { return nil }
    let mean = ByteMean(count: count, from: x, to: y)
    guard mean.multiplier.hasRoom(for: 255 * count) else { return nil }
    return bytes(node.inputs[0], along: 0)?.map { range in
      .holding(range.ends.map { mean.byte(sum: count * Int($0)) })
    }
  }

  private func sloped(_ node: Node, _ id: ParameterID, _ axis: Int) -> [ClosedRange<Int>]? {
    guard let x = encoding(node.inputs[0]), let y = encoding(node.output),
      let slopes = graph[id].integers, let slope = ByteEncoding(slopes.encoding),
      FixedMultiplier(from: x.scale, times: slope.scale, to: y).hasRoom(for: 255 * 255)
    else { return nil }
    let rule = ByteSlope(x, slope: slope, to: y)
    let rank = graph.extent(node.output).count
    let shape = Array(repeating: 1, count: rank - slopes.shape.count) + slopes.shape
    let slices = slopes.integers.ranges(of: shape, along: axis)
    return bytes(node.inputs[0], along: axis)?.enumerated().map { position, range in
      let slice = slices[slices.count == 1 ? 0 : position]
      return .holding(
        range.flatMap { byte in slice.ends.map { rule.byte(Int8(byte), slope: $0) } })
    }
  }

  private func combined(_ node: Node, _ operation: BinaryOperator, _ axis: Int) -> [ClosedRange<Int>]? {
    guard let rule = byteRule(node, operation) else { return nil }
    let count = graph.extent(node.output)[axis]
    let sides = node.inputs.compactMap { side($0, of: node.output, axis: axis) }
    guard sides.count == 2 else { return nil }
    return (0..<count).map { position in
      let (a, b) = (sides[0][position % sides[0].count], sides[1][position % sides[1].count])
      return .holding(a.ends.flatMap { first in b.ends.map { rule(first, $0) } })
    }
  }

  /// Two bytes to one; it is extreme where both are.
  private func byteRule(_ node: Node, _ operation: BinaryOperator) -> ((Int8, Int8) -> Int8)? {
    guard let a = encoding(node.inputs[0]), let b = encoding(node.inputs[1]), let y = encoding(node.output)
    else { return nil }
    switch operation {
    case .add, .subtract:
      return ByteSum(a, b, to: y, subtracts: operation == .subtract).map { rule in { rule.byte($0, $1) } }
    case .multiply:
      let factor = FixedMultiplier(from: a.scale, times: b.scale, to: y)
      let rule = ByteProduct(a, b, to: y)
      return factor.hasRoom(for: 255 * 255) ? { rule.byte($0, $1) } : nil
    case .maximum: return { max($0, $1) }
    case .minimum: return { min($0, $1) }
    case .divide: return nil
    }
  }

  /// The intervals of an operand along an axis of a result that it is broadcast to from the right: one
  /// where it has one position there.
  private func side(_ value: ValueID, of output: ValueID, axis: Int) -> [ClosedRange<Int>]? {
    let own = axis - graph.extent(output).count + graph.extent(value).count
    return own >= 0 ? bytes(value, along: own) : tracks[value.index].map { [$0.hull] }
  }

  // MARK: Bytes that move

  private func constants(_ id: ParameterID, _ axis: Int) -> [ClosedRange<Int>]? {
    guard let integers = graph[id].integers, integers.encoding.element == .int8 else { return nil }
    return integers.integers.ranges(of: integers.shape.isEmpty ? [1] : integers.shape, along: axis)
  }

  private func concatenated(_ node: Node, _ joined: Int, _ axis: Int) -> [ClosedRange<Int>]? {
    let parts = node.inputs.compactMap { bytes($0, along: axis) }
    guard parts.count == node.inputs.count else { return nil }
    if axis == joined { return parts.flatMap { $0 } }
    return parts[0].indices.map { position in ClosedRange.joining(parts.map { $0[position] }) }
  }

  /// What is at a place of the window was at another, or is new.
  private func slid(_ node: Node, _ moved: Int, _ axis: Int) -> [ClosedRange<Int>]? {
    let parts = node.inputs.compactMap { bytes($0, along: axis) }
    guard parts.count == 2 else { return nil }
    if axis == moved { return Array(repeating: .joining(parts[0] + parts[1]), count: parts[0].count) }
    return zip(parts[0], parts[1]).map { .joining([$0, $1]) }
  }

  private func padded(_ node: Node, _ padding: Padding, _ axis: Int) -> [ClosedRange<Int>]? {
    guard let inside = bytes(node.inputs[0], along: axis), let encoding = encoding(node.output)
    else { return nil }
    if padding.before.isEmpty { return inside }
    guard case .constant(let number) = padding.mode else {
      // Bytes of the sample again, of other positions where the border is along the axis.
      let count = graph.extent(node.output)[axis]
      return count == inside.count ? inside : Array(repeating: .joining(inside), count: count)
    }
    let byte = Int(encoding.byte(of: number))
    let others = padding.before.indices.filter { $0 != axis }
    let isBordered = others.contains { padding.before[$0] + padding.after[$0] > 0 }
    let joined = isBordered ? inside.map { .joining([$0, byte...byte]) } : inside
    return Array(repeating: byte...byte, count: padding.before[axis]) + joined
      + Array(repeating: byte...byte, count: padding.after[axis])
  }

  /// Between bytes of the sample, of other positions where the axis is one of the image.
  private func resized(_ node: Node, _ axis: Int) -> [ClosedRange<Int>]? {
    guard axis > 0 else { return bytes(node.inputs[0], along: 0) }
    let count = graph.extent(node.output)[axis]
    return tracks[node.inputs[0].index].map { Array(repeating: $0.hull, count: count) }
  }

  /// Of a position all that it takes elements from.
  private func reshaped(_ node: Node, _ axis: Int) -> [ClosedRange<Int>]? {
    guard let track = tracks[node.inputs[0].index] else { return nil }
    let (from, to) = (graph.extent(node.inputs[0]), graph.extent(node.output))
    let (oldInner, newInner) = (from[(track.axis + 1)...].elementCount, to[(axis + 1)...].elementCount)
    var bytes = [ClosedRange<Int>?](repeating: nil, count: to[axis])
    for element in 0..<to.elementCount {
      let (old, new) = (element / oldInner % from[track.axis], element / newInner % to[axis])
      bytes[new] = bytes[new].map { .joining([$0, track.bytes[old]]) } ?? track.bytes[old]
    }
    return bytes.compactMap { $0 }
  }
}
