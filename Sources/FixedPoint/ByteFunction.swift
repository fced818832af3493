import Foundation

/// A function of one byte, by the rule of the operator that it is in TensorFlow Lite.
package enum ByteFunction: Hashable, Sendable {
  /// QUANTIZE: the same number in another encoding.
  case requantize
  /// No operator's rescaling: bytes cut off at those of two numbers, either infinite. This is RELU6, and
  /// an activation fused to another operator, in one encoding of input and output.
  case clip(low: Float, high: Float)
  /// RELU.
  case relu
  /// LEAKY_RELU; alpha is 0 or more.
  case leakyRelu(alpha: Float)
  /// LOGISTIC, to ``ByteEncoding/probability``.
  case sigmoid
  /// TANH, to ``ByteEncoding/symmetricUnit``.
  case tanh
  /// HARD_SWISH, of factors below 1 from input to output (``HardSwish/init(from:to:)``).
  case hardSwish
  /// ELU: exponentials in float32; of an alpha of 1, or what rounds once.
  case elu(alpha: Float)
  /// What rounds once alone: max(0, min(1, alpha x + beta)).
  case hardSigmoid(alpha: Float, beta: Float)

  /// The bytes of all arguments: that of q at q + 128.
  ///
  /// - Returns: nil where the reference does not compute it between these encodings: of sigmoid and tanh
  ///   another output, or an input's scale below 2^-28 or from 2^35 on; a clip that would rescale; a hard
  ///   swish of which 128 steps of the output are no more than one of the input; an alpha below 0 or
  ///   infinite; of an ELU an output 2^23 times as fine as the input.
  package func table(from x: ByteEncoding, to y: ByteEncoding) -> [Int8]? {
    guard let rule = rule(from: x, to: y) else { return nil }
    return (-128...127).map { rule(Int8($0)) }
  }

  /// What one byte becomes.
  private func rule(from x: ByteEncoding, to y: ByteEncoding) -> ((Int8) -> Int8)? {
    if y.roundsOnce {
      if case .clip = self, !x.isSame(as: y) { return nil }
      return { y.byte(of: number(x.number($0))) }
    }
    let distance = { (q: Int8) in Int32(q) - x.zeroPoint }
    let rescale = FixedMultiplier(from: x.scale, to: y.scale)
    switch self {
    case .requantize: return { y.byte(rescale.applied(to: distance($0))) }
    case .clip(let low, let high):
      guard x == y else { return nil }
      let bytes = y.bytes(low: low, high: high)
      return { min(max($0, bytes.lowerBound), bytes.upperBound) }
    case .relu:
      return { max(y.byte(rescale.applied(to: distance($0))), Int8(y.zeroPoint)) }
    case .leakyRelu(let alpha):
      guard alpha >= 0, alpha.isFinite else { return nil }
      let slope = FixedMultiplier(from: x.scale, times: alpha, to: y.scale)
      return { y.byte((distance($0) < 0 ? slope : rescale).applied(to: distance($0))) }
    case .sigmoid:
      guard y == .probability, let squashing = Squashing(scale: x.scale) else { return nil }
      return { squashing.sigmoid(distance($0)) }
    case .tanh:
      guard y == .symmetricUnit, let squashing = Squashing(scale: x.scale) else { return nil }
      return { squashing.tanh(distance($0)) }
    case .hardSwish:
      guard let swish = HardSwish(from: x, to: y) else { return nil }
      return { swish.byte($0) }
    case .hardSigmoid: return nil
    case .elu(let alpha):
      guard alpha == 1 else { return nil }
      let inverse = 1 / y.scale
      guard 256 * x.scale * inverse < 0x1p31 else { return nil }
      return { q in
        let number = x.number(q)
        let result = number < 0 ? exp(number) - 1 : number
        return y.byte(ofSteps: result * inverse)
      }
    }
  }
}

extension ByteFunction {
  /// What it makes of a number in float32.
  private func number(_ x: Float) -> Float {
    switch self {
    case .requantize: x
    case .clip(let low, let high): min(max(x, low), high)
    case .relu: max(x, 0)
    case .leakyRelu(let alpha): x < 0 ? alpha * x : x
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: Foundation.tanh(x)
    case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
    case .elu(let alpha): x < 0 ? alpha * (exp(x) - 1) : x
    case .hardSigmoid(let alpha, let beta): min(max(alpha * x + beta, 0), 1)
    }
  }
}

/// Sigmoid and tanh of steps of a scale.
private struct Squashing {
  /// From steps to numbers with 27 bits behind the point.
  let multiplier: FixedMultiplier
  /// From how many steps on a result is the last byte.
  let radius: Int32

  init?(scale: Float) {
    multiplier = FixedMultiplier(Double(scale) * 0x1p27)
    guard (0x1p-28..<0x1p35).contains(scale) else { return nil }
    radius = Int32(clamping: (15 << 27) >> multiplier.exponent)
  }

  func sigmoid(_ steps: Int32) -> Int8 {
    if steps <= -radius { return -128 }
    if steps >= radius { return 127 }
    let a = multiplier.applied(to: steps)
    let upper = FixedPoint.reciprocal(onePlus: FixedPoint.exponential(-abs(a), integerBits: 4))
    let result = a > 0 ? upper : a < 0 ? Int32.max - upper : 1 << 30
    return ByteEncoding.probability.byte(FixedPoint.divided(result, byPower: 23))
  }

  /// (1 - e) / (1 + e) of e = exp(-2 |a|): the same bits read with one more before the point.
  func tanh(_ steps: Int32) -> Int8 {
    if steps <= -radius { return -128 }
    if steps >= radius { return 127 }
    let a = multiplier.applied(to: steps)
    guard a != 0 else { return 0 }
    let e = FixedPoint.exponential(-abs(a), integerBits: 5)
    let upper = FixedPoint.saturated(Int64(FixedPoint.newton(e) - (1 << 29)) << 2)
    return ByteEncoding.symmetricUnit.byte(FixedPoint.divided(a < 0 ? -upper : upper, byPower: 24))
  }
}
