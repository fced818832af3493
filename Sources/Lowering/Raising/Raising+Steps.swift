// The nodes of steps that have more to say than where they read and write.

import Blob
import ModelGraph
import Tensors

// MARK: - Layers

extension Raising {
  mutating func convolution(_ s: BlobConvolution<BlobActivation>) throws(LoweringError) {
    let input = try read(s.x, [s.c, s.h, s.w])
    let window = try window(
      kernel: [s.kh, s.kw], strides: [s.sh, s.sw], dilations: [s.dh, s.dw], before: [s.top, s.left],
      from: [s.h, s.w], to: [s.oh, s.ow])
    let (weight, bias) = layer(s.weights, [s.o, s.c / s.groups, s.kh, s.kw])
    let sum = try node(
      .convolution(Convolution(weight: weight, bias: bias, window: window, groups: s.groups)), [input])
    try write(try applying(s.finish, to: sum), at: s.y, count: s.o * s.oh * s.ow)
  }

  mutating func dense(_ s: BlobDense) throws(LoweringError) {
    let input = try rows(s.x, s.r, s.i)
    let (weight, bias) = layer(s.weights, [s.o, s.i])
    let sum = try node(.dense(Dense(weight: weight, bias: bias)), [input])
    try write(try applying(s.activation, to: sum), at: s.y, count: s.r * s.o)
  }

  /// An operand of so many rows: one alone has no axis for it.
  mutating func rows(_ place: Int, _ rows: Int, _ columns: Int) throws(LoweringError) -> ValueID {
    let input = try read(place, count: rows * columns)
    let shape = graph[input].shape
    let isThat = shape.last == columns && (rows > 1 || shape.count == 1)
    return isThat ? input : try view(input, rows == 1 ? [columns] : [rows, columns])
  }

  /// Filters of this shape, zeros and all, and their biases.
  private mutating func layer(_ weights: BlobWeights, _ shape: [Int]) -> (ParameterID, ParameterID?) {
    let weight = parameter("weight", .weight, Tensor(shape: shape, values: weights.survivors.dense()))
    guard !weights.biases.areAbsent else { return (weight, nil) }
    return (weight, parameter("bias", .bias, Tensor(shape: [weights.rows], values: weights.biases.values)))
  }

  mutating func affine(_ s: BlobAffine) throws(LoweringError) {
    let input = try firstAxis(s.x, s.channels, inner: s.inner)
    let scale = parameter("scale", .scale, Tensor(shape: [s.channels], values: s.scale.values))
    let shift = parameter("shift", .shift, Tensor(shape: [s.channels], values: s.shift.values))
    try write(try node(.affine(scale: scale, shift: shift), [input]), at: s.y, count: s.channels * s.inner)
  }

  mutating func prelu(_ s: BlobPRelu) throws(LoweringError) {
    let (input, shape) = try slopes(s.x, outer: s.outer, channels: s.channels, inner: s.inner)
    let slope = parameter("slope", .slope, Tensor(shape: shape, values: s.slopes.values))
    try write(try node(.prelu(slope: slope), [input]), at: s.y, count: s.outer * s.channels * s.inner)
  }

  /// What slopes apply to, and their shape.
  mutating func slopes(_ place: Int, outer: Int, channels: Int, inner: Int)
    throws(LoweringError) -> (input: ValueID, shape: [Int])
  {
    let input = try self.channels(place, outer: outer, channels, inner: inner)
    let behind = graph[input.value].shape.count - input.axis - 1
    return (input.value, [channels] + [Int](repeating: 1, count: behind))
  }

  /// An operand whose first axis is of channels.
  mutating func firstAxis(_ place: Int, _ channels: Int, inner: Int) throws(LoweringError) -> ValueID {
    let value = try read(place, count: channels * inner)
    return graph[value].shape.first == channels ? value : try view(value, [channels, inner])
  }

  /// An operand, and which axis of it the middle one of [outer, count, inner] is: as it is where it has such an axis.
  mutating func channels(_ place: Int, outer: Int, _ count: Int, inner: Int)
    throws(LoweringError) -> (value: ValueID, axis: Int)
  {
    let value = try read(place, count: outer * count * inner)
    let shape = graph[value].shape
    let axis = shape.indices.first { shape[$0] == count && shape[..<$0].elementCount == outer }
    if let axis { return (value, axis) }
    return outer == 1 ? (try view(value, [count, inner]), 0) : (try view(value, [outer, count, inner]), 1)
  }
}

