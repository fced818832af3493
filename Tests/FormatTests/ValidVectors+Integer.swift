import Blob
import Tensors

// Integer plans. Their outputs are to the last bit what the emulator computes.

extension ValidVector {
  static let integers = [
    integerSteps, integerConvolution, integerDense, integerJoint, integerGaps, integerRows,
    integerFewSymbols, integerBitmap, integerColumns, integerIndices, integerElements, integerWindows, integerMoves, integerResizes,
    integerWraps, integerExtremes, integerPlaces, integerStrips,
  ]

  /// Whether the whole plan is of integers.
  var isInteger: Bool { model.steps.contains { if case .integer = $0 { true } else { false } } }

  /// One step of every opcode.
  static var integerSteps: ValidVector {
    var builder = PlanBuilder(seed: 30)
    let image = builder.input(.uint8, [2, 3, 4])
    let x = builder.tensor(.uint8, [2, 5, 5])
    builder.add(
      .resize(
        BlobIntegerResize(
          BlobResize(
            mode: .linear, x: image.place, y: x.place, c: 2, h: 3, w: 4, oh: 5, ow: 5,
            rows: .init(unit: 1024, step: 0, stepRest: 614, start: -1, startRest: 800),
            columns: .init(unit: 1024, step: 0, stepRest: 819)))), .uint8, .uint8)
    let padded = builder.tensor(.uint8, [2, 7, 7])
    builder.add(
      .pad(
        BlobPad(
          mode: .constant, value: 7, x: x.place, y: padded.place, sizes: x.shape,
          before: [0, 1, 1], after: [0, 1, 1])), .uint8, .uint8)
    let a = builder.tensor(.int8, [4, 5, 5])
    builder.convolution(
      padded, .windows(kh: 3, kw: 3),
      builder.integerWeights(4, 18, density: 0.5, IntegerWidths()), to: a)
    let slopes = builder.factors(4)
    builder.add(
      .prelu(
        BlobIntegerPRelu(
          x: a.place, y: a.place, outer: 1, channels: 4, inner: 25, factor: 16384,
          slopes: slopes)), .int8, .int8)
    let affine = BlobIntegerAffine(
      x: a.place, y: a.place, channels: 4, inner: 25, factors: builder.factors(4),
      biases: builder.biases(4, width: 2))
    builder.add(.affine(affine), .int8, .int8)
    let b = builder.tensor(.int8, [4, 3, 3])
    let pool = BlobPool(
      x: a.place, y: b.place, c: 4, h: 5, w: 5, oh: 3, ow: 3, kh: 2, kw: 2, sh: 2, sw: 2)
    builder.add(.maxPool(pool), .int8, .int8)
    let c = builder.tensor(.int8, [4, 3, 3])
    var average = pool
    average.y = c.place
    builder.add(
      .averagePool(BlobIntegerAveragePool(BlobAveragePool(pool: average))), .int8, .int8)
    let mean = builder.tensor(.int8, [4])
    builder.add(
      .globalAveragePool(
        BlobIntegerGlobalAveragePool(
          BlobGlobalAveragePool(x: b.place, y: mean.place, channels: 4, inner: 9),
          rescale: builder.rescale(64.0 / 9))), .int8, .int8)
    let joined = builder.tensor(.int8, [4, 10])
    for (part, inner, offset) in [(c, 9, 0), (mean, 1, 9)] {
      builder.add(
        .copy(
          BlobCopy(
            x: part.place, y: joined.place, outer: 4, inner: inner, stride: 10, offset: offset)),
        .int8, .int8)
    }
    builder.add(
      .gather(
        BlobGather(
          x: joined.place, y: joined.place, outer: 4, inner: 10, places: [0, 1, 3, 4, 6, 8, 9])),
      .int8, .int8)
    return finish(joined, &builder)
  }

