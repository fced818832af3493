import FixedPoint
import Testing

/// Where every factor is a power of two, all roundings can be done by hand.
@Suite struct ByteOperatorsTests {
  private static let one = ByteEncoding(scale: 1, zeroPoint: 0)
  private static let two = ByteEncoding(scale: 2, zeroPoint: -1)

  @Test func sums() throws {
    let sum = try #require(ByteSum(Self.one, Self.two, to: Self.one))
    // a + 2 (b + 1).
    #expect(sum.byte(3, 4) == 13 && sum.byte(-128, -128) == -128 && sum.byte(127, 127) == 127)
    #expect(sum.byte(-7, 2) == -1 && sum.byte(0, -1) == 0)
    let halves = try #require(ByteSum(Self.one, Self.one, to: Self.two))
    // (a + b) / 2 - 1: halves away from zero.
    #expect(halves.byte(1, 2) == 1 && halves.byte(-1, -2) == -3)
    #expect(halves.byte(1, 0) == 0 && halves.byte(-1, 0) == -2)
    let difference = try #require(ByteSum(Self.one, Self.two, to: Self.one, subtracts: true))
    #expect(difference.byte(3, 4) == -7)
    #expect(difference.byte(127, -128) == 127 && difference.byte(-128, 127) == -128)
  }

  @Test func sumsWithoutRoomAreNone() {
    #expect(ByteSum(Self.one, Self.one, to: ByteEncoding(scale: 0x1p-19, zeroPoint: 0)) == nil)
    #expect(ByteSum(Self.one, Self.one, to: ByteEncoding(scale: 0x1.000002p-19, zeroPoint: 0)) != nil)
  }

  /// In real numbers, within the half step of one rounding and what two more add.
  @Test func sumsOfAnyScale() throws {
    let (a, b) = (ByteEncoding(scale: 0.037, zeroPoint: 7), ByteEncoding(scale: 0.0211, zeroPoint: -60))
    let y = ByteEncoding(scale: 0.05, zeroPoint: 11)
    let sum = try #require(ByteSum(a, b, to: y))
    let difference = try #require(ByteSum(a, b, to: y, subtracts: true))
    for p in Int8.min ... .max {
      for q in stride(from: Int8.min, to: 127, by: 5) {
        let plus = ((a.number(p) + b.number(q)) / y.scale + 11).clamped(to: -128...127)
        let minus = ((a.number(p) - b.number(q)) / y.scale + 11).clamped(to: -128...127)
        #expect(abs(Float(sum.byte(p, q)) - plus) < 0.501)
        #expect(abs(Float(difference.byte(p, q)) - minus) < 0.501)
      }
    }
  }

  @Test func products() {
    let product = ByteProduct(Self.one, Self.two, to: Self.one)
    // 2 a (b + 1).
    #expect(product.byte(3, 4) == 30 && product.byte(-3, 4) == -30 && product.byte(-128, 127) == -128)
    #expect(product.byte(-128, -128) == 127 && product.byte(55, -1) == 0)
    let halves = ByteProduct(Self.one, Self.one, to: Self.two)
    // One rounding of the high product, halves up: a b / 2 - 1.
    #expect(halves.byte(3, 1) == 1 && halves.byte(-3, 1) == -2 && halves.byte(-1, 1) == -1)
    let quarters = ByteProduct(
      Self.one, ByteEncoding(scale: 0.5, zeroPoint: 0), to: ByteEncoding(scale: 2, zeroPoint: 0))
    #expect(quarters.byte(-3, 1) == -1 && quarters.byte(3, 1) == 1)
    #expect(quarters.byte(-1, 1) == 0 && quarters.byte(1, 1) == 1)
  }

  @Test func slopes() {
    let slope = ByteSlope(Self.two, slope: ByteEncoding(scale: 0.25, zeroPoint: 2), to: Self.one)
    // 2 (q + 1), and where negative times (a - 2) / 4.
    #expect(slope.byte(9, slope: -50) == 20 && slope.byte(-1, slope: 7) == 0 && slope.byte(-3, slope: 6) == -4)
    #expect(slope.byte(-3, slope: 2) == 0 && slope.byte(-3, slope: -2) == 4 && slope.byte(100, slope: 0) == 127)
  }

  @Test func means() {
    let plane = ByteMean(
      count: 4, from: ByteEncoding(scale: 1, zeroPoint: -2), to: ByteEncoding(scale: 0.5, zeroPoint: 5))
    #expect(plane.offset == -8)
    // 2 (sum + 8) / 4 + 5: halves up, since the factor is 1/2.
    #expect(plane.byte(sum: 0) == 9 && plane.byte(sum: 3) == 11)
    #expect(plane.byte(sum: -11) == 4 && plane.byte(sum: -13) == 3)
    #expect(plane.byte(sum: 508) == 127 && plane.byte(sum: -512) == -128)
    // 27 / 9 with a factor that is cut off below 1 / 9 is 3 all the same; and the sum of 2^23 bytes fits.
    #expect(ByteMean(count: 9, from: Self.one, to: Self.one).byte(sum: 27) == 3)
    let many = ByteMean(count: 1 << 23, from: ByteEncoding(scale: 1, zeroPoint: -128), to: Self.one)
    #expect(many.byte(sum: 100 << 23) == 127 && many.byte(sum: -100 << 23) == 28)
  }
}

extension Float {
  fileprivate func clamped(to range: ClosedRange<Float>) -> Float {
    min(max(self, range.lowerBound), range.upperBound)
  }
}
