import Blob
import Tensors

// Exact plans: of networks that came as int8. Their outputs are to the last bit what the emulator
// computes, which is what TensorFlow Lite Micro does.

extension ValidVector {
  static let exact = [
    exactSteps, exactConvolution, exactDense, exactExtremes, exactBorders, exactElements, exactOnce, exactStrips,
    exactLSTM, exactSVDF,
  ]

  /// One step of every opcode that has an exact form, a zero point at input and output.
  static var exactSteps: ValidVector {
    var builder = PlanBuilder(seed: 60)
    var x = builder.input(.int8, [3, 6, 6])
    x.zeroPoint = -128
    builder.inputs[0].tensor = x
    let a = builder.tensor(.int8, [4, 6, 6])
    builder.exactConvolution(
      x, .windows(kh: 3, kw: 3, top: 1, left: 1), builder.exactWeights(4, 27, density: 0.7), to: a)
    let b = builder.tensor(.int8, [4, 3, 3])
    let pool = BlobPool(
      x: a.place, y: b.place, c: 4, h: 6, w: 6, oh: 3, ow: 3, kh: 3, kw: 3, sh: 2, sw: 2)
    builder.add(.exactAveragePool(BlobExactAveragePool(pool, low: -90, high: 100)), .int8, .int8)
    let c = builder.tensor(.int8, [4, 3, 3])
    builder.add(
      .exactBinary(
        BlobBinary(
          BlobExactFormula.add(builder.exactSum()), a: b.place, b: b.place, y: c.place,
          sizes: c.shape)), .int8, .int8, b: .int8)
    let mean = builder.tensor(.int8, [4])
    let row = BlobExactRow(
      BlobExactRescale(multiplier: (1 << 30) / 9 * 8, exponent: -3), bias: -9 * 5)
    builder.add(
      .exactGlobalAveragePool(
        BlobExactGlobalAveragePool(
          BlobGlobalAveragePool(x: c.place, y: mean.place, channels: 4, inner: 9), row: row,
          range: BlobExactRange(zero: 5))), .int8, .int8)
    var y = builder.tensor(.int8, [5])
    y.zeroPoint = -128
    builder.exactDense(mean, builder.exactWeights(5, 4, density: 1), to: y)
    let z = builder.tensor(.int8, [5])
    builder.add(
      .exactSoftmax(
        BlobExactSoftmax(
          BlobSoftmax(x: y.place, y: z.place, outer: 1, count: 5, inner: 1),
          rescale: BlobExactRescale(multiplier: 1_500_000_000, exponent: 22))), .int8, .int8)
    return ValidVector(name: "exact-steps", model: builder.model(outputs: [y, z, c]))
  }

  /// Strides, dilations, groups, borders, windows outside the image; rows as wide as eight outputs and
  /// narrower; plain bytes, tables, gaps, bitmaps; shared multipliers.
  static var exactConvolution: ValidVector {
    var builder = PlanBuilder(seed: 61)
    let x = builder.input(.int8, [4, 9, 19])
    let a = builder.tensor(.int8, [8, 9, 19])
    builder.exactConvolution(
      x, .windows(groups: 4, kh: 3, kw: 3, top: 1, left: 1),
      builder.exactWeights(8, 9, density: 1, levels: 200), to: a, border: -128)
    let b = builder.tensor(.int8, [6, 9, 19])
    builder.exactConvolution(
      a, .windows(kh: 1, kw: 1), builder.exactWeights(6, 8, density: 0.4, isShared: true), to: b)
    let c = builder.tensor(.int8, [3, 4, 3])
    builder.exactConvolution(
      b, .windows(kh: 3, kw: 2, sh: 3, sw: 7, dh: 2, dw: 4, top: 3, left: 4),
      builder.exactWeights(3, 36, density: 0.3), to: c, border: 77)
    let d = builder.tensor(.int8, [2, 5, 10])
    builder.exactConvolution(
      b, .windows(groups: 2, kh: 2, kw: 3, sh: 2, sw: 2, top: 1, left: 1),
      builder.exactWeights(2, 18, density: 0.9, levels: 3), to: d, border: 1)
    return ValidVector(name: "exact-convolution", model: builder.model(outputs: [a, b, c, d]))
  }