  /// From [4, 7] elements on: transpose, constant, binary, map, dense, softmax.
  private static func finish(_ x: BlobTensor, _ builder: inout PlanBuilder) -> ValidVector {
    let turned = builder.tensor(.int8, [7, 4])
    builder.add(
      .transpose(BlobTranspose(x: x.place, y: turned.place, sizes: [4, 7], axes: [1, 0])), .int8,
      .int8)
    let numbers = builder.tensor(.uint8, [7])
    builder.add(
      .constant(
        BlobIntegerConstant(
          y: numbers.place, bytes: builder.integers(7, 0...255).map { UInt8($0) })), .uint8,
      .uint8)
    builder.add(
      .binary(
        BlobBinary(
          .add(factorA: 12000, factorB: 5000), a: turned.place, b: numbers.place, y: turned.place,
          sizes: [7, 4], maskB: 2)), .int8, .int8, b: .uint8)
    builder.add(
      .map(
        BlobMap(
          x: turned.place, y: turned.place, count: 28,
          results: (0..<256).map { UInt8(($0 * 37 + 11) % 256) })), .int8, .uint8)
    let y = builder.tensor(.int8, [7, 3])
    let weights = builder.integerWeights(3, 4, density: 0.8, levels: 4, IntegerWidths())
    builder.add(
      .dense(BlobIntegerDense(x: turned.place, y: y.place, r: 7, i: 4, o: 3, weights: weights)),
      .uint8, .int8)
    builder.add(
      .softmax(
        BlobIntegerSoftmax(
          BlobSoftmax(x: y.place, y: y.place, outer: 7, count: 3, inner: 1),
          exponentials: exponentials(count: 256, decay: 0.99))), .int8, .uint8)
    builder.add(
      .logSoftmax(
        BlobIntegerLogSoftmax(
          BlobExactSoftmax(
            BlobSoftmax(x: y.place, y: y.place, outer: 1, count: 7, inner: 3),
            rescale: BlobExactRescale(multiplier: 1_300_000_000, exponent: 21)))), .uint8, .int8)
    let output = BlobTensor(place: y.place, shape: [7, 3], type: .int8, scale: 1 / 8)
    let places = builder.places(of: output, outer: 1, count: 7, inner: 3, .least)
    let product = builder.tensor(.uint8, [7, 2])
    builder.add(
      .matrixProduct(
        BlobIntegerMatrixProduct(
          BlobMatrixProduct(a: y.place, b: turned.place, y: product.place, count: 1, rows: 7, inner: 3, columns: 2),
          rescale: builder.rescale(1.0 / 64))), .int8, .uint8, b: .uint8)
    builder.slide(product, by: turned, outer: 7, count: 2, inner: 1, new: 1)
    return ValidVector(
      name: "integer-steps", model: builder.model(outputs: [output, turned, x, places, product]))
  }

  /// Places of the largest and the least of both types, along axes of sizes that fill no word.
  static var integerPlaces: ValidVector {
    var builder = PlanBuilder(seed: 42)
    var outputs: [BlobTensor] = []
    for type in [BlobElementType.uint8, .int8] {
      let x = builder.input(type, [2, 41, 3])
      for mode in BlobArgMax.Mode.allCases {
        outputs.append(builder.places(of: x, outer: 2, count: 41, inner: 3, mode))
        outputs.append(builder.places(of: x, outer: 1, count: 246, inner: 1, mode))
      }
    }
    return ValidVector(name: "integer-places", model: builder.model(outputs: outputs))
  }

  private static func exponentials(count: Int, decay: Double) -> [UInt16] {
    var value = 65535.0
    return (0..<count).map { _ in
      defer { value *= decay }
      return UInt16(value)
    }
  }

  /// Binary steps with both types of everything, repeated operands and in place; maps, slopes,
  /// affine steps and softmaxes.
  static var integerElements: ValidVector {
    var builder = PlanBuilder(seed: 37)
    let types: [BlobElementType] = [.uint8, .int8]
    let operands = types.map { builder.input($0, [3, 1, 5]) }
    let others = types.map { builder.input($0, [3, 4, 5]) }
    var outputs: [BlobTensor] = []
    for (index, operation) in BlobOperator.arithmetic.enumerated() {
      for round in 0..<4 {
        let (a, b) = (operands[round % 2], others[round / 2])
        let y = builder.tensor(types[(index + round) % 2], [3, 4, 5])
        var step = BlobBinary(
          formula(operation, &builder), a: a.place, b: b.place, y: y.place, sizes: y.shape, maskA: 2)
        builder.add(.binary(step), a.type, y.type, b: b.type)
        outputs.append(y)
        // The other way round, in place.
        (step.a, step.maskA, step.b, step.maskB) = (y.place, 0, a.place, 2)
        step.formula = formula(operation, &builder)
        builder.add(.binary(step), y.type, y.type, b: a.type)
      }
    }
    let number = builder.input(.uint8, [])
    let single = builder.tensor(.int8, [])
    builder.add(
      .binary(
        BlobBinary(
          .subtract(factorA: 1 << 22, factorB: (1 << 22) - 9000), a: number.place, b: number.place,
          y: single.place, sizes: [])), .uint8, .int8)
    for x in others { outputs += oneOperand(x, &builder) }
    return ValidVector(
      name: "integer-elements", model: builder.model(outputs: outputs + [single]))
  }

