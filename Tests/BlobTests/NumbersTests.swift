import Blob
import Tensors
import Testing

@Suite struct NumbersTests {
  @Test func precisionsHoldWhatTheyCan() {
    #expect(StoredNumbers.holds([1, 0.5, 65504, 0x1p-24, -0.0], precision: .float16))
    #expect(!StoredNumbers.holds([0.1], precision: .float16))
    #expect(!StoredNumbers.holds([65520], precision: .float16))
    #expect(StoredNumbers.holds([0.1, 3e38], precision: .float32))
    #expect(!StoredNumbers.holds([.nan], precision: .float32))
    #expect(!StoredNumbers.holds([.infinity], precision: .float32))
    #expect(StoredNumbers.holds([-64, 63.5], precision: .int8(scale: 0.5)))
    #expect(!StoredNumbers.holds([64], precision: .int8(scale: 0.5)))
    #expect(!StoredNumbers.holds([0.25], precision: .int8(scale: 0.5)))
    #expect(!StoredNumbers.holds([1], precision: .int8(scale: 0)))
    #expect(StoredNumbers.holds([0], precision: .int8(scale: 0)))
    // Whatever such a scale is multiplied by is finite.
    #expect(StoredNumbers.holds([0], precision: .int8(scale: (0x1p121 as Float).nextDown)))
    #expect(!StoredNumbers.holds([0], precision: .int8(scale: -0x1p121)))
    #expect(StoredNumbers.holds([0], precision: .int16(scale: (0x1p113 as Float).nextDown)))
    #expect(!StoredNumbers.holds([0], precision: .int16(scale: 0x1p113)))
    #expect(StoredNumbers.holds([], precision: .absent))
    #expect(!StoredNumbers.holds([0], precision: .absent))
  }

  @Test func roundingToHalvesIsNearest() throws {
    let numbers = try #require(StoredNumbers.nearestFloat16([0.1, 1 / 3, 65504, -1e-9]))
    #expect(numbers.precision == .float16)
    #expect(numbers.values == [0.099975586, 0.33325195, 65504, 0])
    #expect(StoredNumbers.nearestFloat16([70000]) == nil)
  }

  @Test(arguments: [1, 0.37, 1e-30, 1e30, 3.3e38, 0] as [Float])
  func roundingToBytesIsNearest(largest: Float) {
    let values = [-1, -0.6, -0.001, 0, 0.25, 1].map { $0 * largest }
    let numbers = StoredNumbers.nearestIntegers(values)
    #expect(StoredNumbers.holds(numbers.values, precision: numbers.precision))
    guard case .int8(let scale) = numbers.precision else { return }
    #expect(abs(scale * 127 - largest) <= max(largest * 1e-6, 127 * .leastNonzeroMagnitude))
    for (value, rounded) in zip(values, numbers.values) {
      #expect(abs(value - rounded) <= scale * 0.501)
    }
  }

  @Test(arguments: [StoredNumbers.Precision.float16, .float32, .int8(scale: 0.25)])
  func vectorsComeBack(precision: StoredNumbers.Precision) throws {
    let numbers = StoredNumbers((-128...127).map { Float($0) / 4 }, precision: precision)
    let model = BlobModel(
      arenaBytes: 4 * 256, inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: []))],
      outputs: [BlobTensor(place: 0, shape: [256])],
      steps: [.constant(BlobConstant(y: 0, numbers: numbers))])
    #expect(try BlobReader.read(try BlobWriter.bytes(for: model)) == model)
  }
}
