// A layer of the blob as the quantizer has it, and its biases.

import Blob
import Quantization
import Tensors

extension BlobWeights {
  /// The filters as a table, codes and row scales; nil where they are raw.
  package var quantized: QuantizedLayer? {
    get {
      guard case .table(let table, let codes) = values else { return nil }
      return QuantizedLayer(codes: codes, table: table, rowScales: rowScales)
    }
    set {
      guard let newValue else { return }
      values = .table(newValue.table, codes: newValue.codes)
      rowScales = newValue.rowScales
    }
  }

  package init(_ layer: QuantizedLayer, biases: StoredNumbers) {
    self.init(
      .table(layer.table, codes: layer.codes), rowScales: layer.rowScales, biases: biases)
  }

  /// One a row.
  package var decodedBiases: [Float] {
    biases.areAbsent ? [Float](repeating: 0, count: rows) : biases.values
  }
}

extension StoredNumbers {
  /// Biases without data to judge by: absent where all are zero, float16 where that keeps them to
  /// eleven bits, else float32.
  package static func biases(_ values: [Float]) -> StoredNumbers {
    if values.allSatisfy({ $0 == 0 }) { return .absent }
    let kept = values.allSatisfy { $0 == 0 || (6.2e-5...65504).contains(abs($0)) || abs($0) < 6e-8 }
    return kept ? nearestFloat16(values) ?? .init(values) : .init(values)
  }

  /// Biases kept exactly, in the fewest bytes; absent where all are zero.
  package static func exactBiases(_ values: [Float]) -> StoredNumbers {
    values.allSatisfy { $0 == 0 } ? .absent : smallest(values)
  }
}
