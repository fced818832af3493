import Blob
import Tensors

// Convolutions of narrow planes, which the runtime lays in strips (kgl_integer_layout.h), and the sums of which it takes
// 8, 24 or 32 at a time.

extension ValidVector {
  /// Planes of 5, 9 and 20 across, strides of 2, dilation; filters of no survivor, of few and of many; levels that are small and
  /// large; nine weights a channel without zeros; residuals.
  static var integerStrips: ValidVector {
    var builder = PlanBuilder(seed: 46)
    let pixels = builder.input(.uint8, [2, 25, 10])
    let image = builder.input(.uint8, [3, 13, 9])
    let x = builder.tensor(.int8, [2, 25, 10])
    builder.convolution(pixels, .windows(kh: 1, kw: 1), builder.integerWeights(2, 2, density: 1, IntegerWidths()), to: x)
    let a = builder.tensor(.uint8, [4, 13, 5])
    builder.convolution(
      x, .windows(kh: 10, kw: 4, sh: 2, sw: 2, top: 4, left: 1),
      builder.integerWeights(4, 80, density: 0.2, IntegerWidths()), to: a)
    let few = builder.tensor(.uint8, [12, 13, 5])
    builder.convolution(
      a, .windows(kh: 3, kw: 3, top: 1, left: 1), builder.integerWeights(12, 36, density: 0.04, IntegerWidths()), to: few)
    let channels = builder.tensor(.uint8, [12, 13, 5])
    builder.convolution(
      few, .windows(groups: 12, kh: 3, kw: 3, top: 1, left: 1), builder.smallLevels(12, 9), to: channels)
    let far = builder.tensor(.int8, [3, 7, 3])
    builder.convolution(
      channels, .windows(groups: 3, kh: 3, kw: 3, sh: 2, sw: 2, top: 1, left: 1),
      builder.integerWeights(3, 36, density: 0.5, IntegerWidths()), to: far)
    let apart = builder.tensor(.int8, [4, 13, 5])
    builder.convolution(
      channels, .windows(groups: 2, kh: 3, kw: 2, dh: 3, dw: 2, top: 3, left: 1),
      builder.integerWeights(4, 36, density: 0.7, IntegerWidths()), to: apart)
    builder.convolution(
      few, .windows(kh: 3, kw: 3, top: 1, left: 1), builder.integerWeights(4, 108, density: 0.1, IntegerWidths()), to: apart,
      residual: (apart, 12000))
    let nine = builder.tensor(.uint8, [4, 13, 9])
    builder.convolution(
      image, .windows(kh: 3, kw: 3, top: 1, left: 1), builder.integerWeights(4, 27, density: 0.3, IntegerWidths()), to: nine)
    let twenty = builder.tensor(.uint8, [2, 4, 20])
    builder.convolution(
      nine, .windows(kh: 5, kw: 2, sh: 3, top: 1, left: 10), builder.integerWeights(2, 40, density: 0.5, IntegerWidths()), to: twenty)
    return ValidVector(
      name: "integer-strips", model: builder.model(outputs: [a, channels, far, apart, nine, twenty]))
  }

  /// The same by the exact rule.
  static var exactStrips: ValidVector {
    var builder = PlanBuilder(seed: 66)
    let x = builder.input(.int8, [4, 12, 11])
    let a = builder.tensor(.int8, [4, 12, 11])
    builder.exactConvolution(
      x, .windows(groups: 4, kh: 3, kw: 3, top: 1, left: 1), builder.exactWeights(4, 9, density: 0.3), to: a, border: -7)
    let b = builder.tensor(.int8, [8, 6, 6])
    builder.exactConvolution(
      a, .windows(kh: 3, kw: 3, sh: 2, sw: 2, top: 1, left: 1), builder.exactWeights(8, 36, density: 0.1), to: b, border: 100)
    let c = builder.tensor(.int8, [8, 6, 6])
    builder.exactConvolution(
      b, .windows(groups: 8, kh: 3, kw: 3, top: 1, left: 1), builder.exactWeights(8, 9, density: 1, levels: 60), to: c,
      border: 12)
    return ValidVector(name: "exact-strips", model: builder.model(outputs: [a, b, c]))
  }
}

extension PlanBuilder {
  /// Weights without zeros, of levels of at most 31.
  fileprivate mutating func smallLevels(_ rows: Int, _ columns: Int) -> BlobWeights {
    var weights = integerWeights(rows, columns, density: 1, levels: 5, IntegerWidths())
    if case .table(_, let codes) = weights.values {
      let scale: Float = 0.01
      weights.values = .table(
        StoredNumbers([-31, -12, 3, 9, 30].map { scale * $0 }, precision: .int8(scale: scale)), codes: codes)
    }
    return weights
  }
}
