import Blob

extension ValidVector {
  /// One step of every opcode.
  static var everyStep: ValidVector {
    var builder = PlanBuilder(seed: 4)
    let image = builder.input(2, 3, 4)
    let x = builder.tensor(2, 6, 6)
    builder.steps.append(
      .resize(
        BlobResize(
          mode: .linear, x: image.place, y: x.place, c: 2, h: 3, w: 4, oh: 6, ow: 6,
          rows: .init(unit: 2, step: 0, stepRest: 1), columns: .init(unit: 5, step: 0, stepRest: 3))))
    let padded = builder.tensor(2, 8, 8)
    builder.steps.append(
      .pad(
        BlobPad(
          mode: .reflect, value: 0, x: x.place, y: padded.place, sizes: x.shape, before: [0, 1, 1],
          after: [0, 1, 1])))
    let a = builder.convolution(padded, kernel: 3, builder.weights(4, 18, density: 0.4))
    builder.steps.append(
      .affine(
        BlobAffine(
          x: a.place, y: a.place, channels: 4, inner: 64, scale: builder.numbers(4, .float16),
          shift: builder.numbers(4, .float16))))
    builder.steps.append(
      .prelu(
        BlobPRelu(
          x: a.place, y: a.place, outer: 1, channels: 4, inner: 64, slopes: builder.numbers(4))))
    let b = builder.maxPool(a)
    let c = builder.tensor(4, 2, 2)
    builder.steps.append(
      .averagePool(
        BlobAveragePool(
          pool: BlobPool(
            x: b.place, y: c.place, c: 4, h: 4, w: 4, oh: 2, ow: 2, kh: 3, kw: 3, sh: 2, sw: 2,
            top: 1, left: 1), bottom: 1, right: 1, countsPadding: true)))
    let turned = builder.tensor(2, 2, 4)
    builder.steps.append(
      .transpose(BlobTranspose(x: c.place, y: turned.place, sizes: c.shape, axes: [2, 1, 0])))
    let mean = builder.tensor(4)
    builder.steps.append(
      .globalAveragePool(BlobGlobalAveragePool(x: b.place, y: mean.place, channels: 4, inner: 16)))
    let joined = builder.tensor(4, 5)
    for (part, inner, offset) in [(turned, 4, 0), (mean, 1, 4)] {
      builder.steps.append(
        .copy(
          BlobCopy(
            x: part.place, y: joined.place, outer: 4, inner: inner, stride: 5, offset: offset)))
    }
    let numbers = builder.tensor(4)
    builder.steps.append(
      .constant(BlobConstant(y: numbers.place, numbers: builder.numbers(4))))
    builder.steps.append(
      .binary(
        BlobBinary(
          BlobFloatFormula(.add), a: joined.place, b: numbers.place, y: joined.place, sizes: [4, 5],
          maskB: 2)))
    builder.steps.append(
      .activation(
        BlobActivationStep(
          x: joined.place, y: joined.place, count: 20, activation: .leakyRelu(alpha: 0.25))))
    builder.steps.append(
      .gather(
        BlobGather(x: joined.place, y: joined.place, outer: 4, inner: 5, places: [0, 2, 3, 4])))
    let y = builder.tensor(4, 3)
    builder.steps.append(
      .dense(
        BlobDense(
          x: joined.place, y: y.place, r: 4, i: 4, o: 3,
          weights: builder.weights(3, 4, density: 0.7, levels: 4))))
    builder.steps.append(
      .softmax(BlobSoftmax(x: y.place, y: y.place, outer: 1, count: 4, inner: 3)))
    builder.steps.append(
      .logSoftmax(BlobLogSoftmax(BlobSoftmax(x: y.place, y: y.place, outer: 4, count: 3, inner: 1))))
    let places = builder.places(of: y, outer: 4, count: 3, inner: 1, .largest)
    let product = builder.tensor(2, 2, 4)
    builder.steps.append(
      .matrixProduct(
        BlobMatrixProduct(a: y.place, b: a.place, y: product.place, count: 2, rows: 2, inner: 3, columns: 4)))
    builder.slide(product, by: a, outer: 2, count: 2, inner: 4, new: 1)
    return ValidVector(name: "every-step", model: builder.model(outputs: [y, places, product]))
  }

  /// Places of the largest and the least along each axis, many of which are equal.
  static var places: ValidVector {
    var builder = PlanBuilder(seed: 9)
    let x = builder.input(3, 40, 2)
    let steps = builder.tensor(3, 40, 2)
    builder.steps.append(
      .activation(
        BlobActivationStep(x: x.place, y: steps.place, count: 240, activation: .clip(low: -1.5, high: 1.5))))
    let outputs = [(1, 3, 80), (3, 40, 2), (120, 2, 1)].flatMap { outer, count, inner in
      BlobArgMax.Mode.allCases.map { builder.places(of: steps, outer: outer, count: count, inner: inner, $0) }
    }
    return ValidVector(name: "places", model: builder.model(outputs: outputs))
  }

