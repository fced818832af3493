import Foundation
import Quantization
import Testing

@Suite struct StoredVectorTests {
  private let values: [Float] = [0, 1, -0.333, 0.001, 2.5]

  @Test func float32KeepsEveryBit() {
    let odd: [Float] = [.pi, -0.0, .leastNonzeroMagnitude, .infinity]
    let vector = StoredVector.encode(odd, .float32)
    #expect(vector.decoded.map(\.bitPattern) == odd.map(\.bitPattern))
    #expect(vector.byteCount == 16 && vector.precision == .float32)
  }

  @Test func float16RoundsToNearestEven() {
    // Half way between neighbours 2^-10 apart: down to the even one, then up to it.
    let vector = StoredVector.encode([1 + 0x1p-11, 1 + 3 * 0x1p-11, 65520, -1e-9], .float16)
    #expect(vector == .float16([0x3C00, 0x3C02, 0x7C00, 0x8000]))
    #expect(vector.decoded == [1, 1 + 0x1p-9, .infinity, 0])
    #expect(vector.byteCount == 8)
  }

  @Test func int8RoundsToNearestEvenOfItsScale() {
    let vector = StoredVector.encode([127, -127, 0.5, 1.5, 2.5, -0.5, 0], .int8)
    #expect(vector == .int8([127, -127, 0, 2, 2, 0, 0], scale: 1))
    #expect(vector.byteCount == 11)
    #expect(StoredVector.encode([0, 0], .int8) == .int8([0, 0], scale: 0))
    #expect(StoredVector.encode([.leastNonzeroMagnitude], .int8).decoded == [0])
    #expect(StoredVector.encode([], .int8).decoded == [])
    let large = Float.greatestFiniteMagnitude
    #expect(StoredVector.encode([large, -large], .int8).decoded.allSatisfy { $0.isFinite })
  }

  @Test func theFewestBytesWithinTheToleranceAreTaken() {
    func precision(
      _ values: [Float], _ tolerance: Float, _ magnitude: Float = 1
    ) -> StoredPrecision {
      StoredVector.encode(values, tolerance: tolerance, relativeTo: magnitude).precision
    }
    #expect(precision(values, 0) == .float32)
    #expect(precision(values, 0.0005) == .float16)
    #expect(precision(values, 0.02) == .int8)
    #expect(precision(values, 0.0005, 100) == .int8)
    #expect(precision([0.5, 0.25], 0) == .float16)
    #expect(precision([70_000], 0.01) == .float32)
    #expect(precision([.nan], 1) == .float32)
    #expect(precision([.infinity, 1], 1) == .float32)
    // One number takes 2 bytes in float16, 5 in int8; four take 8 in both.
    #expect(precision([0.1], 1) == .float16)
    #expect(precision([0.1, 0.2, 0.3, 0.4], 1) == .float16)
    #expect(precision([0.1, 0.2, 0.3, 0.4, 0.5], 1) == .int8)
  }

  @Test(arguments: StoredPrecision.allCases) func errorsStayWithinTheFormat(
    precision: StoredPrecision
  ) throws {
    let values = Samples.normal(1000, seed: 1)
    let vector = StoredVector.encode(values, precision)
    let largest = values.map { abs($0) }.max() ?? 0
    for (value, decoded) in zip(values, vector.decoded) {
      switch precision {
      case .float32: #expect(value == decoded)
      case .float16: #expect(abs(value - decoded) <= max(abs(value) * 0x1p-11, 0x1p-25))
      case .int8: #expect(abs(value - decoded) <= largest / 254 * 1.0001)
      }
    }
    let data = try JSONEncoder().encode(vector)
    #expect(try JSONDecoder().decode(StoredVector.self, from: data) == vector)
  }
}