// MARK: - Windows

extension Raising {
  /// A window with the padding behind the image that gives so many places.
  func window(
    kernel: [Int], strides: [Int], dilations: [Int], before: [Int], from sizes: [Int], to places: [Int]
  ) throws(LoweringError) -> Window {
    let after = (0..<2).map { (axis: Int) -> Int in
      let end = (places[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1
      return max(end - before[axis] - sizes[axis], 0)
    }
    let window = Window(kernel: kernel, strides: strides, dilations: dilations, padBefore: before, padAfter: after)
    guard (0..<2).allSatisfy({ window.outputSize(sizes[$0], axis: $0) == places[$0] }) else {
      throw fault("it leaves out places that its window has: encode the network again")
    }
    return window
  }

  func window(_ s: BlobPool) throws(LoweringError) -> Window {
    try window(
      kernel: [s.kh, s.kw], strides: [s.sh, s.sw], dilations: [s.dh, s.dw], before: [s.top, s.left], from: [s.h, s.w],
      to: [s.oh, s.ow])
  }

  mutating func maxPool(_ s: BlobPool) throws(LoweringError) {
    let window = try window(s)
    guard window.alwaysSees([s.c, s.h, s.w]) else { throw fault("one of its windows sees nothing of the image") }
    try write(try node(.maxPool(window), [try read(s.x, [s.c, s.h, s.w])]), at: s.y, count: s.c * s.oh * s.ow)
  }

  /// With a padding that is counted the file says it; a window may then hang over its end.
  mutating func averagePool(_ s: BlobAveragePool) throws(LoweringError) {
    let pool = s.pool
    var window: Window
    if s.countsPadding {
      window = Window(
        kernel: [pool.kh, pool.kw], strides: [pool.sh, pool.sw], dilations: [pool.dh, pool.dw],
        padBefore: [pool.top, pool.left], padAfter: [s.bottom, s.right])
      window.ceilMode = [pool.h, pool.w].indices.contains {
        window.outputSize([pool.h, pool.w][$0], axis: $0) != [pool.oh, pool.ow][$0]
      }
    } else {
      window = try self.window(pool)
    }
    let mean = try node(
      .averagePool(window, countsPadding: s.countsPadding), [try read(pool.x, [pool.c, pool.h, pool.w])])
    try write(mean, at: pool.y, count: pool.c * pool.oh * pool.ow)
  }

  mutating func mean(_ s: BlobGlobalAveragePool) throws(LoweringError) {
    let input = try firstAxis(s.x, s.channels, inner: s.inner)
    try write(try node(.globalAveragePool, [input]), at: s.y, count: s.channels)
  }
}

// MARK: - The rest

extension Raising {
  mutating func activation(_ s: BlobActivationStep) throws(LoweringError) {
    let input = try read(s.x, count: s.count)
    try write(try node(Operation(s.activation) ?? .requantize, [input]), at: s.y, count: s.count)
  }

  mutating func binary(_ s: BlobBinary<BlobFloatFormula>) throws(LoweringError) {
    let inputs = [try operand(s.a, s.operandSizes(mask: s.maskA)), try operand(s.b, s.operandSizes(mask: s.maskB))]
    let result = try node(.binary(BinaryOperator(s.formula.operation)), inputs)
    try write(try applying(s.formula.activation, to: result), at: s.y, count: s.sizes.elementCount)
  }

  /// An operand that may have fewer axes than the result.
  mutating func operand(_ place: Int, _ sizes: [Int]) throws(LoweringError) -> ValueID {
    guard let shape = shape(at: place), sizes.suffix(shape.count).elementsEqual(shape),
      sizes.dropLast(shape.count).allSatisfy({ $0 == 1 })
    else { return try read(place, sizes) }
    return try read(place, shape)
  }

  mutating func softmax(_ s: BlobSoftmax, _ operation: (Int) -> Operation) throws(LoweringError) {
    let input = try channels(s.x, outer: s.outer, s.count, inner: s.inner)
    try write(try node(operation(input.axis), [input.value]), at: s.y, count: s.outer * s.count * s.inner)
  }

  mutating func argMax(_ s: BlobArgMax) throws(LoweringError) {
    let input = try channels(s.x, outer: s.outer, s.count, inner: s.inner)
    let places = try node(.argMax(axis: input.axis, ofLeast: s.mode == .least), [input.value])
    try write(places, at: s.y, count: s.outer * s.inner)
  }

  mutating func matrixProduct(_ s: BlobMatrixProduct) throws(LoweringError) {
    let (a, b) = (try read(s.a, [s.count, s.rows, s.inner]), try read(s.b, [s.count, s.inner, s.columns]))
    try write(try node(.matrixProduct, [a, b]), at: s.y, count: s.count * s.rows * s.columns)
  }

  mutating func pad(_ s: BlobPad<Float>) throws(LoweringError) {
    let mode: Padding.Mode =
      switch s.mode {
      case .constant: .constant(s.value)
      case .reflect: .reflect
      case .edge: .edge
      case .symmetric: .symmetric
      }
    let padding = Padding(before: s.before, after: s.after, mode: mode)
    try write(try node(.pad(padding), [try read(s.x, s.sizes)]), at: s.y, count: s.outputSizes.elementCount)
  }

  mutating func resize(_ s: BlobResize) throws(LoweringError) {
    func axis(_ fields: BlobResize.Axis, _ size: Int) -> Resize.Axis {
      Resize.Axis(
        size: size, step: fields.step * fields.unit + fields.stepRest, start: fields.start * fields.unit + fields.startRest,
        unit: fields.unit)
    }
    let mode: Resize.Mode =
      switch s.mode {
      case .nearest: .nearest
      case .linear: .linear
      }
    let resize = Resize(mode: mode, axes: [axis(s.rows, s.oh), axis(s.columns, s.ow)])
    try write(try node(.resize(resize), [try read(s.x, [s.c, s.h, s.w])]), at: s.y, count: s.c * s.oh * s.ow)
  }

  mutating func gather(_ s: BlobGather) throws(LoweringError) {
    var input = try read(s.x, count: s.outer * s.inner)
    if graph[input].shape.last != s.inner { input = try view(input, [s.outer, s.inner]) }
    try write(try node(.gather(s.places), [input]), at: s.y, count: s.outer * s.places.count)
  }

  mutating func slide(_ s: BlobSlide) throws(LoweringError) {
    let parts = [try read(s.y, [s.outer, s.count, s.inner]), try read(s.x, [s.outer, s.new, s.inner])]
    try write(try node(.slide(axis: 1), parts), at: s.y, count: s.outer * s.count * s.inner)
  }

  mutating func transpose(_ s: BlobTranspose) throws(LoweringError) {
    try write(try node(.transpose(s.axes), [try read(s.x, s.sizes)]), at: s.y, count: s.sizes.elementCount)
  }
}

extension BinaryOperator {
  init(_ operation: BlobOperator) {
    switch operation {
    case .add: self = .add
    case .subtract: self = .subtract
    case .multiply: self = .multiply
    case .divide: self = .divide
    case .maximum: self = .maximum
    case .minimum: self = .minimum
    }
  }
}

extension Operation {
  /// nil: it changes nothing.
  init?(_ activation: BlobActivation) {
    switch activation {
    case .none: return nil
    case .relu: self = .activation(.relu)
    case .leakyRelu(let alpha): self = .activation(.leakyRelu(alpha: alpha))
    case .clip(let low, let high): self = .activation(.clip(low: low, high: high))
    case .sigmoid: self = .activation(.sigmoid)
    case .tanh: self = .activation(.tanh)
    case .hardSigmoid(let alpha, let beta): self = .activation(.hardSigmoid(alpha: alpha, beta: beta))
    case .hardSwish: self = .activation(.hardSwish)
    case .elu(let alpha): self = .activation(.elu(alpha: alpha))
    case .function(let function):
      guard let kind = MathFunction.Kind(rawValue: function.kind.rawValue) else { return nil }
      self = .function(MathFunction(kind, function.parameter))
    }
  }
}
