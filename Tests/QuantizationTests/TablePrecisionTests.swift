import Foundation
import Quantization
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
      let scale = try #require(layer.tableScale)
      let integers = try #require(layer.tableIntegers)
      #expect(zip(layer.table, integers).allSatisfy { $0 == scale * Float($1) })
      #expect(integers.map { abs($0) }.max() == limit)
      #expect(zip(integers, integers.dropFirst()).allSatisfy(<))
      if lambda == 0 {
        #expect(layer.codes == Rounding.nearest.codes(for: weights, levels: layer.table))
      }
      let error = zip(weights, layer.decodedWeights()).reduce(0.0) {
        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
      }
      #expect(abs(error - layer.weightedSquaredError) < 1e-6)
    }
    #expect(try layer(.automatic).tableScale == nil && layer(.automatic).tableIntegers == nil)
  }

  @Test func bytesAndErrors() throws {
    let automatic = try layer(.automatic)
    let bytes = try layer(.int8)
    let words = try layer(.int16)
    #expect(bytes.tablePrecision == .int8 && bytes.tableBytes == 16 + 4)
    #expect(words.tablePrecision == .float32)
    #expect(words.weightedSquaredError < automatic.weightedSquaredError * 1.001)
    #expect(bytes.weightedSquaredError < automatic.weightedSquaredError * 1.05)
  }

  @Test func entriesThatBecomeEqualAreMerged() throws {
    let quantizer = LayerQuantizer(allowsRowScales: false, tablePrecision: .int8)
    let layer = try quantizer.quantized(weights: [1, 1.001, 1.002, 100], rows: 1, columns: 4)
    #expect(layer.table.count == 2 && layer.codes == [0, 0, 0, 1])
    #expect(layer.tableIntegers == [1, 127])
    let none = try quantizer.quantized(weights: [0, 0], rows: 1, columns: 2)
    #expect(none.table.isEmpty && none.tableIntegers == [])
    let huge = try quantizer.quantized(weights: [3.4e38, -3.4e38], rows: 1, columns: 2)
    #expect(huge.table.allSatisfy { $0.isFinite })
    let tiny = try quantizer.quantized(weights: [.leastNonzeroMagnitude, -.leastNonzeroMagnitude], rows: 1, columns: 2)
    #expect(tiny.table == [0])
  }

  @Test func trainedTablesStayIntegers() throws {
    for precision in [TablePrecision.int8, .int16] {
      let layer = try layer(precision)
      let trained = layer.replacing(table: layer.table.map { $0 * 1.013 + 0.001 })
      #expect(trained.tablePrecision == layer.tablePrecision)
      let scale = try #require(trained.tableScale)
      let integers = try #require(trained.tableIntegers)
      #expect(zip(trained.table, integers).allSatisfy { $0 == scale * Float($1) })
      let data = try JSONEncoder().encode(trained)
      #expect(try JSONDecoder().decode(QuantizedLayer.self, from: data) == trained)
    }
  }

  @Test func tablesThatAreNoMultiplesAreRefused() throws {
    let layer = QuantizedLayer(
      rows: 1, columns: 2, table: [0.5, 2], tablePrecision: .int8, codes: [1, 0],
      positions: [0, 1], rowScales: nil, scalePrecision: .float16, weightedSquaredError: 0,
      tableScale: 0.5)
    let text = String(decoding: try JSONEncoder().encode(layer), as: UTF8.self)
    for change in [("[0.5,2]", "[0.5,2.1]"), ("[0.5,2]", "[0.5,64]")] {
      let altered = text.replacingOccurrences(of: change.0, with: change.1)
      #expect(altered != text)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(QuantizedLayer.self, from: Data(altered.utf8))
      }
    }
    let old = text.replacingOccurrences(of: "\"tableScale\":0.5,", with: "")
      .replacingOccurrences(of: ",\"tableScale\":0.5", with: "")
    #expect(old != text)
    #expect(try JSONDecoder().decode(QuantizedLayer.self, from: Data(old.utf8)).tableScale == nil)
  }
}
