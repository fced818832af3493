// An LSTM of integers: its cell and what its gates are given are of 16 bits, what it gives is of 8.

import FixedPoint
import ModelGraph

extension NodeRule {
  /// Inputs: the cell, what gates are given of all frames, and of what the frame before has given.
  static func lstm(_ lstm: LSTM, _ site: NodeSite) throws(IntegerExecutionError) -> @Sendable ([Carried]) -> Carried {
    let graph = site.graph
    let (cell, sums) = (graph[site.node.inputs[0]], site.node.inputs.dropFirst())
    guard let encoding = cell.integers, let power = encoding.power, ShortCell.powers.contains(power),
      sums.allSatisfy({ graph[$0].integers == .gates })
    else { throw site.inexact("its cell is not of int16 about 0 with a scale of 2^-15 to 1") }
    let (size, first) = (cell.shape[0], lstm.frame * 4 * cell.shape[0])
    @Sendable func given(_ inputs: [Carried], _ place: Int) -> Int {
      ShortCell.saturated(Int(inputs[1].shorts[first + place]) + Int(inputs[2].shorts[place]))
    }
    switch lstm.part {
    case .cell:
      guard graph[site.node.output].integers == encoding else { throw site.inexact("its cell changes its scale") }
      let limit = try lstm.limit.map { (limit) throws(IntegerExecutionError) in
        try steps(limit, scale: encoding.scales[0], site)
      }
      return { inputs in
        .shorts(
          (0..<size).map { unit in
            Int16(
              ShortCell.cell(
                Int(inputs[0].shorts[unit]), input: given(inputs, unit), forget: given(inputs, 2 * size + unit),
                new: given(inputs, 3 * size + unit), power: power, limit: limit ?? 0))
          })
      }
    case .hidden:
      let y = try site.output
      let factor = FixedMultiplier(0x1p-30 / Double(y.scale))
      return { inputs in
        .bytes(
          (0..<size).map { unit in
            let shown = ShortCell.shown(Int(inputs[0].shorts[unit]), output: given(inputs, size + unit), power: power)
            return y.byte(factor.applied(to: Int32(shown)))
          })
      }
    }
  }

  /// A limit in steps of a scale, cut off; within 16 bits.
  private static func steps(_ limit: Float, scale: Float, _ site: NodeSite) throws(IntegerExecutionError) -> Int {
    guard let steps = LSTM.steps(limit, scale: scale) else {
      throw site.inexact("it keeps its cell within \(limit), which is less than a step of its scale")
    }
    return steps
  }
}

extension LSTM {
  /// A limit in steps of a cell's scale, cut off; nil: it is none.
  package static func steps(_ limit: Float, scale: Float) -> Int? {
    let steps = Double(limit) / Double(scale)
    return steps >= 1 ? Int(min(steps, 32767)) : nil
  }
}

extension IntegerEncoding {
  /// Of int16 about 0 the power of two that is its scale; nil for others.
  package var power: Int? {
    guard element == .int16, axis == nil, scales.count == 1, zeroPoints == [0], scales[0].significand == 1,
      scales[0].isNormal
    else { return nil }
    return Int(scales[0].exponent)
  }
}

extension Carried {
  var shorts: [Int16] {
    guard case .shorts(let shorts) = self else { preconditionFailure("a value of 16 bits") }
    return shorts
  }

  /// nil where they are of another type.
  var bytes: [Int8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
}
