import Blob
import Emulation
import Tensors
import Testing

/// Numbers worked by hand from Formats/Blob.md, "Integer steps".
@Suite struct IntegerArithmeticTests {
  private static let toInt8: [(Int, Int32)] = [
    (0, 0), (31, 0), (32, 1), (63, 1), (95, 1), (96, 2), (-32, 0), (-33, -1), (-96, -1),
    (-97, -2), (127 * 64 + 31, 127), (127 * 64 + 32, 127), (1 << 20, 127), (-128 * 64 - 32, -128),
    (-128 * 64 - 33, -128), (-1 << 30, -128),
  ]

  @Test(arguments: toInt8)
  func finishToInt8(z: Int, element: Int32) {
    #expect(IntegerArithmetic.finished(z, isSigned: true) == element)
  }

  private static let toUInt8: [(Int, Int32)] = [
    (0, 0), (32, 1), (-33, 0), (-1 << 30, 0), (254 * 64 + 31, 254), (254 * 64 + 32, 255),
    (255 * 64 + 32, 255), (1 << 30, 255),
  ]

  @Test(arguments: toUInt8)
  func finishToUInt8(z: Int, element: Int32) {
    #expect(IntegerArithmetic.finished(z, isSigned: false) == element)
  }

  private static let terms: [(Int, Int, Int)] = [
    (3, 1 << 14, 192), (1, 255, 0), (-1, 1, -1), (-1, 256, -1), (-1, 257, -2), (-3, 100, -2),
    (-128, 1 << 22, -(1 << 21)), (255, 1 << 22, 255 << 14), (255, 0, 0), (5, -100, -2),
    (-5, -100, 1),
  ]

  @Test(arguments: terms)
  func termTowardsMinusInfinity(element: Int, factor: Int, sum: Int) {
    #expect(IntegerArithmetic.term(element, factor) == sum)
  }

  @Test func rescale() {
    func rescaled(_ sum: Int, l: Int, e: Int, m: Int) -> Int {
      IntegerArithmetic.rescaled(sum, BlobRescale(shift: l, exponent: e, multiplier: m))
    }
    #expect(rescaled(100, l: 0, e: 0, m: 65535) == 0)
    #expect(rescaled(-1, l: 0, e: 0, m: 1) == -1)
    // 2^23 times 2^22 by 2^32.
    #expect(rescaled(1 << 20, l: 3, e: 10, m: 4096) == 1 << 13)
    #expect(rescaled(-(1 << 20) - 1, l: 0, e: 15, m: 1 << 15) == -(1 << 18) - 1)
    #expect(rescaled(.init(Int32.max), l: 0, e: 15, m: 65535) == 1_073_725_439)
    // 2^32 is 0; 2^31 + 16 is 16 - 2^31.
    #expect(rescaled(1 << 28, l: 4, e: 15, m: 65535) == 0)
    #expect(rescaled((1 << 27) + 1, l: 4, e: 15, m: 1 << 15) == -536_870_908)
    #expect(rescaled(12345, l: 7, e: 9, m: 0) == 0)
  }

  @Test func biases() {
    #expect(BlobBiases([3, -3], shift: 13).bias(1) == -24576)
    #expect(BlobBiases([3, -3]).bias(0) == 3)
  }

  /// 400 x 32767 x 255 = 3,342,234,000, less 2^32: -952,733,296. By 2^26 that is -15, and 49 if it
  /// were not wrapped; with a bias of 20: 20 and 21.
  @Test func sumsWrap() throws {
    let step = OneStep([(.uint8, [400])], to: (.int8, [1]))
    let weights = BlobWeights(
      .table(
        StoredNumbers([32767], precision: .int16(scale: 1)),
        codes: SparseMatrix(
          rows: 1, columns: 400, positions: Array(0..<400), values: Array(repeating: 0, count: 400))),
      scaling: BlobScaling(
        shift: 0, exponent: 6, multipliers: [1], biases: BlobBiases([40], shift: 5)))
    let form = BlobIntegerDense(x: step.x, y: step.y, i: 400, o: 1, weights: weights)
    #expect(try step.run(.dense(form), [Array(repeating: 255, count: 400)]) == [20])
  }
}
