import Blob
import Tensors

/// Seeded layers and models around them.
struct SampleLayers {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A matrix whose positions survive with this probability, codes uneven.
  mutating func layer(
    rows: Int, columns: Int, density: Float, levels: Int = 16, lanes: [BlobLane]? = nil
  ) -> BlobWeights {
    let positions = (0..<rows * columns).filter { _ in generator.nextFloat() < density }
    let codes = positions.map { _ in
      UInt8(Float(levels) * generator.nextFloat() * generator.nextFloat())
    }
    let table = StoredNumbers((0..<levels).map { Float($0 - levels / 2) / 8 }, precision: .float16)
    return BlobWeights(
      .table(
        table,
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions, values: codes)),
      biases: StoredNumbers((0..<rows).map { Float($0) / 4 }, precision: .float16),
      lanes: lanes)
  }

  /// Codes of normal samples under the 16 levels of least squared error (Max, 1960).
  mutating func normal(rows: Int, columns: Int, density: Float) -> BlobWeights {
    let edges: [Float] = [0.2582, 0.5224, 0.7996, 1.099, 1.437, 1.844, 2.401]
    let positions = (0..<rows * columns).filter { _ in generator.nextFloat() < density }
    let codes = positions.map { _ -> UInt8 in
      let value = generator.nextNormal()
      let rank = edges.count { $0 < abs(value) }
      return UInt8(value < 0 ? 7 - rank : 8 + rank)
    }
    let table = StoredNumbers((0..<16).map { Float($0) - 7.5 }, precision: .float16)
    return BlobWeights(
      .table(
        table,
        codes: SparseMatrix(
          rows: rows, columns: columns, positions: positions, values: codes)))
  }

  /// Raw values instead of the table's.
  static func raw(_ weights: BlobWeights) -> BlobWeights {
    var copy = weights
    copy.values = .raw(weights.levelled.with(weights.positions.map { Float($0) + 0.5 }))
    return copy
  }

  /// Dense layers one after another, each with a place of its own.
  static func model(_ layers: [BlobWeights]) -> BlobModel {
    var place = 0
    var steps: [BlobStep] = []
    for weights in layers {
      let y = place + weights.columns
      steps.append(
        .dense(BlobDense(x: place, y: y, i: weights.columns, o: weights.rows, weights: weights)))
      place = y + weights.rows
    }
    let last = layers[layers.count - 1]
    return BlobModel(
      arenaBytes: 4 * place,
      inputs: [BlobInput(tensor: BlobTensor(place: 0, shape: [layers[0].columns]))],
      outputs: [BlobTensor(place: place - last.rows, shape: [last.rows])], steps: steps)
  }

  /// The same of integers: levels of one byte, one multiplier, no biases.
  static func integerModel(_ layers: [BlobWeights], rowsOfInputs: Int = 1) -> BlobModel {
    var (place, steps) = (0, [BlobStep]())
    for var weights in layers {
      guard case .table(let table, let codes) = weights.values else { continue }
      let levels = table.values.indices.map { Float($0 - table.values.count / 2) }
      weights.values = .table(StoredNumbers(levels, precision: .int8(scale: 1)), codes: codes)
      (weights.rowScales, weights.biases) = (.absent, .absent)
      weights.scaling = BlobScaling(shift: 0, exponent: 0, multipliers: [1], biases: nil)
      let y = place + (rowsOfInputs * weights.columns + 3) / 4
      let dense = BlobIntegerDense(
        x: place, y: y, r: rowsOfInputs, i: weights.columns, o: weights.rows, weights: weights)
      steps.append(.integer(BlobIntegerStep(.dense(dense), xIsSigned: false, yIsSigned: false)))
      place = y + (rowsOfInputs * weights.rows + 3) / 4
    }
    func tensor(_ place: Int, _ count: Int) -> BlobTensor {
      BlobTensor(place: place, shape: [count], type: .uint8, scale: 1)
    }
    let last = layers[layers.count - 1].rows * rowsOfInputs
    return BlobModel(
      arenaBytes: 4 * place, inputs: [BlobInput(tensor: tensor(0, rowsOfInputs * layers[0].columns))],
      outputs: [tensor(place - (last + 3) / 4, last)], steps: steps)
  }
}

extension BlobWeights {
  /// Changes the matrix, whether or not it is one then.
  mutating func change(rows: Int? = nil, columns: Int? = nil, _ body: (inout [Int]) -> Void = { _ in }) {
    func changed<Value>(_ matrix: SparseMatrix<Value>) -> SparseMatrix<Value> {
      var matrix = matrix
      (matrix.rows, matrix.columns) = (rows ?? matrix.rows, columns ?? matrix.columns)
      body(&matrix.positions)
      return matrix
    }
    switch values {
    case .table(let table, let codes): values = .table(table, codes: changed(codes))
    case .raw(let matrix): values = .raw(changed(matrix))
    }
  }
}
