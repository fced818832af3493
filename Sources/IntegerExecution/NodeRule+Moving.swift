// Operations that move bytes, as lists of the places that they come from. The lists are made when a sample
// is run: a graph that is only looked at costs nothing of its values' sizes.

import ModelGraph
import Tensors

extension NodeRule {
  /// Where each element of `shape` is in an array that is broadcast to it from the right.
  static func broadcast(_ from: [Int], to shape: [Int]) -> [Int] {
    let padded = Array(repeating: 1, count: shape.count - from.count) + from
    let strides = rowMajorStrides(padded)
    return places(shape, strides: zip(padded, strides).map { $0 == 1 ? 0 : $1 })
  }

  /// Where each element of the transposed array is in the array.
  static func transposed(_ shape: [Int], _ permutation: [Int]) -> [Int] {
    let strides = rowMajorStrides(shape)
    return places(permutation.map { shape[$0] }, strides: permutation.map { strides[$0] })
  }

  /// Arrays side by side: `inners` elements of each at a time.
  static func joined(_ x: [[Int8]], inners: [Int]) -> [Int8] {
    let count = x[0].count / inners[0]
    return (0..<count).flatMap { outer in
      zip(x, inners).flatMap { $0[outer * $1..<(outer + 1) * $1] }
    }
  }

  /// Where each element of a padded array comes from; -1: from no place of the array.
  static func paddedPlaces(_ shape: [Int], _ padding: Padding) -> [Int] {
    let strides = rowMajorStrides(shape)
    return shape.indices.reduce([0]) { places, axis in
      let size = shape[axis]
      let own = (-padding.before[axis]..<size + padding.after[axis]).map { source($0, size, padding.mode) }
      return places.flatMap { start in
        own.map { start < 0 || $0 < 0 ? -1 : start + $0 * strides[axis] }
      }
    }
  }

  private static func source(_ place: Int, _ size: Int, _ mode: Padding.Mode) -> Int {
    switch mode {
    case .constant: (0..<size).contains(place) ? place : -1
    case .edge: min(max(place, 0), size - 1)
    case .reflect: place < 0 ? -place : place < size ? place : 2 * (size - 1) - place
    }
  }

  private static func rowMajorStrides(_ shape: [Int]) -> [Int] {
    shape.indices.map { shape[($0 + 1)...].elementCount }
  }

  /// The sum of index x stride for each element of a shape, row-major.
  private static func places(_ shape: [Int], strides: [Int]) -> [Int] {
    zip(shape, strides).reduce([0]) { places, axis in
      places.flatMap { start in (0..<axis.0).map { start + $0 * axis.1 } }
    }
  }
}
