import Foundation
import Quantization
import Tensors
import Testing

@Suite struct LayerQuantizerTests {
  /// A pruned matrix whose rows have the given sizes.
  private func sparse(rows sizes: [Float], columns: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return sizes.flatMap { size in
      (0..<columns).map { _ in
        let value = generator.nextNormal() * size
        return generator.nextFloat() < 0.7 ? 0 : value
      }
    }
  }

  @Test func aLayerComesBackNear() throws {
    let weights = sparse(rows: [1, 1, 1, 1], columns: 300, seed: 1)
    let layer = try LayerQuantizer().quantized(weights: weights, rows: 4, columns: 300)
    let decoded = layer.weights.dense()
    #expect(decoded.count == 1200)
    #expect(layer.codes.positions == weights.indices.filter { weights[$0] != 0 })
    #expect(layer.codes.values.count == layer.codes.positions.count)
    #expect(weights.indices.allSatisfy { weights[$0] != 0 || decoded[$0] == 0 })
    let error = zip(weights, decoded).reduce(0.0) {
      $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
    }
    #expect(abs(error - layer.squaredError(of: weights)) < 1e-9)
    #expect(error < 0.011 * weights.reduce(0.0) { $0 + Double($1) * Double($1) })
    #expect(layer.table.values.count == 16 && layer.rowScales.areAbsent)
  }

  @Test func everythingIsRoundedAsItIsStored() throws {
    let weights = sparse(rows: [1, 9, 0.2, 40], columns: 400, seed: 2)
    let layer = try LayerQuantizer().quantized(weights: weights, rows: 4, columns: 400)
    let (table, scales) = (layer.table.values, layer.rowScales.values)
    #expect(layer.table.precision == .float16 && layer.rowScales.precision == .float16)
    #expect((table + scales).allSatisfy { Float(Float16($0)) == $0 })
    #expect(layer.tableBytes == 2 * 16 + 2 * 4)
    #expect(zip(table, table.dropFirst()).allSatisfy(<))
  }

  @Test func scalesTakeAByteEachUnlessTheyDifferTooMuch() throws {
    let weights = sparse(rows: [1, 0.15, 0.5, 0.2], columns: 400, seed: 2)
    let layer = try LayerQuantizer().quantized(weights: weights, rows: 4, columns: 400)
    let (table, scales) = (layer.table.values, layer.rowScales.values)
    let bytes = StoredNumbers.Precision.int8(scale: 1 / 128)
    #expect(layer.rowScales.precision == bytes && layer.tableBytes == 2 * 16 + 4 + 4)
    #expect(scales.allSatisfy { ($0 * 128).rounded() == $0 * 128 && (8...127).contains($0 * 128) })
    let moved = layer.replacing(table: table, rowScales: scales.map { $0 * 1.1 })
    #expect(moved.rowScales.precision == bytes)
    #expect(moved.rowScales.values == scales.map { ($0 * 1.1 * 128).rounded() / 128 })
    let doubled = layer.replacing(table: table, rowScales: scales.map { $0 * 2 })
    #expect(doubled.rowScales.precision == .float16)
    #expect(doubled.rowScales.values == scales.map { $0 * 2 })
  }

  @Test func numbersBeyondFloat16AreKeptAsFloat32() throws {
    let quantizer = LayerQuantizer(allowsRowScales: false)
    for weights in [[1e6, 2], [1e-6, 2], [1, 1.0001, 2]] as [[Float]] {
      let layer = try quantizer.quantized(weights: weights, rows: 1, columns: weights.count)
      #expect(layer.table.precision == .float32)
      #expect(layer.weights.dense() == weights)
      #expect(layer.squaredError(of: weights) == 0)
    }
    let layer = try quantizer.quantized(weights: [0.1, 0, 2, 2], rows: 2, columns: 2)
    #expect(layer.table.precision == .float16)
    #expect(layer.weights.dense() == [Float(Float16(0.1)), 0, 2, 2])
  }