  /// The larger and the smaller of two operands, of both types and in place.
  static var integerExtremes: ValidVector {
    var builder = PlanBuilder(seed: 41)
    let types: [BlobElementType] = [.uint8, .int8]
    let operands = types.map { builder.input($0, [3, 1, 5]) }
    let others = types.map { builder.input($0, [3, 4, 5]) }
    var outputs: [BlobTensor] = []
    for (index, operation) in [BlobOperator.maximum, .minimum].enumerated() {
      for round in 0..<4 {
        let (a, b) = (operands[round % 2], others[round / 2])
        let y = builder.tensor(types[(index + round) % 2], [3, 4, 5])
        builder.add(
          .binary(
            BlobBinary(
              formula(operation, &builder), a: a.place, b: b.place, y: y.place, sizes: y.shape, maskA: 2)),
          a.type, y.type, b: b.type)
        outputs.append(y)
      }
    }
    return ValidVector(name: "integer-extremes", model: builder.model(outputs: outputs))
  }

  private static func formula(
    _ operation: BlobOperator, _ builder: inout PlanBuilder
  ) -> BlobIntegerFormula {
    switch operation {
    case .add:
      .add(
        factorA: builder.integers(1, 8000...20000)[0], factorB: builder.integers(1, 0...30000)[0])
    case .subtract:
      .subtract(
        factorA: builder.integers(1, 8000...20000)[0], factorB: builder.integers(1, 0...30000)[0])
    case .multiply: .multiply(builder.rescale(0.5, part: 0.9))
    case .maximum:
      .maximum(
        factorA: builder.integers(1, 8000...20000)[0], factorB: builder.integers(1, 0...30000)[0])
    case .minimum:
      .minimum(
        factorA: builder.integers(1, 8000...20000)[0], factorB: builder.integers(1, 0...30000)[0])
    case .divide:
      .divide(builder.rescale(0.004), reciprocals: (0..<256).map { Int16(32767 - 250 * $0) })
    }
  }

  private static func oneOperand(
    _ x: BlobTensor, _ builder: inout PlanBuilder
  ) -> [BlobTensor] {
    var outputs: [BlobTensor] = []
    for type in [BlobElementType.uint8, .int8] {
      let y = (0..<4).map { _ in builder.tensor(type, x.shape) }
      let map = builder.integers(256, 0...255).map { UInt8($0) }
      builder.add(
        .map(BlobMap(x: x.place, y: y[0].place, count: 60, results: map)), x.type, type)
      let prelu = BlobIntegerPRelu(
        x: x.place, y: y[1].place, outer: 3, channels: 4, inner: 5, factor: 21000,
        slopes: builder.factors(4))
      builder.add(.prelu(prelu), x.type, type)
      for (index, width) in [(2, 4), (3, 0)] {
        let affine = BlobIntegerAffine(
          x: x.place, y: y[index].place, channels: 12, inner: 5, factors: builder.factors(12),
          biases: builder.biases(12, width: width))
        builder.add(.affine(affine), x.type, type)
      }
      outputs += y
    }
    for (count, decay) in [(256, 0.9), (1, 1), (40, 0.5)] {
      let y = builder.tensor(.uint8, x.shape)
      builder.add(
        .softmax(
          BlobIntegerSoftmax(
            BlobSoftmax(x: x.place, y: y.place, outer: 3, count: 4, inner: 5),
            exponentials: exponentials(count: count, decay: decay))), x.type, .uint8)
      outputs.append(y)
    }
    return outputs
  }

  /// Pools with pads and dilations, also without a tap inside; means.
  static var integerWindows: ValidVector {
    var builder = PlanBuilder(seed: 38)
    var outputs: [BlobTensor] = []
    for type in [BlobElementType.uint8, .int8] {
      let x = builder.input(type, [3, 5, 7])
      var pool = BlobPool(
        x: x.place, y: 0, c: 3, h: 5, w: 7, oh: 3, ow: 4, kh: 3, kw: 2, sh: 2, sw: 2, dh: 2,
        top: 2, left: 1)
      let y = (0..<4).map { _ in builder.tensor(type, [3, 3, 4]) }
      pool.y = y[0].place
      builder.add(.maxPool(pool), type, type)
      for (index, counts) in [(1, false), (2, true)] {
        pool.y = y[index].place
        let average = BlobAveragePool(pool: pool, bottom: 1, right: 3, countsPadding: counts)
        builder.add(.averagePool(BlobIntegerAveragePool(average)), type, type)
      }
      // Every other window lies outside the image.
      (pool.y, pool.sh, pool.sw, pool.top, pool.left) = (y[3].place, 65535, 5, 4, 3)
      builder.add(.maxPool(pool), type, type)
      for mean in [BlobElementType.uint8, .int8] {
        let means = builder.tensor(mean, [3])
        builder.add(
          .globalAveragePool(
            BlobIntegerGlobalAveragePool(
              BlobGlobalAveragePool(x: x.place, y: means.place, channels: 3, inner: 35),
              rescale: builder.rescale(80.0 / 35))), type, mean)
        outputs.append(means)
      }
      outputs += y
    }
    return ValidVector(name: "integer-windows", model: builder.model(outputs: outputs))
  }

