// What ranges of bytes are made with.

import FixedPoint
import ModelGraph
import Tensors

extension ClosedRange<Int> {
  /// The least that holds all, of which there is one at least.
  static func joining(_ ranges: [ClosedRange<Int>]) -> ClosedRange<Int> {
    var (low, high) = (ranges[0].lowerBound, ranges[0].upperBound)
    for range in ranges {
      (low, high) = (Swift.min(low, range.lowerBound), Swift.max(high, range.upperBound))
    }
    return low...high
  }

  static func holding(_ bytes: [Int8]) -> ClosedRange<Int> {
    .joining(bytes.map { Int($0)...Int($0) })
  }

  var isOne: Bool { lowerBound == upperBound }
  /// Of a range of bytes.
  var ends: [Int8] { [Int8(lowerBound), Int8(upperBound)] }
}

extension [Int32] {
  /// For each position along an axis of a row-major array between which integers its slice lies.
  func ranges(of shape: [Int], along axis: Int) -> [ClosedRange<Int>] {
    let inner = shape[(axis + 1)...].elementCount
    var ranges = [ClosedRange<Int>?](repeating: nil, count: shape[axis])
    for (index, integer) in enumerated() {
      let (position, one) = (index / inner % shape[axis], Int(integer)...Int(integer))
      ranges[position] = ranges[position].map { .joining([$0, one]) } ?? one
    }
    return ranges.compactMap { $0 }
  }
}

extension Graph {
  /// The shape, with an axis for a scalar too.
  func extent(_ value: ValueID) -> [Int] { self[value].shape.isEmpty ? [1] : self[value].shape }

  /// A layer's weights that are not zero, as numbers or as integers: which those are is the same.
  func survivors(of layer: Layer) -> UnitTrace.Numbers {
    let values = self[layer.weight].integers?.integers.map { Float($0) } ?? self[layer.weight].tensor.values
    return (
      SparseMatrix(values, rows: layer.rows, columns: layer.columns),
      Array(repeating: 0, count: layer.rows)
    )
  }
}

extension FixedMultiplier {
  /// Whether integers up to this magnitude have room to be shifted in 32 bits.
  func hasRoom(for reach: Int) -> Bool { exponent <= 31 && reach < 1 << (31 - max(exponent, 0)) }
}
