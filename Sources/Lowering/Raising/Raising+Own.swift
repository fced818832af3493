// Steps that are finished by Kinglet's own rule. They come back as the nodes that TensorFlow Lite has for them, with the
// ratios of scales that their factors are; that rounds another way, so that answers are nearly the blob's and not all of
// them. A uint8 element is an int8 one 128 less.

import Blob
import Foundation
import ModelGraph
import Tensors

/// What such a step says of scales.
enum OwnStep {
  /// A layer, whose factors are to the unit of a value: its own where there is none.
  case layer(BlobWeights, unit: ValueID?)
  /// Of other values, how many of the result's units one of theirs is.
  case ratios([(ValueID, Double)])
  /// How many of the result's units a product of one unit each is.
  case product(Double)
  /// Exponentials by the distance from the largest.
  case softmax([UInt16])
}

extension Raising {
  private func zero(_ isSigned: Bool) -> Int { isSigned ? 0 : -128 }

  mutating func convolution(_ s: BlobConvolution<BlobResidual?>, _ step: BlobIntegerStep) throws(LoweringError) {
    try check(s.weights)
    let window = try window(
      kernel: [s.kh, s.kw], strides: [s.sh, s.sw], dilations: [s.dh, s.dw], before: [s.top, s.left],
      from: [s.h, s.w], to: [s.oh, s.ow])
    let shape = [s.o, s.oh, s.ow]
    let residual: ValueID?
    if let other = s.finish { residual = try read(other.place, shape) } else { residual = nil }
    let input = try read(s.x, [s.c, s.h, s.w])
    let (weight, bias) = integerLayer(s.weights, [s.o, s.c / s.groups, s.kh, s.kw])
    let sum = try node(
      .convolution(Convolution(weight: weight, bias: bias, window: window, groups: s.groups)), [input])
    guard let residual, let factor = s.finish?.factor else {
      facts[sum] = .own(.layer(s.weights, unit: nil), zero: zero(step.yIsSigned))
      return try write(sum, at: s.y, count: shape.elementCount)
    }
    // What is added is added to bytes: these have both signs, and room for as much as the result has.
    let total = try node(.binary(.add), [sum, residual], role: "residual")
    facts[sum] = .own(.layer(s.weights, unit: total), zero: 0)
    facts[total] = .own(
      .ratios([(sum, step.yIsSigned ? 1 : 2), (residual, Double(factor) / 16384)]), zero: zero(step.yIsSigned))
    try write(total, at: s.y, count: shape.elementCount)
  }

  mutating func dense(_ s: BlobIntegerDense, _ step: BlobIntegerStep) throws(LoweringError) {
    try check(s.weights)
    let (weight, bias) = integerLayer(s.weights, [s.o, s.i])
    let sum = try node(.dense(Dense(weight: weight, bias: bias)), [try rows(s.x, s.r, s.i)])
    facts[sum] = .own(.layer(s.weights, unit: nil), zero: zero(step.yIsSigned))
    try write(sum, at: s.y, count: s.r * s.o)
  }

  private func check(_ weights: BlobWeights) throws(LoweringError) {
    guard case .table(let table, _) = weights.values, table.precision.width == .int16 else { return }
    throw fault(
      "its table has 16 bits, and other tools have 8: compile the run again with --table-precision int8, or export "
        + "to .onnx in float32")
  }

  mutating func mean(_ s: BlobIntegerGlobalAveragePool, _ step: BlobIntegerStep) throws(LoweringError) {
    let input = try firstAxis(s.pool.x, s.pool.channels, inner: s.pool.inner)
    let mean = try node(.globalAveragePool, [input])
    facts[mean] = .own(.ratios([(input, s.rescale.real * Double(s.pool.inner))]), zero: zero(step.yIsSigned))
    try write(mean, at: s.pool.y, count: s.pool.channels)
  }

