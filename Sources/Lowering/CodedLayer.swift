// A layer as the blob will hold it.

import Blob
import ModelGraph
import Quantization

/// The stored form of one layer's weights and biases.
package struct CodedLayer: Codable, Equatable, Sendable {
  package enum Weights: Codable, Equatable, Sendable {
    /// A table, a code for each survivor, perhaps scales.
    case table(QuantizedLayer)
    /// Survivors as they are.
    case float(positions: [Int], values: [Float])
  }

  package var rows: Int
  package var columns: Int
  package var weights: Weights
  package var biases: StoredVector?

  package init(rows: Int, columns: Int, weights: Weights, biases: StoredVector?) {
    (self.rows, self.columns) = (rows, columns)
    (self.weights, self.biases) = (weights, biases)
  }

  /// The matrix of filters that the stored form stands for.
  package func decodedWeights() -> [Float] {
    switch weights {
    case .table(let layer): return layer.decodedWeights()
    case .float(let positions, let values):
      var matrix = [Float](repeating: 0, count: rows * columns)
      for (position, value) in zip(positions, values) { matrix[position] = value }
      return matrix
    }
  }

  /// Weights that are stored.
  package var survivorCount: Int {
    switch weights {
    case .table(let layer): layer.positions.count
    case .float(let positions, _): positions.count
    }
  }

  package var decodedBiases: [Float] { biases?.decoded ?? [Float](repeating: 0, count: rows) }

  /// Levels of the table; nil where weights are float32.
  package var levels: Int? {
    if case .table(let layer) = weights { return layer.table.count }
    return nil
  }

  /// For the blob's writer.
  package var blobWeights: BlobWeights {
    switch weights {
    case .table(let layer) where layer.positions.isEmpty:
      // A table has at least one level, and nobody would look it up.
      BlobWeights(rows: rows, columns: columns, positions: [], values: .raw([]), biases: blobBiases)
    case .table(let layer):
      BlobWeights(
        rows: rows, columns: columns, positions: layer.positions,
        values: .table(
          BlobNumbers(layer.table, precision: layer.tableBlobPrecision),
          codes: layer.codes),
        rowScales: layer.rowScales.map {
          BlobNumbers($0, precision: layer.scalePrecision.blobPrecision)
        } ?? .absent, biases: blobBiases)
    case .float(let positions, let values):
      BlobWeights(
        rows: rows, columns: columns, positions: positions, values: .raw(values),
        biases: blobBiases)
    }
  }

  private var blobBiases: BlobNumbers {
    biases.map { BlobNumbers($0.decoded, precision: $0.blobPrecision) } ?? .absent
  }
}

extension CodedLayer {
  /// Whether positions lie where they may and numbers are what their precisions hold; for layers
  /// that come from a file.
  package var isConsistent: Bool {
    if let biases, !BlobNumbers.holds(biases.decoded, precision: biases.blobPrecision) {
      return false
    }
    switch weights {
    case .table(let layer):
      return layer.rows == rows && layer.columns == columns
        && BlobNumbers.holds(layer.table, precision: layer.tableBlobPrecision)
        && BlobNumbers.holds(layer.rowScales ?? [], precision: layer.scalePrecision.blobPrecision)
    case .float(let positions, let values):
      return positions.count == values.count && values.allSatisfy(\.isFinite)
        && zip(positions, positions.dropFirst()).allSatisfy(<)
        && (positions.first ?? 0) >= 0 && (positions.last ?? -1) < rows * columns
    }
  }
}

extension StoredVector {
  fileprivate var blobPrecision: BlobNumbers.Precision {
    if case .int8(_, let scale) = self { return .int8(scale: scale) }
    return precision.blobPrecision
  }
}

extension QuantizedLayer {
  /// A table of integers has a scale of its own.
  fileprivate var tableBlobPrecision: BlobNumbers.Precision {
    if let tableScale {
      return tablePrecision == .int8 ? .int8(scale: tableScale) : .int16(scale: tableScale)
    }
    return tablePrecision.blobPrecision
  }
}

extension StoredPrecision {
  fileprivate var blobPrecision: BlobNumbers.Precision {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .int8: .int8(scale: StoredPrecision.scaleUnit)
    }
  }
}

extension StoredVector {
  /// Biases without data to judge by: absent where all are zero, float16 where that keeps them to
  /// eleven bits, else float32.
  package static func biases(_ values: [Float]) -> StoredVector? {
    if values.allSatisfy({ $0 == 0 }) { return nil }
    let kept = values.allSatisfy { $0 == 0 || (6.2e-5...65504).contains(abs($0)) || abs($0) < 6e-8 }
    return encode(values, kept ? .float16 : .float32)
  }
}
