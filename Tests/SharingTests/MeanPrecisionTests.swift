import Sharing
import Tensors
import Testing

struct MeanPrecisionTests {
  /// The number of a byte of E4M3, by the fields of the specification; nil for its two NaNs.
  private static func number(_ byte: UInt8) -> Float? {
    let (exponent, mantissa) = (Int(byte >> 3) & 15, Float(byte & 7))
    if exponent == 15 && mantissa == 7 { return nil }
    let scale = Float(sign: .plus, exponent: max(exponent, 1) - 7, significand: 1)
    let magnitude = (exponent == 0 ? mantissa / 8 : 1 + mantissa / 8) * scale
    return byte < 128 ? magnitude : -magnitude
  }

  @Test func everyNumberOfE4M3StaysAndHasItsByte() {
    for byte in UInt8.min...UInt8.max {
      guard let number = Self.number(byte) else { continue }
      #expect(Float8.rounded(number) == number)
      if byte != 0x80 { #expect(Float8.bits(of: number) == byte) }
    }
  }

  @Test func othersGoToTheNearestHalfWayToEven() {
    var random = SeededGenerator(seed: 5)
    let numbers = (0..<UInt8(127)).compactMap { byte in Self.number(byte).map { (byte, $0) } }
    let halves = zip(numbers, numbers.dropFirst()).map { ($0.1 + $1.1) / 2 }
    let drawn = (0..<4000).map { _ in
      460 * random.nextFloat() * random.nextFloat() * random.nextFloat()
    }
    for value in halves + drawn {
      let distances = numbers.map { abs($0.1 - value) }
      let least = distances.min()
      let nearest = numbers.indices.filter { distances[$0] == least }
      let expected = nearest.first { nearest.count == 1 || numbers[$0].0 % 2 == 0 }
      #expect(Float8.rounded(value) == expected.map { numbers[$0].1 }, "\(value)")
      #expect(Float8.rounded(-value) == -Float8.rounded(value))
    }
  }

  @Test func nothingPassesTheLargest() {
    #expect(Float8.rounded(448) == 448)
    #expect(Float8.rounded(1e9) == 448)
    #expect(Float8.rounded(-.infinity) == -448)
    #expect(Float8.rounded(0x1p-11) == 0)
  }

  @Test func meansOfFloat8KeepFourBitsWhateverTheirSize() {
    for scale in [1e-6, 0.02, 1, 3e4] as [Float] {
      let means = [-0.9, -0.31, 0.1, 0.77].map { $0 * scale }
      for (stored, mean) in zip(MeanPrecision.float8.rounded(means), means) {
        #expect(abs(stored - mean) <= abs(mean) / 16)
      }
    }
    #expect(MeanPrecision.float8.rounded([0, 0]) == [0, 0])
    #expect(MeanPrecision.float8.rounded([]) == [])
  }

  @Test func wideMeansAreExactAndHalvesNearly() {
    let means: [Float] = [-0.123456, 3.3e-5, 70_000]
    #expect(MeanPrecision.float32.rounded(means) == means)
    #expect(
      MeanPrecision.float16.rounded(means)
        == [Float(Float16(-0.123456)), Float(Float16(3.3e-5)), 65504])
  }
}
