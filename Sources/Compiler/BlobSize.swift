// How many bytes a student would take: exactly, to meet a limit, and its masks alone, to compare
// sets.

import Blob
import Evolution
import Lowering
import ModelGraph
import Quantization
import Simplification
import Tensors
import Trials

extension Stages {
  /// Bytes of the blob of a student as it is, its tables untrained and its biases a byte each, as
  /// they nearly always end.
  func bytes(of student: Graph) throws(CompilerError) -> Int {
    let student = student.foldingDeadUnits()
    let importance = try importance(student, samples: 512)
    return try bytes(of: student, importance, plans: student.layers.map { plan($0) })
  }
}

extension BlobWeights {
  /// The same with a byte for each bias.
  var withNarrowBiases: BlobWeights {
    guard !biases.areAbsent else { return self }
    var narrow = self
    narrow.biases = .nearestIntegers(biases.values)
    return narrow
  }
}

extension Graph {
  /// The same with no weight left in any layer.
  var withoutWeights: Graph {
    var empty = self
    for layer in layers {
      empty.setParameter(layer.weight, to: Tensor(shape: self[layer.weight].tensor.shape))
    }
    return empty
  }
}

/// Finds the sparsity at which a student fits.
struct SizeLimit {
  private let limit: Int
  private let emptyBytes: Int
  /// Of the student as it was last measured.
  private(set) var latest: Int?

  /// The limit less what table training and the last steps may still add.
  private var allowed: Double { 0.99 * Double(limit) - 8 }

  /// - Parameter emptyBytes: what remains when no weight does.
  init(_ limit: Int, emptyBytes: Int) throws(CompilerError) {
    (self.limit, self.emptyBytes) = (limit, emptyBytes)
    guard allowed > Double(emptyBytes) else {
      throw .unfit(
        reason: "--max-bytes \(limit) cannot be met: without any weight the blob takes \(emptyBytes) bytes")
    }
  }

  mutating func note(_ bytes: Int) { latest = bytes }

  /// How sparse each pool has to become, were every survivor to cost what it costs now; nil where
  /// the student fits.
  func target(_ bytes: Int, present: [Double]) -> [Double]? {
    guard Double(bytes) > allowed else { return nil }
    let ratio = min(0.998, (allowed - Double(emptyBytes)) / Double(max(bytes - emptyBytes, 1)))
    return present.map { 1 - (1 - $0) * ratio }
  }
}

/// The coded size of a layer's mask and codes, from its weights alone: levels are uniform and few
/// jumps are tried, which is enough to compare sets.
struct MaskSize: WeightCoder {
  let layers: [Layer]

  func bytes(of index: Int, _ weights: [Float]) -> Int {
    let layer = layers[index]
    let survivors = SparseMatrix(weights, rows: layer.rows, columns: layer.columns)
    guard survivors.count > 0 else { return 0 }
    let largest = survivors.values.reduce(0) { max($0, abs($1)) }
    let codes = survivors.values.map { UInt8(min(15, max(0, ($0 / largest * 7.5 + 7.5).rounded()))) }
    let table = StoredNumbers((0..<16).map { Float($0) - 7.5 }, precision: .float16)
    return BlobWeights(.table(table, codes: survivors.with(codes))).codedBytes(jumps: 15...80)
  }
}
