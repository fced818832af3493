// The layers of an integer graph as a blob has them: the file's very integers, and rows finished in the
// fewest bits that answer alike (`ExactScaling`).

import Blob
import FixedPoint
import ModelGraph
import Simplification
import Tensors

extension Graph {
  /// The coded filters of every layer, by index in `nodes`.
  ///
  /// Zeros are left out, or are levels like others where that takes fewer bytes: of a layer that has few.
  ///
  /// - Throws: ``LoweringError`` where a layer is not of integers, or its sums may leave 32 bits.
  package func exactWeights() throws(LoweringError) -> [Int: BlobWeights] {
    var weights: [Int: BlobWeights] = [:]
    for (layer, sums) in zip(layers, ByteRanges(self).layers) {
      weights[layer.nodeIndex] = try exactWeights(of: layer, sums)
    }
    return weights
  }

  private func exactWeights(
    of layer: Layer, _ sums: ByteSums?
  ) throws(LoweringError) -> BlobWeights {
    let node = nodes[layer.nodeIndex]
    guard let sums, let integers = self[layer.weight].integers,
      let x = self[node.inputs[0]].byteEncoding, let y = self[node.output].byteEncoding
    else { throw .noExactStep(node: node.name, operation: node.operation.name) }
    let rows = ExactRow.rows(sums).enumerated().map { row, centred in
      let columns = integers.integers[row * layer.columns..<(row + 1) * layer.columns]
      return centred.uncentred(columns, zeroPoint: Int(x.zeroPoint))
    }
    let clip = clip(behind: node, y)
    let output = ExactOutput(
      zeroPoint: Int(y.zeroPoint), clamp: Int(clip.lowerBound)...Int(clip.upperBound))
    guard let scaling = ExactScaling(rows, output: output) else { throw .sumsTooLarge(node: node.name) }
    let exact = BlobExactScaling(
      scaling.rows.map { BlobExactRow(BlobExactRescale($0.multiplier), bias: $0.bias) })
    let choices = [false, true].flatMap { keepsZeros in
      let matrix = SparseMatrix(
        integers.integers, rows: layer.rows, columns: layer.columns, keepsZeros: keepsZeros)
      return [false, true].map { BlobWeights(.plain(matrix, run: $0), exact: exact) }
    }
    let bytes = choices.map(\.smallestBytes)
    return choices[bytes.indices.min { bytes[$0] < bytes[$1] } ?? 0]
  }

  /// Between what bytes the activation keeps a node's results that runs inside its step.
  private func clip(behind node: Node, _ y: ByteEncoding) -> ClosedRange<Int8> {
    guard readerCount(of: node.output) == 1,
      let reader = nodes.first(where: { $0.inputs == [node.output] }),
      case .activation(let activation) = reader.operation, self[reader.output].byteEncoding == y
    else { return -128...127 }
    return activation.clipped(y) ?? -128...127
  }
}

extension ExactRow {
  /// The same row by sums of weights x bytes as they are stored: the zero point goes into the bias.
  fileprivate func uncentred(_ weights: ArraySlice<Int32>, zeroPoint: Int) -> ExactRow {
    let folded = zeroPoint * weights.reduce(0) { $0 + Int($1) }
    return ExactRow(
      multiplier: multiplier, bias: bias - folded,
      sums: sums.lowerBound + folded...sums.upperBound + folded)
  }
}

extension BlobWeights {
  fileprivate var smallestBytes: Int { (try? BlobWriter.codedBytes(of: self)) ?? .max }
}

extension SparseMatrix<Int8> {
  /// Of a dense matrix of int8, row by row.
  fileprivate init(_ integers: [Int32], rows: Int, columns: Int, keepsZeros: Bool) {
    let positions = integers.indices.filter { keepsZeros || integers[$0] != 0 }
    self.init(
      rows: rows, columns: columns, positions: positions,
      values: positions.map { Int8(truncatingIfNeeded: integers[$0]) })
  }
}
