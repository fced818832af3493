import Blob
import Tensors

/// Seeded integer steps whose every field is drawn from what is allowed.
struct SampleIntegerSteps {
  enum Kind: CaseIterable {
    case convolution, dense, map, prelu, softmax, maxPool, averagePool, mean, binary, copy, pad
    case transpose, constant, affine, gather, resize, logSoftmax, argMax, slide, product
  }

  static let kinds = Kind.allCases
  var generator: SeededGenerator
  private var words = 0

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A plan of such steps, each with places of its own.
  mutating func model(_ kinds: [Kind]) -> BlobModel {
    words = 0
    let steps = kinds.map { BlobStep.integer(step($0)) }
    return model(steps, words: words)
  }

  func model(_ steps: [BlobStep], words: Int) -> BlobModel {
    BlobModel(
      arenaBytes: 4 * words,
      inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [1], type: .uint8, scale: 0.25))],
      outputs: [BlobTensor(place: 0, shape: [1], type: .int8, scale: 2)], steps: steps)
  }

  // MARK: Draws

  private mutating func draw(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &generator)
  }

  private mutating func flip() -> Bool { Bool.random(using: &generator) }

  private mutating func place(_ sizes: Int...) -> Int {
    defer { words += (sizes.reduce(1, *) + 3) / 4 }
    return words
  }

  private mutating func rescale() -> BlobRescale {
    BlobRescale(shift: draw(0...15), exponent: draw(0...15), multiplier: draw(0...65535))
  }

  private mutating func int16s(_ count: Int) -> [Int16] {
    (0..<count).map { _ in Int16(draw(-32768...32767)) }
  }

  private mutating func biases(_ count: Int) -> BlobBiases? {
    let bound = [0, 127, 32767, 1 << 29][draw(0...3)]
    if bound == 0 { return nil }
    return BlobBiases(
      (0..<count).map { _ in Int32(draw(-bound...bound)) }, shift: bound < 32768 ? draw(0...13) : 0)
  }

  mutating func weights(rows: Int, columns: Int) -> BlobWeights {
    let positions = (0..<rows * columns).filter { _ in generator.nextFloat() < 0.4 }
    let levels = draw(1...20)
    let isWide = flip()
    let scale = 0.001 + generator.nextFloat()
    let integers = (0..<levels).map { _ in isWide ? draw(-32768...32767) : draw(-128...127) }
    let multipliers = (0..<(flip() ? 1 : rows)).map { _ in draw(0...(isWide ? 65535 : 255)) }
    return BlobWeights(
      .table(
        StoredNumbers(
          integers.map { scale * Float($0) },
          precision: isWide ? .int16(scale: scale) : .int8(scale: scale)),
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions,
          values: positions.map { _ in UInt8(draw(0...levels - 1)) })),
      scaling: BlobScaling(
        shift: draw(0...15), exponent: draw(0...15), multipliers: multipliers,
        biases: biases(rows)))
  }

  // MARK: Steps

  private mutating func step(_ kind: Kind) -> BlobIntegerStep {
    let (x, y) = (flip(), flip())
    let (outer, channels, inner) = (draw(1...3), draw(1...5), draw(1...6))
    switch kind {
    case .convolution: return convolution()
    case .dense:
      let form = BlobIntegerDense(
        x: place(outer, inner), y: place(outer, channels), r: outer, i: inner, o: channels,
        weights: weights(rows: channels, columns: inner))
      return BlobIntegerStep(.dense(form), xIsSigned: x, yIsSigned: y)
    case .maxPool: return BlobIntegerStep(.maxPool(pool()), xIsSigned: x, yIsSigned: x)
    case .averagePool:
      let form = BlobAveragePool(
        pool: pool(), bottom: draw(0...3), right: draw(0...3), countsPadding: flip())
      return BlobIntegerStep(.averagePool(BlobIntegerAveragePool(form)), xIsSigned: x, yIsSigned: x)
    case .binary: return binary()
    case .copy:
      let stride = inner + draw(0...3)
      let form = BlobCopy(
        x: place(outer, inner), y: place(outer, stride), outer: outer, inner: inner,
        stride: stride, offset: draw(0...stride - inner))
      return BlobIntegerStep(.copy(form), xIsSigned: x, yIsSigned: x)
    case .pad:
      let form = BlobPad(
        mode: [.constant, .edge][draw(0...1)], value: UInt8(draw(0...255)), x: place(outer, inner),
        y: place(outer + 3, inner + 1), sizes: [outer, inner], before: [1, 0], after: [2, 1])
      return BlobIntegerStep(.pad(form), xIsSigned: x, yIsSigned: x)
    case .transpose:
      let form = BlobTranspose(
        x: place(outer, channels, inner), y: place(outer, channels, inner),
        sizes: [outer, channels, inner], axes: [0, 1, 2].shuffled(using: &generator))
      return BlobIntegerStep(.transpose(form), xIsSigned: x, yIsSigned: x)
    case .product:
      let form = BlobMatrixProduct(
        a: place(outer, channels, inner), b: place(outer, inner, 3), y: place(outer, channels, 3), count: outer,
        rows: channels, inner: inner, columns: 3)
      return BlobIntegerStep(
        .matrixProduct(BlobIntegerMatrixProduct(form, rescale: rescale())), xIsSigned: x, yIsSigned: y,
        bIsSigned: flip())
    case .slide:
      let form = BlobSlide(
        x: place(outer, inner), y: place(outer, channels, inner), outer: outer, count: channels, inner: inner, new: 1)
      return BlobIntegerStep(.slide(form), xIsSigned: x, yIsSigned: x)
    case .argMax:
      let form = BlobArgMax(
        mode: flip() ? .largest : .least, x: place(outer, channels, inner), y: words, outer: outer, count: channels,
        inner: inner)
      words += outer * inner
      return BlobIntegerStep(.argMax(form), xIsSigned: x, yIsSigned: false)
    case .gather:
      let form = BlobGather(
        x: place(outer, inner), y: place(outer, inner), outer: outer, inner: inner,
        places: (0..<inner).filter { $0 == 0 || $0 % 2 == channels % 2 })
      return BlobIntegerStep(.gather(form), xIsSigned: x, yIsSigned: x)
    case .resize:
      let axes = (0..<2).map { _ in
        let unit = 1 << draw(10...20)
        return BlobResize.Axis(
          unit: unit, step: draw(0...65535), stepRest: draw(0...unit - 1), start: draw(-65535...65535),
          startRest: draw(0...unit - 1))
      }
      let form = BlobResize(
        mode: flip() ? .linear : .nearest, x: place(channels, outer, inner), y: place(channels, 3, 2),
        c: channels, h: outer, w: inner, oh: 3, ow: 2, rows: axes[0], columns: axes[1])
      return BlobIntegerStep(.resize(BlobIntegerResize(form)), xIsSigned: x, yIsSigned: x)
    default: return numbered(kind, outer, channels, inner)
    }
  }

  /// Steps with a vector or factor of their own.
  private mutating func numbered(
    _ kind: Kind, _ outer: Int, _ channels: Int, _ inner: Int
  ) -> BlobIntegerStep {
    let (x, y) = (flip(), flip())
    let read = place(outer, channels, inner)
    let written = flip() ? read : place(outer, channels, inner)
    switch kind {
    case .map:
      let form = BlobMap(
        x: read, y: written, count: outer * channels * inner,
        results: (0..<256).map { _ in UInt8(draw(0...255)) })
      return BlobIntegerStep(.map(form), xIsSigned: x, yIsSigned: y)
    case .prelu:
      let form = BlobIntegerPRelu(
        x: read, y: written, outer: outer, channels: channels, inner: inner,
        factor: draw(0...1 << 22), slopes: int16s(channels))
      return BlobIntegerStep(.prelu(form), xIsSigned: x, yIsSigned: y)
    case .softmax:
      let form = BlobSoftmax(x: read, y: written, outer: outer, count: channels, inner: inner)
      let table = (0..<draw(1...256)).map { _ in UInt16(draw(1...65535)) }
      return BlobIntegerStep(
        .softmax(BlobIntegerSoftmax(form, exponentials: table)), xIsSigned: x, yIsSigned: false)
    case .logSoftmax:
      let form = BlobExactSoftmax(
        BlobSoftmax(x: read, y: written, outer: outer, count: channels, inner: inner),
        rescale: BlobExactRescale(multiplier: draw(1 << 30...(1 << 31) - 1), exponent: draw(0...20)))
      return BlobIntegerStep(.logSoftmax(BlobIntegerLogSoftmax(form)), xIsSigned: x, yIsSigned: true)
    case .mean:
      let form = BlobGlobalAveragePool(
        x: read, y: place(channels), channels: channels, inner: inner)
      return BlobIntegerStep(
        .globalAveragePool(BlobIntegerGlobalAveragePool(form, rescale: rescale())), xIsSigned: x,
        yIsSigned: y)
    case .constant:
      let bytes = (0..<outer * channels * inner).map { _ in UInt8(draw(0...255)) }
      return BlobIntegerStep(
        .constant(BlobIntegerConstant(y: read, bytes: bytes)), xIsSigned: false, yIsSigned: y)
    default:
      let form = BlobIntegerAffine(
        x: read, y: written, channels: channels, inner: inner, factors: int16s(channels),
        biases: biases(channels))
      return BlobIntegerStep(.affine(form), xIsSigned: x, yIsSigned: y)
    }
  }

  private mutating func convolution() -> BlobIntegerStep {
    let groups = draw(1...2)
    let (c, h, w) = (groups * draw(1...3), draw(1...5), draw(1...5))
    let (o, oh, ow) = (groups * draw(1...3), draw(1...4), draw(1...4))
    let (kh, kw) = (draw(1...3), draw(1...3))
    var form = BlobConvolution(
      x: place(c, h, w), y: place(o, oh, ow), groups: groups, c: c, h: h, w: w, o: o, oh: oh,
      ow: ow, kh: kh, kw: kw, sh: draw(1...3), sw: draw(1...3), dh: draw(1...3), dw: draw(1...3),
      top: draw(0...2), left: draw(0...2), finish: BlobResidual?.none,
      weights: weights(rows: o, columns: c / groups * kh * kw))
    var residual: BlobResidual?
    if flip() {
      residual = BlobResidual(place: place(o, oh, ow), factor: draw(0...1 << 22))
      if flip(), let residual { form.y = residual.place }
    }
    form.finish = residual
    return BlobIntegerStep(
      .convolution(form), xIsSigned: flip(), yIsSigned: flip(),
      bIsSigned: residual != nil && flip())
  }

  private mutating func pool() -> BlobPool {
    let (c, h, w, oh, ow) = (draw(1...3), draw(1...5), draw(1...5), draw(1...4), draw(1...4))
    return BlobPool(
      x: place(c, h, w), y: place(c, oh, ow), c: c, h: h, w: w, oh: oh, ow: ow, kh: draw(1...3),
      kw: draw(1...3), sh: draw(1...3), sw: draw(1...3), dh: draw(1...3), dw: draw(1...3),
      top: draw(0...2), left: draw(0...2))
  }

  private mutating func binary() -> BlobIntegerStep {
    let operation = BlobOperator.allCases[draw(0...5)]
    let formula: BlobIntegerFormula =
      switch operation {
      case .add: .add(factorA: draw(0...1 << 22), factorB: draw(0...1 << 22))
      case .subtract: .subtract(factorA: draw(0...1 << 22), factorB: draw(0...1 << 22))
      case .multiply: .multiply(rescale())
      case .divide: .divide(rescale(), reciprocals: int16s(256))
      case .maximum: .maximum(factorA: draw(0...1 << 22), factorB: draw(0...1 << 22))
      case .minimum: .minimum(factorA: draw(0...1 << 22), factorB: draw(0...1 << 22))
      }
    let rank = draw(0...4)
    let sizes = (0..<rank).map { _ in draw(1...4) }
    var form = BlobBinary(formula, a: 0, b: 0, y: 0, sizes: sizes)
    (form.maskA, form.maskB) = (UInt8(draw(0...(1 << rank - 1))), UInt8(draw(0...(1 << rank - 1))))
    (form.a, form.b) = (place(sizes.reduce(1, *)), place(sizes.reduce(1, *)))
    form.y = form.maskA == 0 && flip() ? form.a : place(sizes.reduce(1, *))
    return BlobIntegerStep(
      .binary(form), xIsSigned: flip(), yIsSigned: flip(), bIsSigned: flip())
  }
}
