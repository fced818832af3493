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
  /// Zeros are left out, or are levels like others where that takes fewer bytes, or where half of the weights or more
  /// are none and `coding` takes plain bytes for their speed.
  ///
  /// - Throws: ``LoweringError`` where a layer is not of integers, or its sums may leave 32 bits.
  package func exactWeights(
    _ coding: CodingOptions = CodingOptions()
  ) throws(LoweringError) -> [Int: BlobWeights] {
    var weights: [Int: BlobWeights] = [:]
    for (layer, sums) in zip(layers, ByteRanges(self).layers) {
      // Those of 16 bits lie in their step as they are.
      if self[nodes[layer.nodeIndex].inputs[0]].isOfShorts { continue }
      weights[layer.nodeIndex] = try exactWeights(of: layer, sums, coding)
    }
    return weights
  }

  private func exactWeights(
    of layer: Layer, _ sums: ByteSums?, _ coding: CodingOptions
  ) throws(LoweringError) -> BlobWeights {
    let node = nodes[layer.nodeIndex]
    if self[node.output].isOfShorts { return try shortWeights(of: layer, coding) }
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
      scaling.rows.map { row in
        let factor = row.multiplier.whole
        return BlobExactRow(BlobExactRescale(multiplier: factor.mantissa, exponent: factor.exponent), bias: row.bias)
      }, roundsOnce: scaling.roundsOnce)
    return coded(layer, integers, exact, coding)
  }

  /// Those of a layer that gives 16 bits, whose rows are finished by the file's very factors.
  private func shortWeights(of layer: Layer, _ coding: CodingOptions) throws(LoweringError) -> BlobWeights {
    let node = nodes[layer.nodeIndex]
    guard let x = self[node.inputs[0]].byteEncoding, let integers = self[layer.weight].integers,
      let y = self[node.output].integers, layer.bias.map({ self[$0].integers != nil }) ?? true
    else { throw .noExactStep(node: node.name, operation: node.operation.name) }
    let biases = layer.bias.flatMap { self[$0].integers?.integers } ?? []
    let scales = integers.encoding.scales
    var rows: [BlobExactRow] = []
    for row in 0..<layer.rows {
      let weights = integers.integers[row * layer.columns..<(row + 1) * layer.columns]
      let bias = biases.isEmpty ? 0 : Int(biases[row])
      let folded = bias - Int(x.zeroPoint) * weights.reduce(0) { $0 + Int($1) }
      let factor = FixedMultiplier(
        from: x.scale, times: scales[scales.count == 1 ? 0 : row], to: y.scales[0])
      let reach = weights.reduce(abs(bias)) { $0 + 255 * abs(Int($1)) }
      guard max(reach, abs(folded)) < 1 << (30 - max(factor.exponent, 0)), factor.exponent <= 30 else {
        throw .sumsTooLarge(node: node.name)
      }
      // What is too small for a factor is scaled to 0 all the same.
      let rescale = factor.mantissa > 0 ? BlobExactRescale(factor) : BlobExactRescale(multiplier: 1 << 30, exponent: -31)
      rows.append(BlobExactRow(rescale, bias: folded))
    }
    return coded(layer, integers, BlobExactScaling(rows), coding)
  }

  /// In the fewest bytes.
  private func coded(_ layer: Layer, _ integers: IntegerTensor, _ exact: BlobExactScaling, _ coding: CodingOptions)
    -> BlobWeights
  {
    func smallest(keepsZeros: Bool) -> (weights: BlobWeights, bytes: Int) {
      let matrix = SparseMatrix(
        integers.integers, rows: layer.rows, columns: layer.columns, keepsZeros: keepsZeros)
      let choices = [false, true].map { run in
        let weights = BlobWeights(.plain(matrix, run: run), exact: exact)
        return (weights: weights, bytes: (try? BlobWriter.codedBytes(of: weights, options: coding)) ?? .max)
      }
      return choices[0].bytes <= choices[1].bytes ? choices[0] : choices[1]
    }
    let (sparse, dense) = (smallest(keepsZeros: false), smallest(keepsZeros: true))
    let isDense = 2 * sparse.weights.survivors.positions.count >= integers.integers.count
    let allowed = isDense ? Double(sparse.bytes) * (1 + coding.plainBytesShare) : Double(sparse.bytes)
    return Double(dense.bytes) < Double(sparse.bytes) || Double(dense.bytes) <= allowed && isDense
      ? dense.weights : sparse.weights
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

extension SparseMatrix<Int8> {
  /// Of a dense matrix of int8, row by row.
  fileprivate init(_ integers: [Int32], rows: Int, columns: Int, keepsZeros: Bool) {
    let positions = integers.indices.filter { keepsZeros || integers[$0] != 0 }
    self.init(
      rows: rows, columns: columns, positions: positions,
      values: positions.map { Int8(truncatingIfNeeded: integers[$0]) })
  }
}