  mutating func binary(_ s: BlobBinary<BlobIntegerFormula>, _ step: BlobIntegerStep) throws(LoweringError) {
    let (a, b) = (try operand(s.a, s.operandSizes(mask: s.maskA)), try operand(s.b, s.operandSizes(mask: s.maskB)))
    let result = try node(.binary(BinaryOperator(s.formula.operation)), [a, b])
    switch s.formula {
    case .add(let factorA, let factorB), .subtract(let factorA, let factorB):
      let ratios = [(a, Double(factorA) / 16384), (b, Double(factorB) / 16384)]
      facts[result] = .own(.ratios(ratios), zero: zero(step.yIsSigned))
    case .multiply(let rescale): facts[result] = .own(.product(rescale.real), zero: zero(step.yIsSigned))
    case .maximum, .minimum, .divide:
      throw fault("it has no form in other tools' integers: export the run, or the float32 blob, and quantize that")
    }
    try write(result, at: s.y, count: s.sizes.elementCount)
  }

  /// A table that only changes scales, or cuts off, is that; of another its function is not known.
  mutating func map(_ s: BlobMap, _ step: BlobIntegerStep) throws(LoweringError) {
    let pairs = (0..<256).map { byte in
      (x: step.xIsSigned ? Int(Int8(bitPattern: UInt8(byte))) : byte,
        y: step.yIsSigned ? Int(Int8(bitPattern: s.results[byte])) : Int(s.results[byte]))
    }.sorted { $0.x < $1.x }
    let (low, high) = (pairs.map(\.y).min() ?? 0, pairs.map(\.y).max() ?? 0)
    let steepest = pairs.filter { $0.x > 0 && $0.y > low && $0.y < high }.max { $0.x < $1.x }
    if !isOwn, step.xIsSigned, step.yIsSigned, let scaling = ByteScaling(pairs.map { Int8(clamping: $0.y) }) {
      let value = try node(.requantize, [try read(s.x, count: s.count)])
      facts[value] = .table(scaling)
      return try write(value, at: s.y, count: s.count)
    }
    guard isOwn, let steepest, case let ratio = Double(steepest.y) / Double(steepest.x),
      pairs.allSatisfy({ abs(min(max((ratio * Double($0.x)).rounded(), Double(low)), Double(high)) - Double($0.y)) <= 1 })
    else {
      throw fault(
        "it is a table of 256 results, which does not say of what function: export the model or run that the blob came "
          + "from")
    }
    let input = try read(s.x, count: s.count)
    let value = try node(.requantize, [input])
    let offset = step.yIsSigned ? 0 : -128
    facts[value] = .own(.ratios([(input, ratio)]), zero: offset)
    guard (low, high) != (step.yIsSigned ? (-128, 127) : (0, 255)), (low, high) != (0, 255) else {
      return try write(value, at: s.y, count: s.count)
    }
    let cut = try node(.activation(.relu), [value], role: "activation")
    facts[cut] = .cut(low: low + offset, high: high + offset)
    try write(cut, at: s.y, count: s.count)
  }
}

extension BlobRescale {
  /// How many units of the result one of the sum is: what it gives are 64ths.
  var real: Double { Double(multiplier) * Double(sign: .plus, exponent: shift + exponent - 38, significand: 1) }
}

extension [UInt16] {
  /// What a distance of 1 is, of exponentials by distance: from the last that has ten bits.
  var scale: Float {
    let last = lastIndex { $0 >= 1024 } ?? 0
    return last > 0 ? Float(log(Double(self[0]) / Double(self[last])) / Double(last)) : 8
  }
}

// MARK: - The layer

extension BlobWeights {
  /// The integers of a layer of Kinglet's own rule.
  var ownIntegers: [Int32] {
    guard case .table(let table, let codes) = values else { return [Int32](repeating: 0, count: rows * columns) }
    let unit: Float
    switch table.precision {
    case .int8(let scale), .int16(let scale): unit = scale
    case .absent, .float16, .float32: unit = 1
    }
    return codes.with(codes.values.map { Int32((table.values[Int($0)] / unit).rounded()) }).dense(0)
  }

  /// For each row how many units of the result a sum of 1 is, and what is added, in such units.
  var ownRows: [(real: Double, bias: Double)] {
    guard let scaling else { return [] }
    return (0..<rows).map { row in
      let multiplier = scaling.multipliers[scaling.multipliers.count == 1 ? 0 : row]
      let rescale = BlobRescale(shift: scaling.shift, exponent: scaling.exponent, multiplier: multiplier)
      let bias = scaling.biases.map { Double($0.numbers[row]) * Double(1 << $0.shift) / 64 } ?? 0
      return (rescale.real, bias)
    }
  }
}
