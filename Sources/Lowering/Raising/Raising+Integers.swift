// Integer steps as nodes. What a node's bytes stand for is not in the steps but in how they finish sums, so that
// is noted here (`IntegerFact`) and becomes encodings at the end (`ScaleRecovery`).

import Blob
import ModelGraph
import Tensors

/// What a step says of the bytes of the value that a node gives.
enum IntegerFact {
  /// A layer, whose sums become bytes row by row.
  case rows(BlobWeights, border: Int?, zero: Int)
  case sum(BlobExactSum, subtracts: Bool)
  case product(BlobExactProduct)
  case mean(BlobExactRow, zero: Int, count: Int)
  case softmax(BlobExactRescale)
  case logSoftmax(BlobExactRescale)
  /// From float32 to bytes, or back.
  case border(BlobExactBorder, isSigned: Bool)
  /// From bytes of one scale to those of another.
  case table(ByteScaling)
  /// A function of one byte.
  case function(FunctionTable)
  case prelu(BlobExactPRelu)
  /// The bytes that a value is kept between.
  case cut(low: Int, high: Int)
  /// Around an image.
  case edge(Int8)
  /// Of a constant.
  case bytes([Int8])
  /// A step that is finished by Kinglet's own rule, and the result's zero point.
  case own(OwnStep, zero: Int)
}

extension Raising {
  mutating func raise(_ step: BlobIntegerStep) throws(LoweringError) {
    switch step.form {
    case .exactConvolution(let s): try convolution(s)
    case .exactDense(let s): try dense(s)
    case .exactSoftmax(let s):
      try softmax(s.softmax, .softmax(s.rescale)) { .softmax(axis: $0) }
    case .exactLogSoftmax(let s):
      try softmax(s.fields.softmax, .logSoftmax(s.fields.rescale)) { .logSoftmax(axis: $0) }
    case .exactAveragePool(let s): try averagePool(s)
    case .exactGlobalAveragePool(let s): try mean(s)
    case .exactBinary(let s): try binary(s)
    case .exactBorder(let s):
      let value = try node(.requantize, [try read(s.x, count: s.count)])
      facts[value] = .border(s, isSigned: s.isFromBytes ? step.xIsSigned : step.yIsSigned)
      try write(value, at: s.y, count: s.count)
    case .maxPool(let s): try maxPool(s)
    case .copy(let s): try copy(s)
    case .pad(let s):
      try pad(BlobPad(mode: s.mode, value: 0, x: s.x, y: s.y, sizes: s.sizes, before: s.before, after: s.after))
      facts[try read(s.y, count: s.outputSizes.elementCount)] = .edge(s.value.signed(step.yIsSigned))
    case .transpose(let s): try transpose(s)
    case .gather(let s): try gather(s)
    case .slide(let s): try slide(s)
    case .resize(let s): try resize(s.resize)
    case .argMax(let s): try argMax(s)
    case .constant(let s): write(bytes: s.bytes.map { $0.signed(step.yIsSigned) }, at: s.y)
    case .map(let s): try map(s, step)
    case .exactPRelu(let s): try prelu(s)
    case .shortDense, .lstm, .shortProduct:
      throw fault("it is of numbers of 16 bits, whose scales it does not say: export the model that the blob came from")
    case .convolution(let s): try convolution(s, step)
    case .dense(let s): try dense(s, step)
    case .softmax(let s):
      try softmax(s.softmax, .own(.softmax(s.exponentials), zero: -128)) { .softmax(axis: $0) }
    case .averagePool(let s): try averagePool(s.average)
    case .globalAveragePool(let s): try mean(s, step)
    case .binary(let s): try binary(s, step)
    case .prelu, .affine, .logSoftmax, .matrixProduct:
      throw fault("it has no form in other tools' integers: export the run, or the float32 blob, and quantize that")
    }
  }

  /// What a step makes, behind what its results are kept between.
  private mutating func finish(_ value: ValueID, _ fact: IntegerFact, low: Int, high: Int, at place: Int, count: Int)
    throws(LoweringError)
  {
    facts[value] = fact
    try finish(value, low: low, high: high, at: place, count: count)
  }

  private mutating func finish(_ value: ValueID, low: Int, high: Int, at place: Int, count: Int) throws(LoweringError) {
    guard (low, high) != (-128, 127) else { return try write(value, at: place, count: count) }
    let cut = try node(.activation(.relu), [value], role: "activation")
    facts[cut] = .cut(low: low, high: high)
    try write(cut, at: place, count: count)
  }

