// Between which integers the sums of a layer lie.
//
// At the border of an image some taps of a filter read nothing: what is outside is the zero point, and
// adds nothing to a sum of weights x (byte - zero point). Along each axis there are a few ranges of
// taps that are inside for some place of the filter, one of which is mostly all of them; the bounds of
// a row are those of all pairs of such ranges. Each is read off sums over rectangles of taps.

import FixedPoint
import ModelGraph
import Tensors

/// The bounds of one layer's sums, and what its rows give.
package struct ByteSums {
  /// For each row what its sums are finished by.
  package let multipliers: [FixedMultiplier]
  /// One a row; 0 where the layer has none.
  package let biases: [Int]
  /// For each row the bounds of the sum of weights x (byte - zero point), without the bias.
  package let sums: [ClosedRange<Int>]
  /// For each row the bytes that it gives; nil where sums may not fit 32 bits.
  package let rows: [ClosedRange<Int>?]
  /// By place of the input, the distances of its bytes from the zero point.
  private let steps: [ClosedRange<Int>]
  /// For each tap whether it is inside the image wherever the filter is.
  private let isInside: [Bool]
  private let rowsPerGroup, placesPerGroup: Int

  /// The same, with all bytes where nothing is known.
  var outputs: [ClosedRange<Int>] { rows.map { $0 ?? ByteRanges.all } }

  /// - Parameter ranges: with those of the layer's input.
  /// - Returns: nil where layer, input or output is not of int8.
  init?(_ layer: Layer, in ranges: ByteRanges) {
    let graph = ranges.graph
    let node = graph.nodes[layer.nodeIndex]
    let extent = graph.extent(node.inputs[0])
    let axis = layer.window == nil ? extent.count - 1 : 0
    guard let weights = graph[layer.weight].integers, weights.encoding.areRows(of: .int8),
      layer.bias.map({ graph[$0].integers?.encoding.areRows(of: .int32) == true }) ?? true,
      let x = ranges.encoding(node.inputs[0]), let y = ranges.encoding(node.output),
      let bytes = ranges.bytes(node.inputs[0], along: axis)
    else { return nil }
    let steps = bytes.map {
      $0.lowerBound - Int(x.zeroPoint)...$0.upperBound - Int(x.zeroPoint)
    }
    let borders = Borders(layer, input: extent, output: graph.extent(node.output))
    (rowsPerGroup, placesPerGroup) = (layer.rows / layer.groups, layer.columns / layer.taps)
    let (scales, rowsPerGroup, places) = (weights.encoding.scales, rowsPerGroup, placesPerGroup)
    let multipliers = (0..<layer.rows).map {
      FixedMultiplier(from: x.scale, times: scales[scales.count == 1 ? 0 : $0], to: y)
    }
    let sums = (0..<layer.rows).map { row in
      let first = row / rowsPerGroup * places
      return borders.bounds(
        weights.integers[row * layer.columns..<(row + 1) * layer.columns], steps[first..<first + places])
    }
    let biases = graph.integerBiases(of: layer)
    rows = sums.indices.map { row in
      multipliers[row].bytes(
        sums[row].lowerBound + biases[row]...sums[row].upperBound + biases[row], y)
    }
    (self.multipliers, self.sums, self.biases) = (multipliers, sums, biases)
    (self.steps, isInside) = (steps, borders.isInside)
  }

  /// What a weight reads, as a distance from the zero point, where that is a constant which the bias can
  /// take in: the zero point itself, or what is inside the image wherever the filter is.
  func constant(row: Int, column: Int) -> Int? {
    let range = steps[row / rowsPerGroup * placesPerGroup + column / isInside.count]
    return range.isOne && (range == 0...0 || isInside[column % isInside.count]) ? range.lowerBound : nil
  }
}

extension IntegerEncoding {
  /// About 0, with one scale or one a row.
  fileprivate func areRows(of element: Element) -> Bool {
    self.element == element && zeroPoints.allSatisfy { $0 == 0 } && axis ?? 0 == 0
  }
}

