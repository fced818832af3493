// Transposed convolutions, which the graph does not have, as operations that it has.
//
// Place i of the input adds to place i x stride + tap x dilation - before of the output. Places of the
// output of one remainder by the stride, a phase, meet only some of the taps: from the input to them it is a
// convolution of stride 1. So each filter becomes one for each phase, all on one window, with zeros where a
// phase has no tap; what they give is woven into a plane, and what is beyond the output's size is cut off.
// The sums are of the same products, so that whatever finishes them may stay as it is.

import ModelGraph

/// Where the taps of a transposed convolution fall; two numbers each, height then width.
struct TransposedWindow: Equatable {
  /// Of the input's and of the output's plane; at least 1.
  let input, output: [Int]
  /// All at least 1.
  let kernel, strides, dilations: [Int]
  /// How much is cut off before the output's first place; at least 0.
  let before: [Int]

  /// How many filters each filter becomes.
  var phases: Int { saturatingProduct(strides) }

  /// From the input's first place that a block of phases reads to the last, counted from the block's number.
  private func reach(_ axis: Int) -> ClosedRange<Int> {
    let behind = (kernel[axis] - 1) * dilations[axis] - before[axis]
    return -(max(behind, 0) / strides[axis])...(strides[axis] - 1 + before[axis]) / strides[axis]
  }

  /// What the filters of all phases are swept by.
  var window: Window {
    let reaches = (0..<2).map(reach)
    let after = (0..<2).map { axis in
      let blocks = (output[axis] + strides[axis] - 1) / strides[axis]
      return max(0, blocks + reaches[axis].upperBound - input[axis])
    }
    return Window(
      kernel: reaches.map(\.count), padBefore: reaches.map { -$0.lowerBound }, padAfter: after)
  }

  /// Which tap of the file a tap of the window is in a phase; nil: it is 0.
  private func tap(_ place: Int, phase: Int, _ axis: Int) -> Int? {
    let distance = phase + before[axis] - strides[axis] * (place + reach(axis).lowerBound)
    let (tap, rest) = distance.quotientAndRemainder(dividingBy: dilations[axis])
    return rest == 0 && (0..<kernel[axis]).contains(tap) ? tap : nil
  }

  /// The shape of the filters of all phases.
  func shape(rows: Int, columns: Int) -> [Int] {
    let (count, overflow) = rows.multipliedReportingOverflow(by: phases)
    return [overflow ? Int.max : count, columns] + window.kernel
  }

  /// The filters of all phases, of filters [rows, columns, kernel].
  func filters(_ weights: [Float], columns: Int) -> [Float] {
    let size = window.kernel
    let taps = (0..<2).map { axis in
      (0..<strides[axis]).map { phase in (0..<size[axis]).map { tap($0, phase: phase, axis) } }
    }
    let width = kernel[0] * kernel[1]
    var result: [Float] = []
    for row in stride(from: 0, to: weights.count, by: columns * width) {
      for down in taps[0] {
        for right in taps[1] {
          for column in stride(from: row, to: row + columns * width, by: width) {
            for h in down { result += right.map { weight(h, $0).map { weights[column + $0] } ?? 0 } }
          }
        }
      }
    }
    return result
  }

  private func weight(_ h: Int?, _ w: Int?) -> Int? {
    h.flatMap { h in w.map { h * kernel[1] + $0 } }
  }

  /// What the convolution sweeps, and the plane that this is woven into, which may go beyond the output.
  private var planes: (swept: [Int], woven: [Int]) {
    let swept = (0..<2).map { window.outputSize(input[$0], axis: $0) ?? 1 }
    return (swept, (0..<2).map { saturatingProduct([swept[$0], strides[$0]]) })
  }

  /// How many places are listed where the plane is cut.
  var picks: Int { planes.woven == output ? 0 : saturatingProduct(output) }

  /// What follows the convolution, so that [rows x phases, ...] becomes [rows, output].
  func weaving(rows: Int) -> [Operation] {
    let (swept, woven) = planes
    var operations: [Operation] = []
    if phases > 1 {
      operations += [
        .reshape([rows] + strides + swept), .transpose([0, 3, 1, 4, 2]), .reshape([rows] + woven),
      ]
    }
    if woven[1] > output[1] { operations.append(.gather(Array(0..<output[1]))) }
    if woven[0] > output[0] {
      operations += [
        .reshape([rows, woven[0] * output[1]]), .gather(Array(0..<output[0] * output[1])),
        .reshape([rows] + output),
      ]
    }
    return operations
  }
}
