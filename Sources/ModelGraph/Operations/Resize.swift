// An image of another size: along each axis a place of the output reads near one place of the input.
//
// Where that is, is a line: place i is (i x step + start) / unit, in exact fractions. What an output reads is
// the product of both axes: the place itself, or its two neighbours by their nearness. Modes of other formats
// (aligned corners, half pixels, roundings) are other lines.

/// [C, H, W] to [C, OH, OW].
public struct Resize: Equatable, Sendable, Codable {
  public enum Mode: Equatable, Sendable, Codable {
    /// The place rounded down.
    case nearest
    /// The two places around it, weighted by nearness.
    case linear
  }

  /// Where the places of an axis are: those before the first and behind the last are these.
  public struct Axis: Equatable, Sendable, Codable {
    /// Of the output; 1...65535.
    public var size: Int
    /// At least 0; in units, at most 65535.
    public var step: Int
    /// In units, -65535...65535.
    public var start: Int
    /// 1...2^20.
    public var unit: Int

    public init(size: Int, step: Int, start: Int = 0, unit: Int = 1) {
      (self.size, self.step, self.start, self.unit) = (size, step, start, unit)
    }
  }

  public var mode: Mode
  /// Height and width.
  public var axes: [Axis]

  public init(mode: Mode, axes: [Axis]) { (self.mode, self.axes) = (mode, axes) }
}

extension Resize.Axis {
  /// The largest unit.
  package static let finest = 1 << 20
  /// Bits of a weight among integers.
  package static let weightBits = 10

  /// A place of the input, rounded down, and what is left of it, in units.
  package func place(_ index: Int) -> (whole: Int, rest: Int) {
    let position = index * step + start
    let rest = (position % unit + unit) % unit
    return ((position - rest) / unit, rest)
  }

  /// The two places around it, the same twice at the borders, of an input of so many.
  package func neighbours(_ index: Int, of count: Int) -> (low: Int, high: Int) {
    let whole = place(index).whole
    return (min(max(whole, 0), count - 1), min(max(whole + 1, 0), count - 1))
  }

  /// The same with a unit that is a power of two from 2^10 on, rounded where it was none.
  package var ofBits: Resize.Axis {
    if unit.nonzeroBitCount == 1 && unit >= 1 << Self.weightBits { return self }
    func rounded(_ number: Int) -> Int {
      let doubled = 2 * number * Self.finest + unit
      return (doubled - ((doubled % (2 * unit)) + 2 * unit) % (2 * unit)) / (2 * unit)
    }
    return Resize.Axis(size: size, step: rounded(step), start: rounded(start), unit: Self.finest)
  }

  package var isPossible: Bool {
    (1...65535).contains(size) && (1...Self.finest).contains(unit) && (0...65535 * unit).contains(step)
      && (-65535 * unit...65535 * unit).contains(start)
  }
}

extension Resize {
  /// What each place of an axis reads, of an input of so many, and by what weights: one or two places.
  package func readings(_ axis: Int, of count: Int) -> [[(place: Int, weight: Float)]] {
    let axis = axes[axis]
    return (0..<axis.size).map { index in
      let (low, high) = axis.neighbours(index, of: count)
      switch mode {
      case .nearest: return [(low, 1)]
      case .linear:
        let weight = Float(axis.place(index).rest) / Float(axis.unit)
        return [(low, 1 - weight), (high, weight)]
      }
    }
  }
}

extension Resize: OneInput, NoParameters {
  var operation: Operation { .resize(self) }
  var name: String { "resize" }

  func outputShapes(_ given: ShapeInference) throws(GraphError) -> [[Int]] {
    guard given[0].count == 3 else { throw given.unfit("its input \(given[0]) is not [channels, height, width]") }
    guard axes.count == 2, axes.allSatisfy(\.isPossible) else {
      throw given.unfit("sizes \(axes.map(\.size)) of a resized image are not two of 1 to 65535")
    }
    return [[given[0][0]] + axes.map(\.size)]
  }

  func range(of node: Node, in graph: Graph, _ inputs: [Interval]) -> Interval { inputs[0] }
  /// Between two places lies what neither of them is.
  func readRange(of read: Interval, seen: Interval) -> Interval { mode == .nearest ? read : .all }
  var probability: Probability { .none }
  var byteScale: ByteScale { .kept }
  func separates(givenScale: Double, of node: Node, in graph: Graph) -> Bool { false }

  func units(of output: ValueID, _ node: Node, in trace: inout UnitTrace) -> UnitTrack {
    trace.pooled(output, node) { _ in true }
  }

  mutating func cut(_ cutting: inout UnitCutting) {}
  var takesActivation: TakesActivation { .never }
  var overwrites: Overwrites { .never }
  var onBlocks: OnBlocks? { nil }
  var exactForm: ExactForm? { .resize(self) }

  func streamForm(of node: Node, in graph: Graph) -> StreamForm {
    let (from, to) = (graph[node.inputs[0]].shape, graph[node.output].shape)
    return .resized(axes: Set(from.indices.filter { from[$0] != to[$0] }))
  }
}