  /// Every activation, on a convolution, on a dense layer, after a sum and by itself.
  static var activations: ValidVector {
    let kinds: [BlobActivation] = [
      .none, .relu, .leakyRelu(alpha: -0.5), .clip(low: -0.5, high: 1), .sigmoid, .tanh,
      .hardSigmoid(alpha: 0.25, beta: 0.5), .hardSwish,
    ]
    var builder = PlanBuilder(seed: 5)
    let x = builder.input(1, 3, 4)
    var outputs: [BlobTensor] = []
    for kind in kinds {
      let a = builder.convolution(x, kernel: 1, builder.weights(1, 1, density: 1), activation: kind)
      let b = builder.dense(x, builder.weights(12, 12, density: 0.3, levels: 4), kind)
      let y = builder.tensor(12)
      builder.steps.append(
        .binary(
          BlobBinary(
            BlobFloatFormula(.subtract, kind), a: a.place, b: b.place, y: y.place, sizes: [12])))
      outputs.append(y)
      if kind == .none { continue }
      let alone = builder.tensor(12)
      builder.steps.append(
        .activation(
          BlobActivationStep(x: x.place, y: alone.place, count: 12, activation: kind)))
      outputs.append(alone)
    }
    return ValidVector(name: "activations", model: builder.model(outputs: outputs))
  }

  /// Every further function by itself, of numbers of both signs where it has them; then one on a layer.
  static var functions: ValidVector {
    var builder = PlanBuilder(seed: 47)
    let x = builder.input(2, 7)
    let positive = builder.tensor(14)
    builder.steps.append(
      .activation(BlobActivationStep(x: x.place, y: positive.place, count: 14, activation: .sigmoid)))
    var outputs: [BlobTensor] = []
    for kind in BlobFunction.Kind.allCases {
      let isOfPositive = [.logarithm, .squareRoot, .reciprocal, .power].contains(kind)
      let y = builder.tensor(14)
      let parameter: Float = kind == .power ? -1.5 : kind == .threshold ? 0.25 : 0
      builder.steps.append(
        .activation(
          BlobActivationStep(
            x: isOfPositive ? positive.place : x.place, y: y.place, count: 14,
            activation: .function(BlobFunction(kind, parameter)))))
      outputs.append(y)
    }
    let layer = builder.dense(
      x, builder.weights(5, 14, density: 0.5, levels: 4), .function(BlobFunction(.silu)))
    return ValidVector(name: "functions", model: builder.model(outputs: outputs + [layer]))
  }

  /// Every operator, operands that repeat along any axes, in place and not, ranks 0 to 6.
  static var broadcasting: ValidVector {
    var builder = PlanBuilder(seed: 6)
    let x = builder.input(2, 3, 4)
    let row = builder.input(1, 1, 4)
    let column = builder.input(2, 3, 1)
    let number = builder.input()
    var outputs: [BlobTensor] = []
    func step(_ step: BlobBinary<BlobFloatFormula>) { builder.steps.append(.binary(step)) }
    for (operation, y) in BlobOperator.arithmetic.map({ ($0, builder.tensor(2, 3, 4)) }) {
      step(
        BlobBinary(
          BlobFloatFormula(operation), a: x.place, b: row.place, y: y.place, sizes: x.shape,
          maskB: 0b011))
      step(
        BlobBinary(
          BlobFloatFormula(.add, .hardSwish), a: column.place, b: y.place, y: y.place,
          sizes: x.shape, maskA: 0b100))
      outputs.append(y)
    }
    let both = builder.tensor(2, 3, 4)
    step(
      BlobBinary(
        BlobFloatFormula(.multiply), a: column.place, b: row.place, y: both.place, sizes: x.shape,
        maskA: 0b100, maskB: 0b011))
    let six = builder.tensor(1, 2, 3, 1, 2, 2)
    step(
      BlobBinary(
        BlobFloatFormula(.subtract), a: number.place, b: both.place, y: six.place, sizes: six.shape,
        maskA: 0b111111))
    let square = builder.tensor()
    step(
      BlobBinary(
        BlobFloatFormula(.multiply), a: number.place, b: number.place, y: square.place, sizes: []))
    return ValidVector(
      name: "broadcasting", model: builder.model(outputs: outputs + [both, six, square]))
  }

  /// The larger and the smaller of two operands, and ELU, on a layer and by itself.
  static var extremes: ValidVector {
    var builder = PlanBuilder(seed: 8)
    let x = builder.input(2, 3, 4)
    let row = builder.input(1, 1, 4)
    var outputs: [BlobTensor] = []
    for operation in [BlobOperator.maximum, .minimum] {
      for activation in [BlobActivation.none, .elu(alpha: 1.5)] {
        let y = builder.tensor(2, 3, 4)
        builder.steps.append(
          .binary(
            BlobBinary(
              BlobFloatFormula(operation, activation), a: x.place, b: row.place, y: y.place,
              sizes: x.shape, maskB: 0b011)))
        outputs.append(y)
      }
    }
    let flat = builder.dense(x, builder.weights(5, 24, density: 0.5, levels: 4), .elu(alpha: -0.25))
    let alone = builder.tensor(24)
    builder.steps.append(
      .activation(
        BlobActivationStep(x: x.place, y: alone.place, count: 24, activation: .elu(alpha: 1))))
    return ValidVector(name: "extremes", model: builder.model(outputs: outputs + [flat, alone]))
  }

