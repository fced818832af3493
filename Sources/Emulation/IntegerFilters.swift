import Blob

// The weights of a layer are unpacked once, to the survivors of each row with their levels. Sums
// are of 32 bits and wrap, as on the device.

/// A layer's survivors, row by row.
struct IntegerFilters {
  /// One of the two.
  private let scaling: BlobScaling?
  private let exact: BlobExactScaling?
  /// Of row o: starts[o] ..< starts[o + 1] of `columns` and `levels`.
  private let starts: [Int]
  private let columns: [Int]
  private let levels: [Int32]

  /// - Precondition: the weights passed their check as integer weights.
  init?(_ weights: BlobWeights) {
    guard case .table(let table, let matrix) = weights.values, let integers = table.integers
    else { return nil }
    (scaling, exact) = (weights.scaling, weights.exact)
    starts = matrix.rowStarts
    columns = matrix.positions.map { $0 % matrix.columns }
    levels = matrix.values.map { Int32(integers[Int($0)]) }
  }

  /// [r, i] to [r, o].
  func dense(_ step: BlobIntegerDense, _ x: [Int32], yIsSigned: Bool) -> [Int32] {
    sums(x, samples: step.r, inputs: step.i, rows: step.o).enumerated().map { index, sum in
      IntegerArithmetic.finished(scaled(sum, row: index % step.o), isSigned: yIsSigned)
    }
  }

  func dense(_ step: BlobExactDense, _ x: [Int32]) -> [Int32] {
    sums(x, samples: step.r, inputs: step.i, rows: step.o).enumerated().map { index, sum in
      exactly(sum, row: index % step.o, step.range)
    }
  }

  /// The same to 16 bits.
  func shorts(_ step: BlobShortDense, _ x: [Int32]) -> [Int] {
    sums(x, samples: step.r, inputs: step.i, rows: step.o).enumerated().map { index, sum in
      min(max(scaledExactly(sum, row: index % step.o), -32768), 32767)
    }
  }

  /// [samples, rows]
  private func sums(_ x: [Int32], samples: Int, inputs: Int, rows: Int) -> [Int32] {
    var sums: [Int32] = []
    for sample in 0..<samples {
      for row in 0..<rows {
        var sum: Int32 = 0
        for survivor in starts[row]..<starts[row + 1] {
          sum &+= levels[survivor] &* x[sample * inputs + columns[survivor]]
        }
        sums.append(sum)
      }
    }
    return sums
  }

  /// [c, h, w] to [o, oh, ow].
  ///
  /// - Parameter residual: elements of y's shape, where the step has any.
  func convolution(
    _ step: BlobConvolution<BlobResidual?>, _ x: [Int32], residual: [Int32]?, yIsSigned: Bool
  ) -> [Int32] {
    let pixels = step.oh * step.ow
    var y: [Int32] = []
    for o in 0..<step.o {
      for (pixel, sum) in sums(step, x, row: o).enumerated() {
        var z = scaled(sum, row: o)
        if let residual, let factor = step.finish?.factor {
          z += IntegerArithmetic.term(Int(residual[o * pixels + pixel]), factor)
        }
        y.append(IntegerArithmetic.finished(z, isSigned: yIsSigned))
      }
    }
    return y
  }

  func convolution(_ step: BlobConvolution<BlobExactFinish>, _ x: [Int32]) -> [Int32] {
    (0..<step.o).flatMap { o in
      sums(step, x, row: o, border: Int32(step.finish.border)).map {
        exactly($0, row: o, step.finish.range)
      }
    }
  }

  /// The sums of one filter. [oh, ow]
  ///
  /// - Parameter border: what taps outside the image read.
  private func sums<Finish>(
    _ step: BlobConvolution<Finish>, _ x: [Int32], row: Int, border: Int32 = 0
  ) -> [Int32] {
    var sums = [Int32](repeating: 0, count: step.oh * step.ow)
    let group = row / (step.o / step.groups)
    for survivor in starts[row]..<starts[row + 1] {
      let (tap, j) = columns[survivor].quotientAndRemainder(dividingBy: step.kw)
      let (channel, i) = tap.quotientAndRemainder(dividingBy: step.kh)
      let image = (group * (step.c / step.groups) + channel) * step.h * step.w
      for oh in 0..<step.oh {
        let h = oh * step.sh - step.top + i * step.dh
        for ow in 0..<step.ow {
          let w = ow * step.sw - step.left + j * step.dw
          let isInside = h >= 0 && h < step.h && w >= 0 && w < step.w
          sums[oh * step.ow + ow] &+= levels[survivor]
            &* (isInside ? x[image + h * step.w + w] : border)
        }
      }
    }
    return sums
  }

  /// The element of a row's sum. Formats/Blob.md, "Exact steps".
  private func exactly(_ sum: Int32, row: Int, _ range: BlobExactRange) -> Int32 {
    ExactArithmetic.finished(scaledExactly(sum, row: row), range)
  }

  /// A row's sum, its bias added, scaled.
  private func scaledExactly(_ sum: Int32, row: Int) -> Int {
    guard let row = exact?.finish(row) else { return 0 }
    return ExactArithmetic.scaled(IntegerArithmetic.wrapped(Int(sum) + row.bias), row.rescale)
  }

  /// A row's sum as 64ths of y's unit, its bias added.
  private func scaled(_ sum: Int32, row: Int) -> Int {
    guard let scaling else { return 0 }
    let multipliers = scaling.multipliers
    let rescale = BlobRescale(
      shift: scaling.shift, exponent: scaling.exponent,
      multiplier: multipliers.count == 1 ? multipliers[0] : multipliers[row])
    return IntegerArithmetic.rescaled(Int(sum), rescale) + (scaling.biases?.bias(row) ?? 0)
  }
}