  /// Pads, transposes, copies and choices, with sizes that are no multiples of 4.
  static var integerMoves: ValidVector {
    var builder = PlanBuilder(seed: 39)
    var outputs: [BlobTensor] = []
    for type in [BlobElementType.uint8, .int8] {
      let x = builder.input(type, [3, 5, 2])
      for mode in BlobPadMode.allCases {
        let y = builder.tensor(type, [3, 8, 4])
        builder.add(
          .pad(
            BlobPad(
              mode: mode, value: 200, x: x.place, y: y.place, sizes: x.shape, before: [0, 1, 1],
              after: [0, 2, 1])), type, type)
        outputs.append(y)
      }
      let turned = builder.tensor(type, [5, 2, 3])
      builder.add(
        .transpose(
          BlobTranspose(x: x.place, y: turned.place, sizes: x.shape, axes: [1, 2, 0])), type, type)
      let numbers = builder.tensor(type, [5])
      builder.add(
        .constant(
          BlobIntegerConstant(
            y: numbers.place, bytes: builder.integers(5, 0...255).map { UInt8($0) })), .uint8,
        type)
      let joined = builder.tensor(type, [5, 7])
      for (part, inner, offset) in [(turned, 6, 1), (numbers, 1, 0)] {
        let copy = BlobCopy(
          x: part.place, y: joined.place, outer: 5, inner: inner, stride: 7, offset: offset)
        builder.add(.copy(copy), type, type)
      }
      let chosen = builder.tensor(type, [5, 3])
      builder.add(
        .gather(
          BlobGather(x: joined.place, y: chosen.place, outer: 5, inner: 7, places: [0, 3, 6])),
        type, type)
      outputs += [turned, joined, chosen]
    }
    return ValidVector(name: "integer-moves", model: builder.model(outputs: outputs))
  }

  /// Sums and shifts that leave 32 bits, which no sound blob has: still the same bytes everywhere.
  /// The largest multipliers and biases.
  static var integerWraps: ValidVector {
    var builder = PlanBuilder(seed: 40)
    let x = builder.input(.uint8, [400])
    var wide = builder.integerWeights(6, 400, density: 1, levels: 4, IntegerWidths(levels: 2))
    let extremes = BlobBiases([-1 << 29, 1 << 29, -1, 0, 65536, 1 << 28])
    wide.values = .table(
      StoredNumbers([-32768, -32767, 32766, 32767].map { 0.5 * $0 }, precision: .int16(scale: 0.5)),
      codes: wide.levelled.with(wide.positions.map { UInt8($0 / 400 / 2) }))
    wide.scaling = BlobScaling(
      shift: 15, exponent: 15, multipliers: [65535, 0, 1, 256, 40000, 65535], biases: extremes)
    let a = builder.dense(x, wide, to: .int8)
    wide.scaling = BlobScaling(shift: 1, exponent: 0, multipliers: [65535], biases: nil)
    let b = builder.dense(x, wide, to: .uint8)
    var random = builder.integerWeights(40, 400, density: 0.1, IntegerWidths(levels: 2))
    random.scaling = BlobScaling(
      shift: 13, exponent: 2, multipliers: builder.integers(40, 1000...8000),
      biases: builder.biases(40, width: 2))
    let e = builder.dense(x, random, to: .int8)
    let c = builder.tensor(.int8, [4])
    builder.add(
      .globalAveragePool(
        BlobIntegerGlobalAveragePool(
          BlobGlobalAveragePool(x: x.place, y: c.place, channels: 4, inner: 100),
          rescale: BlobRescale(shift: 15, exponent: 15, multiplier: 65535))), .uint8, .int8)
    let d = builder.tensor(.int8, [4])
    builder.add(
      .affine(
        BlobIntegerAffine(
          x: x.place, y: d.place, channels: 4, inner: 1, factors: [32767, -32768, 32767, 0],
          biases: BlobBiases([32767, -32768, -1, 0], shift: 13))), .uint8, .int8)
    return ValidVector(name: "integer-wraps", model: builder.model(outputs: [a, b, c, d, e]))
  }
}
