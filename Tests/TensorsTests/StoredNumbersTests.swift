import Foundation
import Tensors
import Testing

@Suite struct StoredNumbersTests {
  private let values: [Float] = [0, 1, -0.333, 0.001, 2.5]

  @Test func float32KeepsEveryBit() {
    let odd: [Float] = [.pi, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    let numbers = StoredNumbers(odd)
    #expect(numbers.values.map(\.bitPattern) == odd.map(\.bitPattern))
    #expect(numbers.byteCount == 16 && numbers.precision == .float32)
  }

  @Test func float16RoundsToNearestEven() {
    // Half way between neighbours 2^-10 apart: down to the even one, then up to it.
    let numbers = StoredNumbers.nearestFloat16([1 + 0x1p-11, 1 + 3 * 0x1p-11, 65504, -1e-9])
    #expect(numbers?.values == [1, 1 + 0x1p-9, 65504, 0] && numbers?.precision == .float16)
    #expect(numbers?.byteCount == 8)
    #expect(StoredNumbers.nearestFloat16([65520]) == nil)
  }

  @Test func int8RoundsToNearestEvenOfItsScale() {
    func nearest(_ values: [Float]) -> StoredNumbers { .nearestIntegers(values) }
    let numbers = nearest([127, -127, 0.5, 1.5, 2.5, -0.5, 0])
    #expect(numbers == StoredNumbers([127, -127, 0, 2, 2, 0, 0], precision: .int8(scale: 1)))
    #expect(numbers.byteCount == 11 && numbers.integers == [127, -127, 0, 2, 2, 0, 0])
    #expect(nearest([0, 0]) == StoredNumbers([0, 0], precision: .int8(scale: 0)))
    #expect(nearest([.leastNonzeroMagnitude]).values == [0])
    #expect(nearest([]).values == [])
    let large = nearest([.greatestFiniteMagnitude, -.greatestFiniteMagnitude])
    #expect(StoredNumbers.holds(large.values, precision: large.precision))
  }

  @Test func theFewestBytesWithinTheToleranceAreTaken() {
    func precision(_ values: [Float], _ tolerance: Float) -> StoredNumbers.Precision {
      StoredNumbers.smallest(values, tolerance: tolerance).precision
    }
    #expect(precision(values, 0) == .float32)
    #expect(precision(values, 0.0005) == .float16)
    #expect(precision(values, 0.02).width == .int8)
    #expect(precision(values, 0.05).width == .int8)
    #expect(precision([0.5, 0.25], 0) == .float16)
    // One number takes 4 bytes in float32, 5 in int8, and float16 does not reach so far.
    #expect(precision([70_000], 700) == .float32)
    // One number takes 2 bytes in float16, 5 in int8; four take 8 in both.
    #expect(precision([0.1], 1) == .float16)
    #expect(precision([0.1, 0.2, 0.3, 0.4], 1) == .float16)
    #expect(precision([0.1, 0.2, 0.3, 0.4, 0.5], 1).width == .int8)
  }

  @Test func numbersArePickedAsTheyAreStored() {
    let numbers = StoredNumbers([0.5, 0, -1], precision: .float16)
    #expect(numbers.picking([0, 2]) == StoredNumbers([0.5, -1], precision: .float16))
    #expect(numbers.picking([1]).areAbsent && StoredNumbers.absent.picking([0, 2]).areAbsent)
  }

  @Test func errorsStayWithinTheFormat() throws {
    var generator = SeededGenerator(seed: 1)
    let values = (0..<1000).map { _ in generator.nextNormal() }
    let half = try #require(StoredNumbers.nearestFloat16(values))
    for (value, stored) in zip(values, half.values) {
      #expect(abs(value - stored) <= max(abs(value) * 0x1p-11, 0x1p-25))
    }
    let largest = values.map { abs($0) }.max() ?? 0
    for limit in [127, 32_767] {
      let integers = StoredNumbers.nearestIntegers(values, limit: limit)
      for (value, stored) in zip(values, integers.values) {
        #expect(abs(value - stored) <= largest / Float(2 * limit) * 1.001)
      }
      let data = try JSONEncoder().encode(integers)
      #expect(try JSONDecoder().decode(StoredNumbers.self, from: data) == integers)
    }
  }

  @Test func alteredJSONIsRefused() throws {
    let numbers = StoredNumbers([0.5, -1], precision: .int8(scale: 0.5))
    let text = String(decoding: try JSONEncoder().encode(numbers), as: UTF8.self)
    for (from, to) in [("[0.5,-1]", "[0.5,-1.1]"), ("[0.5,-1]", "[0.5,64]"), (":0.5}", ":3e38}")] {
      let altered = text.replacingOccurrences(of: from, with: to)
      #expect(altered != text)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(StoredNumbers.self, from: Data(altered.utf8))
      }
    }
  }
}