  /// One row of input and several; lanes; every width of a row's numbers.
  static var exactDense: ValidVector {
    var builder = PlanBuilder(seed: 62)
    let x = builder.input(.int8, [3, 40])
    var outputs: [BlobTensor] = []
    for (rows, density, levels, shared) in [
      (7, 1, 180, false), (20, 0.2, 12, false), (20, 0.2, 12, true), (1, 0.5, 3, false),
    ] as [(Int, Float, Int, Bool)] {
      let y = builder.tensor(.int8, [3, rows])
      let weights = builder.exactWeights(
        rows, 40, density: density, levels: levels, isShared: shared)
      builder.add(
        .exactDense(
          BlobExactDense(
            x: x.place, y: y.place, r: 3, i: 40, o: rows, range: BlobExactRange(zero: 3, low: -60),
            weights: weights)), .int8, .int8)
      outputs.append(y)
    }
    let first = outputs[0]
    for bits in [0, 1, 8, 17, 30] {
      for bias in [0, 1, 1 << 20, Int(Int32.max)] {
        var weights = builder.exactWeights(9, 21, density: 0.5)
        weights.exact = builder.exactScaling(9, terms: 10, bits: bits, bias: bias)
        weights.lanes = [BlobLane(rows: 4), BlobLane(rows: 0), BlobLane(rows: 5)]
        let y = builder.tensor(.int8, [9])
        builder.exactDense(first, weights, to: y)
        outputs.append(y)
      }
    }
    // Most multipliers short, few long.
    var mixed = builder.exactWeights(45, 21, density: 0.4)
    var rows = builder.exactScaling(45, terms: 8, bits: 9).rows
    for (row, long) in zip([0, 7, 33, 44], builder.exactScaling(4, terms: 8, bits: 27).rows) {
      rows[row].rescale = long.rescale
    }
    mixed.exact = BlobExactScaling(rows)
    let y = builder.tensor(.int8, [45])
    builder.exactDense(first, mixed, to: y)
    outputs.append(y)
    return ValidVector(name: "exact-dense", model: builder.model(outputs: outputs))
  }

  /// Floats to int8 and uint8 and back, also where they lie; a uint8 of a zero point in and out.
  static var exactBorders: ValidVector {
    var builder = PlanBuilder(seed: 64)
    let x = builder.input(9)
    var bytes = builder.input(.uint8, [5])
    bytes.zeroPoint = 37
    builder.inputs[1].tensor = bytes
    builder.words = bytes.place + 5
    var a = builder.tensor(.int8, [9])
    (a.scale, a.zeroPoint) = (1 / 32, 5)
    builder.border(x, to: a)
    let b = BlobTensor(place: x.place, shape: [9], type: .uint8, scale: 1 / 60, zeroPoint: 200)
    builder.border(x, to: b)
    let (c, d) = (builder.tensor(9), BlobTensor(place: bytes.place, shape: [5]))
    builder.border(a, to: c)
    builder.border(bytes, to: d)
    return ValidVector(name: "exact-borders", model: builder.model(outputs: [a, b, c, d]))
  }

  /// Floats to bytes with halves to even, many of them halves; rows whose products are rounded once: of one factor,
  /// of short ones and long ones, and of factors from 1 on among them.
  static var exactOnce: ValidVector {
    var builder = PlanBuilder(seed: 65)
    let x = builder.input(30)
    var a = builder.tensor(.int8, [5, 1, 6])
    (a.scale, a.zeroPoint) = (1 / 16, -3)
    builder.border(x, to: a, halvesToEven: true)
    var outputs = [a]
    for (density, shared) in [(1, false), (0.4, true)] as [(Float, Bool)] {
      let y = builder.tensor(.int8, [10, 1, 6])
      var weights = builder.exactWeights(10, 15, density: density, isShared: shared)
      weights.exact?.roundsOnce = true
      if !shared { weights.exact?.rows[3].rescale = BlobExactRescale(multiplier: 1 << 30 + 1 << 12, exponent: 1) }
      builder.exactConvolution(a, .windows(kh: 1, kw: 3, left: 1), weights, to: y, border: -3)
      outputs.append(y)
    }
    for bits in [3, 12] {
      var weights = builder.exactWeights(9, 60, density: 0.5)
      weights.exact = builder.exactScaling(9, terms: 30, bits: bits)
      weights.exact?.roundsOnce = true
      let y = builder.tensor(.int8, [9])
      builder.exactDense(outputs[1], weights, to: y)
      outputs.append(y)
    }
    return ValidVector(name: "exact-once", model: builder.model(outputs: outputs))
  }