  /// Parameters that have their integers once scales are known.
  mutating func integerLayer(_ weights: BlobWeights, _ shape: [Int]) -> (ParameterID, ParameterID) {
    let weight = parameter("weight", .weight, Tensor(shape: shape))
    return (weight, parameter("bias", .bias, Tensor(shape: [weights.rows])))
  }

  private mutating func convolution(_ s: BlobConvolution<BlobExactFinish>) throws(LoweringError) {
    let window = try window(
      kernel: [s.kh, s.kw], strides: [s.sh, s.sw], dilations: [s.dh, s.dw], before: [s.top, s.left],
      from: [s.h, s.w], to: [s.oh, s.ow])
    let input = try read(s.x, [s.c, s.h, s.w])
    let (weight, bias) = integerLayer(s.weights, [s.o, s.c / s.groups, s.kh, s.kw])
    let sum = try node(
      .convolution(Convolution(weight: weight, bias: bias, window: window, groups: s.groups)), [input])
    let range = s.finish.range
    try finish(
      sum, .rows(s.weights, border: s.finish.border, zero: range.zero), low: range.low, high: range.high, at: s.y,
      count: s.o * s.oh * s.ow)
  }

  private mutating func dense(_ s: BlobExactDense) throws(LoweringError) {
    let input = try rows(s.x, s.r, s.i)
    let (weight, bias) = integerLayer(s.weights, [s.o, s.i])
    let sum = try node(.dense(Dense(weight: weight, bias: bias)), [input])
    try finish(
      sum, .rows(s.weights, border: nil, zero: s.range.zero), low: s.range.low, high: s.range.high, at: s.y,
      count: s.r * s.o)
  }

  mutating func softmax(_ s: BlobSoftmax, _ fact: IntegerFact, _ operation: (Int) -> Operation)
    throws(LoweringError)
  {
    try softmax(s, operation)
    facts[try read(s.y, count: s.outer * s.count * s.inner)] = fact
  }

  private mutating func averagePool(_ s: BlobExactAveragePool) throws(LoweringError) {
    let pool = s.pool
    let window = try window(pool)
    let mean = try node(
      .averagePool(window, countsPadding: false), [try read(pool.x, [pool.c, pool.h, pool.w])])
    try finish(mean, low: s.low, high: s.high, at: pool.y, count: pool.c * pool.oh * pool.ow)
  }

  private mutating func mean(_ s: BlobExactGlobalAveragePool) throws(LoweringError) {
    let mean = try node(.globalAveragePool, [try firstAxis(s.pool.x, s.pool.channels, inner: s.pool.inner)])
    try finish(
      mean, .mean(s.row, zero: s.range.zero, count: s.pool.inner), low: s.range.low, high: s.range.high, at: s.pool.y,
      count: s.pool.channels)
  }

  private mutating func prelu(_ s: BlobExactPRelu) throws(LoweringError) {
    let (input, slope) = try slopes(s.x, outer: s.outer, channels: s.channels, inner: s.inner)
    let value = try node(.prelu(slope: parameter("slope", .slope, Tensor(shape: slope))), [input])
    try finish(value, .prelu(s), low: s.range.low, high: s.range.high, at: s.y, count: s.outer * s.channels * s.inner)
  }

  private mutating func binary(_ s: BlobBinary<BlobExactFormula>) throws(LoweringError) {
    let inputs = [try operand(s.a, s.operandSizes(mask: s.maskA)), try operand(s.b, s.operandSizes(mask: s.maskB))]
    let result = try node(.binary(BinaryOperator(s.formula.operation)), inputs)
    let count = s.sizes.elementCount
    switch s.formula {
    case .add(let sum):
      try finish(result, .sum(sum, subtracts: false), low: sum.range.low, high: sum.range.high, at: s.y, count: count)
    case .subtract(let sum):
      try finish(result, .sum(sum, subtracts: true), low: sum.range.low, high: sum.range.high, at: s.y, count: count)
    case .multiply(let product):
      try finish(result, .product(product), low: product.range.low, high: product.range.high, at: s.y, count: count)
    case .maximum(let cut), .minimum(let cut): try finish(result, low: cut.low, high: cut.high, at: s.y, count: count)
    }
  }
}

extension UInt8 {
  /// An element as it is among signed bytes: of uint8 128 less.
  func signed(_ isSigned: Bool) -> Int8 { Int8(bitPattern: isSigned ? self : self ^ 0x80) }
}
