/// A border: how much before and after each axis of the sample, and what it holds.
public struct Padding: Equatable, Sendable, Codable {
  public enum Mode: Equatable, Sendable, Codable {
    case constant(Float)
    /// Mirrors without repeating the edge.
    case reflect
    /// Mirrors with the edge.
    case symmetric
    /// Repeats the edge.
    case edge
  }

  public var before: [Int]
  public var after: [Int]
  public var mode: Mode

  public init(before: [Int], after: [Int], mode: Mode) {
    self.before = before
    self.after = after
    self.mode = mode
  }
}

extension Padding: OneInput, SameNumbers {
  var operation: Operation { .pad(self) }
  var name: String { "pad" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    let x = given[0]
    guard before.count == x.count, after.count == x.count,
      (before + after).allSatisfy({ $0 >= 0 && $0 < 1 << 24 })
    else { throw given.unfit("pads \(before), \(after) do not fit \(x)") }
    if let most = mirrored(x), zip(zip(before, after).map(max), most).contains(where: >) {
      throw given.unfit("a mirrored border of \(before), \(after) cannot be wider than \(most)")
    }
    return [x.indices.map { x[$0] + before[$0] + after[$0] }]
  }

  /// How much of each axis there is to mirror; nil: it does not.
  private func mirrored(_ shape: [Int]) -> [Int]? {
    switch mode {
    case .constant, .edge: nil
    case .reflect: shape.map { $0 - 1 }
    case .symmetric: shape
    }
  }

  /// Where an index of a bordered axis, counted from the sample's first, comes from in an axis of `size`;
  /// nil: from the constant.
  package func source(_ index: Int, of size: Int) -> Int? {
    if (0..<size).contains(index) { return index }
    switch mode {
    case .constant: return nil
    case .edge: return min(max(index, 0), size - 1)
    case .reflect: return index < 0 ? -index : 2 * (size - 1) - index
    case .symmetric: return index < 0 ? -index - 1 : 2 * size - 1 - index
    }
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    guard case .constant(let number) = mode, !hides(below: inputs[0].lowerBound, node, in: graph)
    else { return inputs[0] }
    return inputs[0].joined(with: Interval(holding: [number]))
  }

  var probability: Probability { .none }

  /// A border beyond the bytes of that scale.
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool {
    guard case .constant(let number) = mode else { return false }
    return !(0...255 * givenScale).contains(Double(number)) && !hides(below: 0, node, in: graph)
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    let track = trace.track(of: node.inputs[0])
    if before.isEmpty { return track }
    guard before[track.axis] == 0, after[track.axis] == 0 else {
      trace.pin(track)
      return trace.pinnedTrack(output, axis: track.axis)
    }
    guard case .constant(let border) = mode, (before + after).contains(where: { $0 > 0 })
    else { return track }
    return track.mapping { $1 == border ? $1 : nil }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .bordered(self) }
  var exactForm: ExactForm? { .pad(self) }

  /// Whether the constant never comes through: it is no larger than what it surrounds, and is read by
  /// max pools alone, every window of which sees something else too.
  private func hides(below least: Double, _ node: Node, in graph: Graph) -> Bool {
    guard case .constant(let number) = mode, Double(number) <= least,
      !graph.outputs.contains(node.output)
    else { return false }
    let size = graph[node.inputs[0]].shape
    let readers = graph.nodes.filter { $0.inputs.contains(node.output) }
    return !readers.isEmpty && readers.allSatisfy { reader in
      guard case .maxPool(let window) = reader.operation, before[0] + after[0] == 0 else {
        return false
      }
      return (0..<2).allSatisfy { axis in
        let inside = before[axis + 1]..<before[axis + 1] + size[axis + 1]
        return (0..<graph[reader.output].shape[axis + 1]).allSatisfy { place in
          (0..<window.kernel[axis]).contains { tap in
            inside.contains(
              place * window.strides[axis] - window.padBefore[axis] + tap * window.dilations[axis])
          }
        }
      }
    }
  }
}