extension FixedMultiplier {
  /// What sums of an interval are finished to; nil where the ends do not fit 32 bits.
  fileprivate func bytes(_ sums: ClosedRange<Int>, _ y: ByteEncoding) -> ClosedRange<Int>? {
    guard hasRoom(for: max(sums.upperBound, -sums.lowerBound)) else { return nil }
    return .holding([sums.lowerBound, sums.upperBound].map { y.byte(applied(to: Int32($0))) })
  }
}

/// The ranges of taps that are inside the image together.
private struct Borders {
  let kernel: [Int]
  /// Along height and width.
  let ranges: [Set<Range<Int>>]

  init(_ layer: Layer, input: [Int], output: [Int]) {
    guard let window = layer.window else {
      (kernel, ranges) = ([1, 1], [[0..<1], [0..<1]])
      return
    }
    kernel = window.kernel
    ranges = (0..<2).map { axis in
      Set((0..<output[axis + 1]).map { place in
        let start = place * window.strides[axis] - window.padBefore[axis]
        let inside = (0..<window.kernel[axis]).filter {
          (0..<input[axis + 1]).contains(start + $0 * window.dilations[axis])
        }
        return inside.first.flatMap { first in inside.last.map { first..<$0 + 1 } } ?? 0..<0
      })
    }
  }

  var isInside: [Bool] {
    (0..<kernel[0]).flatMap { y in
      (0..<kernel[1]).map { x in
        ranges[0].allSatisfy { $0.contains(y) } && ranges[1].allSatisfy { $0.contains(x) }
      }
    }
  }

  /// Bounds of a filter's sum.
  ///
  /// - Parameters:
  ///   - filter: [places, kernel].
  ///   - steps: by place, the distances of its bytes from the zero point.
  func bounds(_ filter: ArraySlice<Int32>, _ steps: ArraySlice<ClosedRange<Int>>) -> ClosedRange<Int> {
    var (low, high) = (Rectangles(kernel), Rectangles(kernel))
    var index = filter.startIndex
    for range in steps {
      for tap in 0..<kernel[0] * kernel[1] {
        let weight = Int(filter[index])
        let (a, b) = (weight * range.lowerBound, weight * range.upperBound)
        low.taps[tap] += min(a, b)
        high.taps[tap] += max(a, b)
        index += 1
      }
    }
    low.accumulate()
    high.accumulate()
    var bounds: ClosedRange<Int>?
    for y in ranges[0] {
      for x in ranges[1] {
        let sum = low.sum(y, x)...high.sum(y, x)
        bounds = bounds.map { .joining([$0, sum]) } ?? sum
      }
    }
    return bounds ?? 0...0
  }
}

/// Sums over rectangles of taps.
private struct Rectangles {
  private let width: Int
  var taps: [Int]
  /// [height + 1, width + 1]: sums of what is above and left.
  private var sums: [Int] = []

  init(_ kernel: [Int]) {
    width = kernel[1]
    taps = Array(repeating: 0, count: kernel[0] * kernel[1])
  }

  mutating func accumulate() {
    let height = taps.count / width
    sums = Array(repeating: 0, count: (height + 1) * (width + 1))
    for y in 0..<height {
      for x in 0..<width {
        let place = (y + 1) * (width + 1) + x + 1
        sums[place] =
          taps[y * width + x] + sums[place - 1] + sums[place - width - 1] - sums[place - width - 2]
      }
    }
  }

  func sum(_ y: Range<Int>, _ x: Range<Int>) -> Int {
    func before(_ y: Int, _ x: Int) -> Int { sums[y * (width + 1) + x] }
    return before(y.upperBound, x.upperBound) - before(y.lowerBound, x.upperBound)
      - before(y.upperBound, x.lowerBound) + before(y.lowerBound, x.lowerBound)
  }
}
