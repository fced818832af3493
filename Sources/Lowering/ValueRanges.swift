// Between what numbers the values of a graph lie, and which of these numbers matter: types and scales
// of bytes follow from both. The first is known from the graph alone, by interval arithmetic in
// running order. The second goes the other way: whatever reads a value may be blind beyond a bound,
// as a clip is, and then the value may be cut off there, at no cost. A max pool is blind to what is
// below the least that it ever gives: a border of huge negative numbers before it is never seen.

import Foundation
import ModelGraph
import Tensors

/// An interval of numbers; its ends may be infinite.
package typealias Interval = ClosedRange<Double>

extension Graph {
  /// Between what numbers each value lies whatever the samples are.
  func structuralRanges(inputs: [IntegerTypes.Input]) -> [Interval] {
    var ranges = [Interval](repeating: .all, count: values.count)
    for (value, input) in zip(self.inputs, inputs) where !input.isSigned {
      ranges[value.index] = 0...(input.scale.map { 255 * $0 } ?? .infinity)
    }
    for node in nodes {
      ranges[node.output.index] = range(of: node, node.inputs.map { ranges[$0.index] })
    }
    return ranges
  }

  private func range(of node: Node, _ inputs: [Interval]) -> Interval {
    switch node.operation {
    case .activation(let activation): return activation.range(of: inputs[0])
    case .softmax: return 0...1
    case .maxPool, .averagePool: return inputs[0].joined(with: .zero)
    case .spatialMean, .select, .reshape, .transpose: return inputs[0]
    case .concat: return inputs.dropFirst().reduce(inputs[0]) { $0.joined(with: $1) }
    case .pad(let padding):
      guard case .constant(let number) = padding.mode,
        !hidesBorder(of: node, below: inputs[0].lowerBound)
      else { return inputs[0] }
      return inputs[0].joined(with: Interval(holding: [number]))
    case .binary(let operation): return operation.range(inputs[0], inputs[1])
    case .prelu(let slope):
      return inputs[0].positive.joined(with: inputs[0].negative.times(interval(slope)))
    case .constant(let id): return interval(id)
    case .affine(let scale, let shift):
      return inputs[0].times(interval(scale)).plus(interval(shift))
    case .convolution, .dense: return .all
    }
  }

  private func interval(_ id: ParameterID) -> Interval { Interval(holding: self[id].tensor.values) }

  /// Whether a border's constant never comes through: it is no larger than what it surrounds, and is
  /// read by max pools alone, every window of which sees something else too.
  func hidesBorder(of node: Node, below least: Double) -> Bool {
    guard case .pad(let padding) = node.operation, case .constant(let number) = padding.mode,
      Double(number) <= least, !outputs.contains(node.output)
    else { return false }
    let size = self[node.inputs[0]].shape
    let readers = nodes.filter { $0.inputs.contains(node.output) }
    return !readers.isEmpty && readers.allSatisfy { reader in
      guard case .maxPool(let window) = reader.operation, padding.before[0] + padding.after[0] == 0
      else { return false }
      return (0..<2).allSatisfy { axis in
        let inside = padding.before[axis + 1]..<padding.before[axis + 1] + size[axis + 1]
        return (0..<self[reader.output].shape[axis + 1]).allSatisfy { place in
          (0..<window.kernel[axis]).contains { tap in
            inside.contains(
              place * window.strides[axis] - window.padBefore[axis] + tap * window.dilations[axis])
          }
        }
      }
    }
  }

  /// Of each value the interval beyond which no reader tells its numbers apart.
  ///
  /// - Parameter seen: between what each value's numbers were on samples.
  package func readRanges(seen: [Interval]) -> [Interval] {
    var ranges = [Interval?](repeating: nil, count: values.count)
    for output in outputs { ranges[output.index] = .all }
    for node in nodes.reversed() {
      guard let read = ranges[node.output.index] else { continue }
      let range = node.operation.readRange(of: read, seen: seen[node.output.index])
      for input in node.inputs {
        ranges[input.index] = ranges[input.index]?.joined(with: range) ?? range
      }
    }
    return ranges.map { $0 ?? .zero }
  }
}