  /// Sums that leave 32 bits, the largest multipliers and exponents: still the same bytes everywhere.
  static var exactExtremes: ValidVector {
    var builder = PlanBuilder(seed: 63)
    let x = builder.input(.int8, [600])
    var outputs: [BlobTensor] = []
    let extremes = [Int(Int32.min), Int(Int32.max), 1 << 30, -1 << 30, 0, 12345]
    let exponents = [-31, 30, 0, 12, -1, -30]
    for multiplier in [1 << 30, 1 << 31 - 1, 1 << 30 + 1] {
      let y = builder.tensor(.int8, [6])
      var weights = builder.exactWeights(6, 600, density: 1, levels: 250)
      weights.exact = BlobExactScaling(
        zip(extremes, exponents).map {
          BlobExactRow(BlobExactRescale(multiplier: multiplier, exponent: $1), bias: $0)
        })
      builder.exactDense(x, weights, to: y)
      outputs.append(y)
    }
    for (multiplier, exponent, bias) in [
      (1 << 31 - 1, 30, 1 << 28), (0, 0, -1 << 28), (1, -31, 0), (1 << 31 - 1, -31, -1 << 28),
    ] {
      let y = builder.tensor(.int8, [6])
      builder.add(
        .exactGlobalAveragePool(
          BlobExactGlobalAveragePool(
            BlobGlobalAveragePool(x: x.place, y: y.place, channels: 6, inner: 100),
            row: BlobExactRow(
              BlobExactRescale(multiplier: multiplier, exponent: exponent), bias: bias),
            range: BlobExactRange(zero: -3, low: -100, high: 90))), .int8, .int8)
      outputs.append(y)
    }
    for (multiplier, exponent) in [(1 << 31 - 1, 30), (1 << 30, 0), (1 << 31 - 1, 20), (3, 25)] {
      let y = builder.tensor(.int8, [600])
      builder.add(
        .exactSoftmax(
          BlobExactSoftmax(
            BlobSoftmax(x: x.place, y: y.place, outer: 2, count: 300, inner: 1),
            rescale: BlobExactRescale(multiplier: multiplier, exponent: exponent))), .int8, .int8)
      outputs.append(y)
    }
    for (multiplier, exponent) in [(1 << 31 - 1, 30), (1 << 30, 0), (1 << 31 - 1, 20), (1_700_000_000, 22)] {
      let logarithms = BlobExactSoftmax(
        BlobSoftmax(x: x.place, y: builder.tensor(.int8, [600]).place, outer: 2, count: 20, inner: 15),
        rescale: BlobExactRescale(multiplier: multiplier, exponent: exponent))
      builder.add(.exactLogSoftmax(BlobExactLogSoftmax(logarithms)), .int8, .int8)
      outputs.append(BlobTensor(place: logarithms.softmax.y, shape: [600], type: .int8))
    }
    let formulas: [BlobExactFormula] = [
      .subtract(builder.exactSum()), .add(builder.exactSum(exponents: 0)),
      .multiply(
        BlobExactProduct(
          zeroA: -128, zeroB: 127, rescale: BlobExactRescale(multiplier: 1 << 31 - 1, exponent: 30),
          range: BlobExactRange(zero: 0))),
      .multiply(
        BlobExactProduct(
          zeroA: 4, zeroB: -9, rescale: BlobExactRescale(multiplier: 1_300_000_000, exponent: -7),
          range: BlobExactRange(zero: -128, low: -128, high: 50))),
    ]
    for (index, formula) in formulas.enumerated() {
      let y = builder.tensor(.int8, [20, 30])
      builder.add(
        .exactBinary(
          BlobBinary(
            formula, a: x.place, b: x.place, y: y.place, sizes: [20, 30],
            maskB: index % 2 == 0 ? 1 : 0)), .int8, .int8, b: .int8)
      outputs.append(y)
    }
    return ValidVector(name: "exact-extremes", model: builder.model(outputs: outputs))
  }
}

extension ValidVector {
  /// Slopes, and the larger and the smaller of two bytes; the largest multipliers, in place and not.
  static var exactElements: ValidVector {
    var builder = PlanBuilder(seed: 64)
    let x = builder.input(.int8, [4, 3, 5])
    let row = builder.input(.int8, [4, 1, 5])
    var outputs: [BlobTensor] = []
    let scales = [
      (BlobExactRescale(multiplier: 1_900_000_000, exponent: -1), BlobExactRescale(multiplier: 1 << 30, exponent: -8)),
      (BlobExactRescale(multiplier: 1 << 31 - 1, exponent: 30), BlobExactRescale(multiplier: 1 << 31 - 1, exponent: 30)),
      (BlobExactRescale(multiplier: 0, exponent: -31), BlobExactRescale(multiplier: 1_500_000_001, exponent: 1)),
    ]
    for (index, (above, below)) in scales.enumerated() {
      for channels in [3, 15] {
        let y = builder.tensor(.int8, [4, 3, 5])
        let slopes = builder.integers(channels, -128...127).map { Int8($0) }
        builder.add(
          .exactPRelu(
            BlobExactPRelu(
              x: x.place, y: y.place, outer: 4, channels: channels, inner: 15 / channels, zeroX: 40 * index - 50,
              zeroSlopes: 100 - 90 * index, above: above, below: below,
              range: BlobExactRange(zero: index - 9, low: index == 0 ? -80 : -128), slopes: slopes)),
          .int8, .int8)
        outputs.append(y)
      }
    }
    let formulas: [BlobExactFormula] = [
      .maximum(BlobExactCut()), .minimum(BlobExactCut()), .maximum(BlobExactCut(low: -20, high: 60)),
      .minimum(BlobExactCut(low: -128, high: -100)),
    ]
    for formula in formulas {
      let y = builder.tensor(.int8, [4, 3, 5])
      builder.add(
        .exactBinary(
          BlobBinary(formula, a: row.place, b: x.place, y: y.place, sizes: [4, 3, 5], maskA: 2)),
        .int8, .int8, b: .int8)
      outputs.append(y)
    }
    return ValidVector(name: "exact-elements", model: builder.model(outputs: outputs))
  }
}

