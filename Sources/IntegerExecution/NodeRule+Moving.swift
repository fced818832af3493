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

  /// Of each row of a window what is left when that of `new` comes behind it.
  static func slid<Element>(_ window: [Element], _ new: [Element], inners: [Int]) -> [Element] {
    var rows: [Element] = []
    rows.reserveCapacity(window.count)
    for row in 0..<window.count / inners[0] {
      rows += window[row * inners[0] + inners[1]..<(row + 1) * inners[0]]
      rows += new[row * inners[1]..<(row + 1) * inners[1]]
    }
    return rows
  }

  /// Where each element of a padded array comes from; -1: from no place of the array.
  static func paddedPlaces(_ shape: [Int], _ padding: Padding) -> [Int] {
    let strides = rowMajorStrides(shape)
    return shape.indices.reduce([0]) { places, axis in
      let size = shape[axis]
      let own = (-padding.before[axis]..<size + padding.after[axis]).map { padding.source($0, of: size) ?? -1 }
      return places.flatMap { start in
        own.map { start < 0 || $0 < 0 ? -1 : start + $0 * strides[axis] }
      }
    }
  }

  /// An image at another size: sums of four bytes by weights of 2^20 in all, halves away from 0.
  static func resized(_ x: [Int8], _ shape: [Int], _ resize: Resize) -> [Int8] {
    let (rows, columns) = (taps(resize, 0, of: shape[1]), taps(resize, 1, of: shape[2]))
    return stride(from: 0, to: x.count, by: shape[1] * shape[2]).flatMap { plane in
      rows.flatMap { row in
        columns.map { column in
          let sum = row.reduce(0) { sum, h in
            let start = plane + h.place * shape[2]
            return column.reduce(sum) { $0 + h.weight * $1.weight * Int(x[start + $1.place]) }
          }
          return Int8((sum + (sum < 0 ? -1 : 1) * 1 << 19) / 1 << 20)
        }
      }
    }
  }

  /// What each place of an axis reads, in 1024ths.
  private static func taps(_ resize: Resize, _ axis: Int, of count: Int) -> [[(place: Int, weight: Int)]] {
    resize.readings(axis, of: count).map { readings in readings.map { ($0.place, Int($0.weight * 1024)) } }
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
