import Blob
import FixedPoint

/// Steps of Formats/Blob.md, "Exact steps", but for layers.
enum ExactSteps {
  static func softmax(_ form: BlobExactSoftmax, _ x: [Int32]) -> [Int32] {
    rows(form, x) { rule, row in rule.probabilities(row.map { Int8($0) }).map { Int32($0) } }
  }

  /// In 2^-`bits` less than 0 each, -255 at least.
  static func logSoftmax(_ form: BlobExactSoftmax, _ x: [Int32], bits: Int) -> [Int32] {
    rows(form, x) { rule, row in rule.logarithms(row, bits: bits) }
  }

  /// What is made of each row along the middle axis.
  private static func rows(
    _ form: BlobExactSoftmax, _ x: [Int32], _ results: (ByteSoftmax, [Int32]) -> [Int32]
  ) -> [Int32] {
    let (step, rescale) = (form.softmax, form.rescale)
    let rule = ByteSoftmax(
      FixedMultiplier(mantissa: Int32(rescale.multiplier), exponent: rescale.exponent))
    var y = x
    for outer in 0..<step.outer {
      for inner in 0..<step.inner {
        let indices = (0..<step.count).map { (outer * step.count + $0) * step.inner + inner }
        for (index, result) in zip(indices, results(rule, indices.map { x[$0] })) { y[index] = result }
      }
    }
    return y
  }

  static func globalAveragePool(_ form: BlobExactGlobalAveragePool, _ x: [Int32]) -> [Int32] {
    let inner = form.pool.inner
    return (0..<form.pool.channels).map { channel in
      let sum = x[channel * inner..<(channel + 1) * inner].reduce(form.row.bias) { $0 + Int($1) }
      return ExactArithmetic.finished(ExactArithmetic.scaled(sum, form.row.rescale), form.range)
    }
  }

  /// The element nearest to a number.
  static func element(_ form: BlobExactBorder, _ number: Float, isSigned: Bool) -> Int32 {
    let (encoding, shift) = encoding(form, isSigned)
    return Int32(encoding.byte(of: number)) + shift
  }

  /// The number that an element stands for.
  static func number(_ form: BlobExactBorder, _ element: Int32, isSigned: Bool) -> Float {
    let (encoding, shift) = encoding(form, isSigned)
    return encoding.number(Int8(element - shift))
  }

  /// Of int8, and what an element is more: of uint8 128.
  private static func encoding(_ form: BlobExactBorder, _ isSigned: Bool) -> (ByteEncoding, shift: Int32) {
    let zero = isSigned ? Int32(Int8(bitPattern: form.zero)) : Int32(form.zero) - 128
    return (ByteEncoding(scale: form.scale, zeroPoint: zero, roundsOnce: form.halvesToEven), isSigned ? 0 : 128)
  }

  static func prelu(_ form: BlobExactPRelu, _ x: [Int32]) -> [Int32] {
    x.enumerated().map { index, element in
      let u = Int(element) - form.zeroX
      let slope = Int(form.slopes[index / form.inner % form.channels]) - form.zeroSlopes
      let scaled = u >= 0
        ? ExactArithmetic.scaled(u, form.above) : ExactArithmetic.scaled(u * slope, form.below)
      return ExactArithmetic.finished(scaled, form.range)
    }
  }

  /// Of two elements.
  static func combined(_ formula: BlobExactFormula, _ a: Int, _ b: Int) -> Int32 {
    func term(_ q: Int, _ rescale: BlobExactRescale) -> Int {
      ExactArithmetic.scaled(q << 20, rescale)
    }
    switch formula {
    case .add(let s):
      let sum = term(a - s.zeroA, s.a) + term(b - s.zeroB, s.b)
      return ExactArithmetic.finished(ExactArithmetic.scaled(sum, s.y), s.range)
    case .subtract(let s):
      let sum = term(a - s.zeroA, s.a) - term(b - s.zeroB, s.b)
      return ExactArithmetic.finished(ExactArithmetic.scaled(sum, s.y), s.range)
    case .multiply(let p):
      let product = (a - p.zeroA) * (b - p.zeroB)
      return ExactArithmetic.finished(ExactArithmetic.scaled(product, p.rescale), p.range)
    case .maximum(let cut): return Int32(min(max(a, b, cut.low), cut.high))
    case .minimum(let cut): return Int32(max(min(a, b, cut.high), cut.low))
    }
  }
}
