import Blob
import FixedPoint
import Tensors
import Testing

@testable import Emulation

/// Exact steps against the operators of TensorFlow Lite Micro as FixedPoint has them.
@Suite struct ExactStepsTests {
  private static let encodings: [ByteEncoding] = [
    .init(scale: 0.05, zeroPoint: -128), .init(scale: 0.013, zeroPoint: 7),
    .init(scale: 1.7, zeroPoint: 127), .init(scale: 0.0001, zeroPoint: -20),
  ]

  private func rescale(_ factor: FixedMultiplier) -> BlobExactRescale {
    BlobExactRescale(multiplier: Int(factor.mantissa), exponent: factor.exponent)
  }

  private func range(_ encoding: ByteEncoding) -> BlobExactRange {
    BlobExactRange(zero: Int(encoding.zeroPoint))
  }

  private let all = (-128...127).map { Int32($0) }

  @Test func sumsAndProductsOfAllPairsOfBytes() throws {
    for (index, a) in Self.encodings.enumerated() {
      let b = Self.encodings[(index + 1) % 4]
      let y = ByteEncoding(scale: a.scale + b.scale, zeroPoint: 3)
      let sum = try #require(ByteSum(a, b, to: y))
      let difference = try #require(ByteSum(a, b, to: y, subtracts: true))
      let product = ByteProduct(a, b, to: y)
      func numbers(_ rule: ByteSum) -> BlobExactSum {
        BlobExactSum(
          zeroA: Int(a.zeroPoint), zeroB: Int(b.zeroPoint), a: rescale(rule.left),
          b: rescale(rule.right), y: rescale(rule.output), range: range(y))
      }
      let formulas: [(BlobExactFormula, (Int8, Int8) -> Int8)] = [
        (.add(numbers(sum)), sum.byte), (.subtract(numbers(difference)), difference.byte),
        (
          .multiply(
            BlobExactProduct(
              zeroA: Int(a.zeroPoint), zeroB: Int(b.zeroPoint), rescale: rescale(product.multiplier),
              range: range(y))), product.byte
        ),
      ]
      for (formula, rule) in formulas {
        for first in stride(from: -128, to: 128, by: 3) {
          for second in stride(from: -128, to: 128, by: 5) {
            let wanted = rule(Int8(first), Int8(second))
            #expect(ExactSteps.combined(formula, first, second) == Int32(wanted))
          }
        }
      }
    }
  }

  @Test func slopesOfChannels() throws {
    var generator = SeededGenerator(seed: 74)
    for (index, x) in Self.encodings.enumerated() {
      let (slope, y) = (Self.encodings[(index + 1) % 4], ByteEncoding(scale: x.scale * 0.7, zeroPoint: 9))
      let rule = ByteSlope(x, slope: slope, to: y)
      let slopes = (0..<4).map { _ in Int8.random(in: -128...127, using: &generator) }
      let step = OneStep([(.int8, [2, 4, 30])], to: (.int8, [2, 4, 30]))
      let elements = step.elements(&generator)
      let found = try step.run(
        .exactPRelu(
          BlobExactPRelu(
            x: step.x, y: step.y, outer: 2, channels: 4, inner: 30, zeroX: Int(x.zeroPoint),
            zeroSlopes: Int(slope.zeroPoint), above: rescale(rule.positive), below: rescale(rule.product),
            range: range(y), slopes: slopes)), elements)
      for (place, byte) in elements[0].enumerated() {
        #expect(found[place] == Int32(rule.byte(Int8(byte), slope: slopes[place / 30 % 4])))
      }
    }
  }

  @Test func theLargerAndTheSmallerOfBytes() {
    for (a, b) in [(-128, 127), (5, 5), (60, -3)] {
      #expect(ExactSteps.combined(.maximum(BlobExactCut()), a, b) == Int32(max(a, b)))
      #expect(ExactSteps.combined(.minimum(BlobExactCut()), a, b) == Int32(min(a, b)))
      #expect(ExactSteps.combined(.maximum(BlobExactCut(low: 0, high: 9)), a, b) == (max(a, b) > 9 ? 9 : 5))
      #expect(ExactSteps.combined(.minimum(BlobExactCut(low: 0, high: 9)), a, b) == (min(a, b) < 0 ? 0 : 5))
    }
  }

  @Test func meansOfChannels() throws {
    var generator = SeededGenerator(seed: 71)
    for x in Self.encodings {
      for count in [1, 3, 9, 49, 100] {
        let y = ByteEncoding(scale: x.scale * 0.8, zeroPoint: -4)
        let rule = ByteMean(count: count, from: x, to: y)
        let step = OneStep([(.int8, [5, count])], to: (.int8, [5]))
        let elements = step.elements(&generator)
        let found = try step.run(
          .exactGlobalAveragePool(
            BlobExactGlobalAveragePool(
              BlobGlobalAveragePool(x: step.x, y: step.y, channels: 5, inner: count),
              row: BlobExactRow(rescale(rule.multiplier), bias: -Int(rule.offset)), range: range(y))),
          elements)
        for channel in 0..<5 {
          let sum = elements[0][channel * count..<(channel + 1) * count].reduce(0) { $0 + Int($1) }
          #expect(found[channel] == Int32(rule.byte(sum: sum)))
        }
      }
    }
  }

  @Test func softmaxOverTheMiddleAxis() throws {
    var generator = SeededGenerator(seed: 72)
    for scale: Float in [0.002, 0.05, 0.4, 3] {
      let rule = try #require(ByteSoftmax(scale: scale))
      let step = OneStep([(.int8, [2, 10, 3])], to: (.int8, [2, 10, 3]))
      let elements = step.elements(&generator)
      let found = try step.run(
        .exactSoftmax(
          BlobExactSoftmax(
            BlobSoftmax(x: step.x, y: step.y, outer: 2, count: 10, inner: 3),
            rescale: rescale(rule.multiplier))), elements)
      for (outer, inner) in [(0, 0), (0, 2), (1, 1)] {
        let places = (0..<10).map { (outer * 10 + $0) * 3 + inner }
        let wanted = rule.probabilities(places.map { Int8(elements[0][$0]) })
        #expect(places.map { found[$0] } == wanted.map { Int32($0) })
      }
    }
  }

  @Test func rowsAreFinishedAsMultipliersDo() {
    var generator = SeededGenerator(seed: 73)
    for _ in 0..<2000 {
      let factor = FixedMultiplier(
        mantissa: Int32.random(in: 1 << 30...Int32.max, using: &generator),
        exponent: Int.random(in: -31...2, using: &generator))
      let sum = Int.random(in: -1 << 27...1 << 27, using: &generator)
      #expect(ExactArithmetic.scaled(sum, rescale(factor)) == Int(factor.applied(to: Int32(sum))))
    }
  }
}
