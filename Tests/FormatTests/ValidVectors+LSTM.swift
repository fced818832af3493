import Blob
import Tensors

extension ValidVector {
  /// Two frames of an LSTM whose matrix two steps name, its cell limited; and one of the fewest and one of the most that a
  /// cell stands for, of scalings that go beyond 32 bits.
  static var exactLSTM: ValidVector {
    var builder = PlanBuilder(seed: 71)
    let (h, c) = (builder.state(.int8, [5], zeroPoint: -7), builder.state(.int8, [2, 5]))
    let (small, large) = (builder.state(.int8, [6], beginning: .bytes([0, 128, 255, 127, 1, 0])), builder.state(.int8, [6]))
    let x = builder.input(.int8, [2, 9])
    let sums = builder.shorts(x, builder.shortWeights(20, 9, density: 1), frames: 2)
    let matrix = builder.shortWeights(20, 5, density: 0.6)
    var (found, answers) = (h, [BlobTensor]())
    for frame in 0..<2 {
      let before = builder.shorts(found, matrix)
      let parts = builder.lstm(
        sums.place + 10 * frame, before.place, cell: c, power: -12, limit: 9000,
        BlobExactRescale(multiplier: 1_700_000_000, exponent: -21), zero: -7)
      (found, answers) = (parts, answers + [parts])
    }
    builder.add(.copy(BlobCopy(x: found.place, y: h.place, outer: 1, inner: 5, stride: 5, offset: 0)), .int8, .int8)
    let few = builder.shorts(x, builder.shortWeights(12, 9, density: 0.3, exponent: 7))
    for (cell, power, rescale) in [
      (small, 0, BlobExactRescale(multiplier: 1 << 31 - 1, exponent: 30)),
      (large, -15, BlobExactRescale(multiplier: 1 << 30, exponent: -22)),
    ] {
      answers.append(builder.lstm(few.place, few.place, cell: cell, power: power, limit: 0, rescale, zero: 100))
    }
    return ValidVector(name: "exact-lstm", model: builder.model(outputs: answers + [h, c, small, large]), frameCount: 6)
  }
}

extension ValidVector {
  /// A window of 16 bits, of which each unit sums its part, and one of bytes; products that run over 32 bits, and scalings
  /// of all that there are.
  static var exactSVDF: ValidVector {
    var builder = PlanBuilder(seed: 72)
    let window = builder.state(.int8, [6, 5, 2])
    let x = builder.input(.int8, [7])
    let new = builder.shorts(x, builder.shortWeights(6, 7, density: 0.7))
    builder.slide(window, by: new, outer: 6, count: 5, inner: 2, new: 1)
    var answers: [BlobTensor] = []
    for (units, rescale, largest) in [
      (3, BlobExactRescale(multiplier: 1_900_000_000, exponent: -19), 300),
      (6, BlobExactRescale(multiplier: 1 << 31 - 1, exponent: 30), 32767),
      (1, BlobExactRescale(multiplier: 1_100_000_000, exponent: -31), 32767),
    ] {
      let y = builder.tensor(.int8, [units])
      let weights = builder.integers(30, -largest - 1...largest).map { Int16($0) }
      let biases = builder.integers(units, -300_000...300_000).map { Int32($0) }
      builder.add(
        .shortProduct(
          BlobShortProduct(
            x: window.place, y: y.place, units: units, inner: 30 / units, rescale: rescale, zero: units - 5,
            weights: weights, biases: biases)), .int8, .int8)
      answers.append(y)
    }
    return ValidVector(name: "exact-svdf", model: builder.model(outputs: answers + [window]), frameCount: 7)
  }
}

extension PlanBuilder {
  /// What is added and subtracted by as many bits as 16 need.
  fileprivate mutating func shortWeights(_ rows: Int, _ columns: Int, density: Float, exponent: Int = 4) -> BlobWeights {
    var weights = exactWeights(rows, columns, density: density)
    var rows = weights.exact?.rows ?? []
    for row in rows.indices { rows[row].rescale.exponent += exponent }
    weights.exact = BlobExactScaling(rows)
    return weights
  }

  /// Sums of 16 bits, of the first elements of `x`.
  fileprivate mutating func shorts(_ x: BlobTensor, _ weights: BlobWeights, frames: Int = 1) -> BlobTensor {
    let y = tensor(.int8, [frames, weights.rows, 2])
    add(
      .shortDense(
        BlobShortDense(x: x.place, y: y.place, r: frames, i: weights.columns, o: weights.rows, weights: weights)),
      .int8, .int8)
    return y
  }

  /// What an LSTM gives, its cell changed.
  fileprivate mutating func lstm(
    _ a: Int, _ b: Int, cell: BlobTensor, power: Int, limit: Int, _ rescale: BlobExactRescale, zero: Int
  ) -> BlobTensor {
    let count = cell.count / 2
    let y = tensor(.int8, [count])
    for (part, place) in [(BlobExactLSTM.Part.cell(limit: limit), cell.place), (.output(c: cell.place, rescale: rescale, zero: zero), y.place)] {
      add(.lstm(BlobExactLSTM(part, a: a, b: b, y: place, count: count, power: power)), .int8, .int8)
    }
    return y
  }
}