extension PlanBuilder {
  /// Between float32 and bytes.
  mutating func border(_ x: BlobTensor, to y: BlobTensor, halvesToEven: Bool = false) {
    let bytes = x.type == .float32 ? y : x
    let step = BlobExactBorder(
      x: x.place, y: y.place, count: x.count, isFromBytes: y.type == .float32, halvesToEven: halvesToEven,
      scale: bytes.scale, zero: UInt8(truncatingIfNeeded: bytes.zeroPoint))
    add(.exactBorder(step), x.type, y.type)
  }

  /// Rows that spread sums of so many terms over y's range.
  mutating func exactScaling(
    _ rows: Int, terms: Double, bits: Int = 20, bias: Int = 30000, isShared: Bool = false
  ) -> BlobExactScaling {
    let ratio = 60 / (60 * 70 * max(1, terms).squareRoot())
    let shared = Int.random(in: 1 << 30...1 << 31 - 1, using: &generator)
    return BlobExactScaling(
      (0..<rows).map { _ in
        let drawn = Int.random(in: 1 << 30...1 << 31 - 1, using: &generator)
        let multiplier = isShared ? shared : (drawn >> (30 - bits)) << (30 - bits)
        let depth = isShared ? 0 : Int.random(in: 0...3, using: &generator)
        return BlobExactRow(
          BlobExactRescale(
            multiplier: multiplier, exponent: Int(ratio.exponent) + 1 - depth),
          bias: bias == 0 ? 0 : Int.random(in: -bias...bias, using: &generator))
      })
  }

  mutating func exactWeights(
    _ rows: Int, _ columns: Int, density: Float, levels: Int = 30, isShared: Bool = false
  ) -> BlobWeights {
    let positions = (0..<rows * columns).filter { _ in
      density == 1 || generator.nextFloat() < density
    }
    let all = (-128...127).shuffled(using: &generator).prefix(levels)
    let values = positions.map { _ in Int8(all.randomElement(using: &generator) ?? 0) }
    return BlobWeights(
      .plain(SparseMatrix(rows: rows, columns: columns, positions: positions, values: values)),
      exact: exactScaling(
        rows, terms: Double(positions.count) / Double(rows), isShared: isShared))
  }

  mutating func exactSum(exponents: Int = -1) -> BlobExactSum {
    func rescale(_ exponent: Int) -> BlobExactRescale {
      BlobExactRescale(
        multiplier: Int.random(in: 1 << 30...1 << 31 - 1, using: &generator), exponent: exponent)
    }
    return BlobExactSum(
      zeroA: integers(1, -128...127)[0], zeroB: integers(1, -128...127)[0], a: rescale(exponents),
      b: rescale(0), y: rescale(exponents == 0 ? 0 : -18), range: BlobExactRange(zero: -4))
  }

  mutating func exactConvolution(
    _ x: BlobTensor, _ windows: BlobConvolution<BlobResidual?>, _ weights: BlobWeights,
    to y: BlobTensor, border: Int = -5
  ) {
    let finish = BlobExactFinish(border: border, range: BlobExactRange(zero: -7, high: 120))
    var step = windows.with(finish, weights)
    (step.x, step.y) = (x.place, y.place)
    (step.c, step.h, step.w) = (x.shape[0], x.shape[1], x.shape[2])
    (step.o, step.oh, step.ow) = (y.shape[0], y.shape[1], y.shape[2])
    add(.exactConvolution(step), .int8, .int8)
  }

  /// Over the whole of `x`, or its first elements.
  mutating func exactDense(_ x: BlobTensor, _ weights: BlobWeights, to y: BlobTensor) {
    add(
      .exactDense(
        BlobExactDense(
          x: x.place, y: y.place, i: weights.columns, o: weights.rows,
          range: BlobExactRange(zero: 2), weights: weights)), .int8, .int8)
  }
}
