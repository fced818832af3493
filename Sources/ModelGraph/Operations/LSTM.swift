/// What an LSTM of integers keeps or gives, of what its gates are given: a cell [H], and the sums of two layers, of a
/// frame [T, 4 H] or [4 H], and of what was given before [4 H]. The gates are input, output, forget and what is new.
///
/// TensorFlow Lite Micro computes it with 16 bits. In numbers it is what `Graph.inNumbers` makes of it, operations that
/// every network has.
public struct LSTM: Equatable, Sendable, Codable {
  public enum Part: String, Equatable, Sendable, Codable {
    /// f c + i new.
    case cell
    /// o tanh(c), of what the cell has become.
    case hidden
  }

  public var part: Part
  /// Which row of the first sums is this frame's.
  public var frame: Int
  /// Within so much of 0 a cell is; nil: anywhere.
  public var limit: Float?

  public init(_ part: Part, frame: Int = 0, limit: Float? = nil) {
    (self.part, self.frame, self.limit) = (part, frame, limit)
  }
}

extension LSTM: NewNumbers, NoParameters {
  var operation: Operation { .lstm(self) }
  var name: String { part == .cell ? "lstm-cell" : "lstm-output" }
  var arity: ClosedRange<Int> { 3...3 }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    let (cell, sums, recurrent) = (given[0], given[1], given[2])
    guard cell.count == 1, recurrent == [4 * cell[0]], sums.last == recurrent[0], sums.count <= 2, frame >= 0,
      frame < (sums.count == 2 ? sums[0] : 1)
    else { throw given.unfit("\(sums) and \(recurrent) are not what four gates of \(cell) are given in frame \(frame)") }
    return [cell]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval {
    if part == .hidden { return -1...1 }
    return limit.map { -Double($0)...Double($0) } ?? .all
  }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    for input in node.inputs { trace.pin(trace.track(of: input)) }
    return trace.pinnedTrack(output, axis: trace.extent(output).count - 1)
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  /// A cell over what it was.
  var overwrites: Overwrites { part == .cell ? .first : .never }
  var onBlocks: OnBlocks? { nil }
  func streamForm(of node: Node, in graph: Graph) -> StreamForm { .whole }
  var exactForm: ExactForm? { .lstm(self) }
}
