import Foundation
import Quantization
import Tensors
import Testing

@Suite struct TablePrecisionTests {
  private let weights = Samples.normal(2000, seed: 1)

  private func layer(
    _ precision: TablePrecision, lambda: Double = 0
  ) throws -> QuantizedLayer {
    try LayerQuantizer(allowsRowScales: false, lambda: lambda, tablePrecision: precision)
      .quantized(weights: weights, rows: 4, columns: 500)
  }

  @Test(arguments: [0, 0.02]) func integersTimesOneScale(lambda: Double) throws {
    for (precision, limit) in [(TablePrecision.int8, 127), (.int16, 32_767)] {
      let layer = try layer(precision, lambda: lambda)
      let scale = try #require(layer.table.precision.scale)
      let integers = try #require(layer.table.integers)
      #expect(zip(layer.table.values, integers).allSatisfy { $0 == scale * Float($1) })
      #expect(integers.map { abs($0) }.max() == limit)
      #expect(zip(integers, integers.dropFirst()).allSatisfy(<))
      if lambda == 0 {
        #expect(layer.codes.values == Rounding.nearest.codes(for: weights, levels: layer.table.values))
      }
      let error = zip(weights, layer.weights.dense()).reduce(0.0) {
        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
      }
      #expect(abs(error - layer.squaredError(of: weights)) < 1e-6)
    }
    #expect(try layer(.automatic).table.integers == nil)
  }

  @Test func bytesAndErrors() throws {
    let automatic = try layer(.automatic)
    let bytes = try layer(.int8)
    let words = try layer(.int16)
    #expect(bytes.table.precision.width == .int8 && bytes.tableBytes == 16 + 4)
    #expect(words.table.precision.width == .int16)
    let error = automatic.squaredError(of: weights)
    #expect(words.squaredError(of: weights) < error * 1.001)
    #expect(bytes.squaredError(of: weights) < error * 1.05)
  }

  @Test func entriesThatBecomeEqualAreMerged() throws {
    let quantizer = LayerQuantizer(allowsRowScales: false, tablePrecision: .int8)
    let layer = try quantizer.quantized(weights: [1, 1.001, 1.002, 100], rows: 1, columns: 4)
    #expect(layer.table.values.count == 2 && layer.codes.values == [0, 0, 0, 1])
    #expect(layer.table.integers == [1, 127])
    let none = try quantizer.quantized(weights: [0, 0], rows: 1, columns: 2)
    #expect(none.table == StoredNumbers([], precision: .int8(scale: 0)))
    let huge = try quantizer.quantized(weights: [3.4e38, -3.4e38], rows: 1, columns: 2)
    #expect(huge.table.values.allSatisfy { $0.isFinite })
    let tiny = try quantizer.quantized(weights: [.leastNonzeroMagnitude, -.leastNonzeroMagnitude], rows: 1, columns: 2)
    #expect(tiny.table.values == [0])
  }

  @Test func trainedTablesStayIntegers() throws {
    for precision in [TablePrecision.int8, .int16] {
      let layer = try layer(precision)
      let trained = layer.replacing(table: layer.table.values.map { $0 * 1.013 + 0.001 })
      #expect(trained.table.precision.width == layer.table.precision.width)
      let scale = try #require(trained.table.precision.scale)
      let integers = try #require(trained.table.integers)
      #expect(zip(trained.table.values, integers).allSatisfy { $0 == scale * Float($1) })
      let data = try JSONEncoder().encode(trained)
      #expect(try JSONDecoder().decode(QuantizedLayer.self, from: data) == trained)
    }
  }

  @Test func tablesThatAreNoMultiplesAreRefused() throws {
    let layer = QuantizedLayer(
      codes: SparseMatrix(rows: 1, columns: 2, positions: [0, 1], values: [1, 0]),
      table: StoredNumbers([0.5, 2], precision: .int8(scale: 0.5)))
    let text = String(decoding: try JSONEncoder().encode(layer), as: UTF8.self)
    for change in [("[0.5,2]", "[0.5,2.1]"), ("[0.5,2]", "[0.5,64]")] {
      let altered = text.replacingOccurrences(of: change.0, with: change.1)
      #expect(altered != text)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(QuantizedLayer.self, from: Data(altered.utf8))
      }
    }
  }
}

extension StoredNumbers.Precision {
  fileprivate var scale: Float? {
    switch self {
    case .int8(let scale), .int16(let scale): scale
    case .absent, .float16, .float32: nil
    }
  }
}
