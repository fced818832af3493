// What students are compared with, as blocks.

import CKernels
import Execution
import Tensors

/// An objective's targets for its one output, dealt into blocks.
final class BlockTargets: Sendable {
  private let objective: Objective
  private let elements, rows, columns, lanes: Int
  /// [parts][elements][lanes]: the teacher's numbers, or its probabilities.
  private let target: FloatBuffer
  /// The logarithms of these probabilities.
  private let logTarget: FloatBuffer?
  private let weights: FloatBuffer?
  /// What a sample's sum is divided by.
  private let terms: Double
  private let temperature: Float

  init(_ objective: Objective, shape: [Int], lanes: Int) throws(ExecutionError) {
    self.objective = objective
    self.lanes = lanes
    (elements, columns) = (shape.elementCount, shape.last ?? 1)
    rows = shape.dropLast().elementCount
    terms = Double(Self.isSquares(objective.kind) ? elements : rows)
    temperature = objective.kind == .distribution ? objective.temperature : 1
    let values = objective.targets[0]
    let count = objective.count
    if objective.kind == .distribution {
      var p = [Float](repeating: 0, count: values.count)
      var logP = p
      kx_log_softmax(values, count * rows, columns, temperature, &p, &logP)
      target = try Self.blocks(p, count, elements, lanes)
      logTarget = try Self.blocks(logP, count, elements, lanes)
    } else {
      target = try Self.blocks(values, count, elements, lanes)
      logTarget = nil
    }
    // Cross-entropy has no weights: its probabilities already say what counts.
    let weights = objective.kind == .crossEntropy ? nil : objective.weights?[0]
    if let weights { self.weights = try FloatBuffer(weights) } else { self.weights = nil }
  }

  /// The divergence summed over some samples of a part.
  ///
  /// - Parameters:
  ///   - student: a block [elements][lanes].
  ///   - lanes: those that count.
  func sum(part: Int, student: UnsafePointer<Float>, lanes counted: Range<Int>) -> Double {
    let offset = part * elements * lanes
    let squares = Self.isSquares(objective.kind)
    var loss = kx_block_loss(
      rows: Int32(rows), columns: Int32(columns), target: target.pointer + offset,
      squares: squares ? 1 : 0, log_target: logTarget.map { UnsafePointer($0.pointer + offset) },
      inverse_temperature: 1 / temperature, weights: weights.map { UnsafePointer($0.pointer) })
    let sum = kx_block_divergence(
      &loss, student, Int32(lanes), Int32(counted.lowerBound), Int32(counted.upperBound))
    return sum * Double(temperature) * Double(temperature) / terms
  }

  private static func isSquares(_ kind: DivergenceKind) -> Bool {
    kind == .squaredError || kind == .normalizedError
  }

  /// Row-major samples as blocks; what is missing in the last is 0.
  private static func blocks(_ values: [Float], _ count: Int, _ elements: Int, _ lanes: Int)
    throws(ExecutionError) -> FloatBuffer
  {
    let parts = (count + TrialBlock.size - 1) / TrialBlock.size * (TrialBlock.size / lanes)
    let plain = try FloatBuffer(count: parts * lanes * elements, zeroed: true)
    plain.pointer.update(from: values, count: count * elements)
    let result = try FloatBuffer(count: plain.count)
    for part in 0..<parts {
      let offset = part * lanes * elements
      kx_to_block(
        plain.pointer + offset, Int32(elements), Int32(lanes), nil, result.pointer + offset)
    }
    return result
  }
}