  @Test func rowScalesAreKeptWhereTheyPay() throws {
    let quantizer = LayerQuantizer()
    func scaled(_ sizes: [Float], columns: Int) throws -> Bool {
      let weights = sparse(rows: sizes, columns: columns, seed: 3)
      let layer = try quantizer.quantized(weights: weights, rows: sizes.count, columns: columns)
      return !layer.rowScales.areAbsent
    }
    #expect(try scaled([1, 20, 3, 0.1], columns: 400))
    #expect(try !scaled([1, 1, 1, 1], columns: 400))
    // Of unlike size, but so few survivors in each row that scales cost more than they save.
    #expect(try !scaled([Float](repeating: 1, count: 40) + [1.5], columns: 9))
    #expect(try !scaled([5], columns: 400))
    let without = LayerQuantizer(allowsRowScales: false)
    let weights = sparse(rows: [1, 20], columns: 400, seed: 3)
    #expect(try without.quantized(weights: weights, rows: 2, columns: 400).rowScales.areAbsent)
  }

  @Test func scalesLessenTheErrorOfUnlikeRows() throws {
    let weights = sparse(rows: [1, 20, 3, 0.1], columns: 400, seed: 4)
    let ones = [Float](repeating: 1, count: 400)
    func error(_ importance: Importance, _ allows: Bool) throws -> Double {
      try LayerQuantizer(allowsRowScales: allows)
        .quantized(weights: weights, rows: 4, columns: 400, importance: importance)
        .squaredError(of: weights, importance)
    }
    #expect(try error(.equal, true) < error(.equal, false))
    #expect(try error(.columns(ones), true) == error(.equal, true))
  }

  @Test func importantColumnsAreKeptBetter() throws {
    let weights = sparse(rows: [1, 1, 1, 1], columns: 200, seed: 5)
    let importance = (0..<200).map { Float($0 < 20 ? 1 : 0.001) }
    let quantizer = LayerQuantizer(levels: 4)
    func error(_ layer: QuantizedLayer) -> Double {
      zip(weights, layer.weights.dense()).enumerated().reduce(0.0) { sum, item in
        let error = Double(item.element.0) - Double(item.element.1)
        return sum + Double(importance[item.offset % 200]) * error * error
      }
    }
    let plain = try quantizer.quantized(weights: weights, rows: 4, columns: 200)
    let informed = try quantizer.quantized(
      weights: weights, rows: 4, columns: 200, importance: .columns(importance))
    let single = try quantizer.quantized(
      weights: weights, rows: 4, columns: 200,
      importance: .weights((0..<800).map { importance[$0 % 200] }))
    #expect(error(informed) < error(plain))
    #expect(abs(informed.squaredError(of: weights, .columns(importance)) - error(informed)) < 1e-9)
    #expect(single == informed)
  }

  @Test func layersOfNothingAreDefined() throws {
    let quantizer = LayerQuantizer()
    for (rows, columns) in [(0, 0), (0, 5), (3, 0), (3, 5)] {
      let layer = try quantizer.quantized(
        weights: [Float](repeating: 0, count: rows * columns), rows: rows, columns: columns)
      #expect(layer.table.values.isEmpty && layer.codes.count == 0 && layer.rowScales.areAbsent)
      #expect(layer.weights.dense() == [Float](repeating: 0, count: rows * columns))
      #expect(layer.squaredError(of: layer.weights.dense()) == 0)
    }
  }

  @Test func extremeSizesDoNotOverflow() throws {
    var weights = sparse(rows: [1, 1], columns: 200, seed: 6)
    for index in 0..<200 { weights[index] *= 1e30 }
    for index in 200..<400 { weights[index] *= 1e-30 }
    let layer = try LayerQuantizer().quantized(weights: weights, rows: 2, columns: 200)
    #expect(layer.weights.dense().allSatisfy { $0.isFinite })
    #expect(layer.squaredError(of: weights).isFinite)
  }

  @Test(arguments: TableMethod.allCases) func unusedEntriesAreDropped(method: TableMethod) throws {
    let weights = Samples.laplace(600, seed: 7)
    let quantizer = LayerQuantizer(levels: 64, method: method)
    let layer = try quantizer.quantized(weights: weights, rows: 3, columns: 200)
    #expect(Set(layer.codes.values).count == layer.table.values.count)
    #expect(layer.table.values.count <= 64)
  }