extension ModelGraph.Operation {
  /// What of its input an operation tells apart.
  ///
  /// - Parameters:
  ///   - read: what others tell apart of its output.
  ///   - seen: between what numbers its output was.
  fileprivate func readRange(of read: Interval, seen: Interval) -> Interval {
    switch self {
    case .activation(let activation): activation.readRange(of: read, seen: seen)
    case .maxPool: read.clamped(to: seen.lowerBound...(.infinity))
    case .concat, .pad, .reshape, .transpose, .select: read
    case .averagePool, .spatialMean, .convolution, .dense, .affine, .prelu, .softmax, .binary,
      .constant: .all
    }
  }
}

extension Activation {
  /// The least interval that is easily seen to hold all results.
  fileprivate func range(of x: Interval) -> Interval {
    switch self {
    case .relu: x.clamped(to: 0...(.infinity))
    case .clip(let low, let high): x.clamped(to: Interval(holding: [low, high]))
    case .sigmoid, .hardSigmoid: 0...1
    case .tanh: (x.lowerBound >= 0 ? 0 : -1)...(x.upperBound <= 0 ? 0 : 1)
    case .leakyRelu(let alpha):
      x.positive.joined(with: x.negative.times(Double(alpha)...Double(alpha)))
    case .hardSwish: x.lowerBound >= 0 ? x : -0.375...max(x.upperBound, 0)
    }
  }

  /// As an operation's. Where a function only comes near a bound, numbers that it takes to less than
  /// a quarter of a byte's step from it are one.
  fileprivate func readRange(of read: Interval, seen: Interval) -> Interval {
    switch self {
    case .relu: return read.clamped(to: 0...(.infinity))
    case .clip(let low, let high): return read.clamped(to: Interval(holding: [low, high]))
    case .leakyRelu(let alpha):
      if alpha == 0 { return read.clamped(to: 0...(.infinity)) }
      return alpha == 1 ? read : .all
    case .sigmoid:
      let near = seen.reach / 1020
      return near > 0 ? log(near / (1 - near))...log((1 - near) / near) : .all
    case .tanh:
      let near = seen.reach / 508
      return near > 0 ? -atanh(1 - near)...atanh(1 - near) : .all
    case .hardSigmoid(let alpha, let beta):
      return alpha == 0 ? .zero : Interval(holding: [-beta / alpha, (1 - beta) / alpha])
    case .hardSwish: return -3...(.infinity)
    }
  }
}

extension BinaryOperator {
  fileprivate func range(_ a: Interval, _ b: Interval) -> Interval {
    switch self {
    case .add: a.plus(b)
    case .subtract: a.plus(-b.upperBound ... -b.lowerBound)
    case .multiply: a.times(b)
    case .divide: a.lowerBound >= 0 && b.lowerBound >= 0 ? 0...(.infinity) : .all
    }
  }
}

extension Interval {
  static var all: Interval { -Double.infinity...Double.infinity }
  package static var zero: Interval { 0...0 }

  /// The least that holds all these numbers, what is infinite or NaN left out.
  package init(holding numbers: [Float]) {
    var (low, high) = (Float.infinity, -Float.infinity)
    for number in numbers where number.isFinite {
      (low, high) = (Swift.min(low, number), Swift.max(high, number))
    }
    self = low <= high ? Double(low)...Double(high) : .zero
  }

  /// The largest magnitude.
  package var reach: Double { Swift.max(-lowerBound, upperBound) }

  /// The least that holds both.
  package func joined(with other: Interval) -> Interval {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }

  /// What is above 0 of it, or 0.
  fileprivate var positive: Interval { clamped(to: 0...(.infinity)) }
  /// What is below.
  fileprivate var negative: Interval { clamped(to: -Double.infinity...0) }

  fileprivate func plus(_ other: Interval) -> Interval {
    let (low, high) = (lowerBound + other.lowerBound, upperBound + other.upperBound)
    return low <= high ? low...high : .all
  }

  fileprivate func times(_ other: Interval) -> Interval {
    func product(_ a: Double, _ b: Double) -> Double { a == 0 || b == 0 ? 0 : a * b }
    let products = [lowerBound, upperBound].flatMap { a in
      [other.lowerBound, other.upperBound].map { product(a, $0) }
    }
    return products.reduce(products[0]...products[0]) { $0.joined(with: $1...$1) }
  }
}