  /// Pads of each mode and transposes of several ranks, copies into the middle.
  static var borders: ValidVector {
    var builder = PlanBuilder(seed: 7)
    let x = builder.input(2, 3, 2, 2)
    var outputs: [BlobTensor] = []
    for mode in BlobPadMode.allCases {
      let y = builder.tensor(2, 6, 4, 3)
      builder.steps.append(
        .pad(
          BlobPad(
            mode: mode, value: -1.5, x: x.place, y: y.place, sizes: x.shape,
            before: [0, 2, 1, 0], after: [0, 1, 1, 1])))
      outputs.append(y)
    }
    for axes in [[3, 2, 1, 0], [1, 3, 0, 2], [0, 1, 2, 3]] {
      let sizes = axes.map { x.shape[$0] }
      let y = builder.tensor(sizes[0], sizes[1], sizes[2], sizes[3])
      builder.steps.append(
        .transpose(BlobTranspose(x: x.place, y: y.place, sizes: x.shape, axes: axes)))
      outputs.append(y)
    }
    let six = builder.tensor(2, 2, 1, 3, 1, 2)
    builder.steps.append(
      .transpose(
        BlobTranspose(
          x: x.place, y: six.place, sizes: [2, 1, 3, 2, 1, 2], axes: [5, 3, 1, 2, 4, 0])))
    let line = builder.tensor(28)
    builder.steps.append(
      .pad(
        BlobPad(
          mode: .edge, value: 0, x: x.place, y: line.place, sizes: [24], before: [4], after: [0])))
    let joined = builder.tensor(4, 13)
    for (place, inner, offset) in [(x.place, 6, 5), (line.place, 5, 0), (six.place, 2, 11)] {
      builder.steps.append(
        .copy(
          BlobCopy(x: place, y: joined.place, outer: 4, inner: inner, stride: 13, offset: offset)))
    }
    return ValidVector(
      name: "borders", model: builder.model(outputs: outputs + [six, line, joined]))
  }

  /// Groups, dilation, strides and pads of every size; windows partly and wholly outside.
  static var farWindows: ValidVector {
    var builder = PlanBuilder(seed: 8)
    let x = builder.input(4, 5, 7)
    let depthwise = builder.tensor(4, 4, 3)
    builder.steps.append(
      .convolution(
        BlobConvolution(
          x: x.place, y: depthwise.place, groups: 4, c: 4, h: 5, w: 7, o: 4, oh: 4, ow: 3, kh: 3,
          kw: 2, sh: 2, sw: 3, dh: 1, dw: 2, top: 2, left: 1,
          finish: .none, weights: builder.weights(4, 6, density: 0.6, scaled: true))))
    let grouped = builder.tensor(6, 2, 2)
    builder.steps.append(
      .convolution(
        BlobConvolution(
          x: x.place, y: grouped.place, groups: 2, c: 4, h: 5, w: 7, o: 6, oh: 2, ow: 2, kh: 2,
          kw: 2, sh: 65535, sw: 1, dh: 65535, dw: 1, top: 65535, left: 3,
          finish: .none, weights: builder.weights(6, 8, density: 0.5))))
    let window = BlobPool(
      x: x.place, y: builder.tensor(4, 3, 3).place, c: 4, h: 5, w: 7, oh: 3, ow: 3, kh: 2, kw: 3,
      sh: 3, sw: 4, dh: 2, dw: 1, top: 3, left: 2)
    builder.steps.append(.maxPool(window))
    var outputs = [depthwise, grouped, BlobTensor(place: window.y, shape: [4, 3, 3])]
    for (counts, bottom, right) in [(false, 0, 0), (true, 1, 0), (true, 9, 9)] {
      var pool = window
      pool.y = builder.tensor(4, 3, 3).place
      builder.steps.append(
        .averagePool(
          BlobAveragePool(pool: pool, bottom: bottom, right: right, countsPadding: counts)))
      outputs.append(BlobTensor(place: pool.y, shape: [4, 3, 3]))
    }
    let far = builder.tensor(4, 1, 2)
    builder.steps.append(
      .maxPool(
        BlobPool(
          x: x.place, y: far.place, c: 4, h: 5, w: 7, oh: 1, ow: 2, kh: 1, kw: 1, sh: 1,
          sw: 65535)))
    return ValidVector(name: "far-windows", model: builder.model(outputs: outputs + [far]))
  }
}