  @Test func stochasticCodesReplay() throws {
    let weights = sparse(rows: [1, 1], columns: 300, seed: 8)
    func layer(_ rounding: Rounding) throws -> QuantizedLayer {
      try LayerQuantizer(method: .uniformRange, rounding: rounding)
        .quantized(weights: weights, rows: 2, columns: 300)
    }
    #expect(try layer(.stochastic(seed: 1)) == layer(.stochastic(seed: 1)))
    #expect(try layer(.stochastic(seed: 1)) != layer(.stochastic(seed: 2)))
    #expect(
      try layer(.stochastic(seed: 1)).squaredError(of: weights)
        > layer(.nearest).squaredError(of: weights))
  }

  @Test func numbersThatAreNoneAreRefused() {
    let quantizer = LayerQuantizer()
    #expect(throws: QuantizationError.notFinite(index: 3)) {
      try quantizer.quantized(weights: [0, 1, 2, .nan], rows: 2, columns: 2)
    }
    #expect(throws: QuantizationError.importance(index: 1)) {
      try quantizer.quantized(
        weights: [0, 1, 2, 3], rows: 2, columns: 2, importance: .columns([0, -1]))
    }
    #expect(throws: QuantizationError.importance(index: 2)) {
      try quantizer.quantized(
        weights: [0, 1, 2, 3], rows: 2, columns: 2, importance: .weights([0, 1, .nan, 0]))
    }
  }

  @Test func trainedTablesAreRoundedToo() throws {
    let weights = sparse(rows: [1, 20, 3, 0.1], columns: 400, seed: 9)
    let layer = try LayerQuantizer().quantized(weights: weights, rows: 4, columns: 400)
    let table = layer.table.values
    let trained = layer.replacing(table: table.map { $0 * 1.01 })
    #expect(trained.table.precision == .float16)
    #expect(trained.table.values == table.map { Float(Float16($0 * 1.01)) })
    #expect(trained.rowScales == layer.rowScales)
    #expect(trained.codes == layer.codes)
    #expect(!layer.rowScales.areAbsent)
    let scales = layer.rowScales.values.map { $0 * 1e-9 }
    let both = layer.replacing(table: table.map { $0 * 1e9 }, rowScales: scales)
    #expect(both.table.precision == .float32 && both.rowScales.precision == .float32)
    #expect(both.rowScales.values == scales)
    #expect(layer.replacing(table: table) == layer)
  }

  @Test func aLayerSurvivesJSON() throws {
    let weights = sparse(rows: [1, 20, 3, 0.1], columns: 100, seed: 10)
    let layer = try LayerQuantizer().quantized(weights: weights, rows: 4, columns: 100)
    let data = try JSONEncoder().encode(layer)
    #expect(try JSONDecoder().decode(QuantizedLayer.self, from: data) == layer)
  }

  @Test func alteredJSONIsRefused() throws {
    let layer = QuantizedLayer(
      codes: SparseMatrix(rows: 2, columns: 2, positions: [0, 3], values: [1, 0]),
      table: StoredNumbers([0.5, 2], precision: .float16),
      rowScales: StoredNumbers([1, 3], precision: .float16))
    #expect(layer.weights.dense() == [2, 0, 0, 1.5])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(layer), as: UTF8.self)
    let changes = [
      ("[1,0]", "[2,0]"), ("[1,0]", "[1]"), ("[0,3]", "[0,4]"), ("[0,3]", "[3,0]"),
      ("[0,3]", "[-1,3]"), ("[1,3]", "[1]"), ("\"rows\":2", "\"rows\":-2"),
      ("\"columns\":2", "\"columns\":9223372036854775807"), ("[0.5,2]", "[]"),
    ]
    for (from, to) in changes {
      let altered = text.replacingOccurrences(of: from, with: to)
      #expect(altered != text)
      #expect(throws: DecodingError.self, "\(altered)") {
        try JSONDecoder().decode(QuantizedLayer.self, from: Data(altered.utf8))
      }
    }
  }

  @Test func entriesThatNoSurvivorHasGo() {
    let layer = QuantizedLayer(
      codes: SparseMatrix(rows: 1, columns: 4, positions: [0, 1, 3], values: [3, 0, 3]),
      table: StoredNumbers([-1, 0.5, 2, 3], precision: .float16))
    let lean = layer.withoutUnusedEntries()
    #expect(lean.table.values == [-1, 3] && lean.codes.values == [1, 0, 1])
    #expect(lean.weights.dense() == layer.weights.dense())
    #expect(lean.withoutUnusedEntries() == lean)
  }
}

extension QuantizedLayer {
  /// Sum of importance times squared error against the weights that it was made of.
  func squaredError(of weights: [Float], _ importance: Importance = .equal) -> Double {
    let survivors = SparseMatrix(weights, rows: codes.rows, columns: codes.columns)
    return survivors.squaredError(importance.of(survivors), in: self)
  }
}
