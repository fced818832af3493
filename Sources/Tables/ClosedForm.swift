// A layer made up for in closed form: no slope, no step, one pass over its columns. What counts is not how
// far a weight is moved but how far the layer's outputs are, and one weight's error can be taken back by
// the others as far as their inputs go together (optimal brain surgeon, Hassibi and Stork 1993; optimal
// brain compression, Frantar and Alistarh 2022; GPTQ, Frantar et al. 2023).
//
// With X the centred inputs of the layer in the student, whose layers before it are stored already, and Y
// its centred outputs in the teacher, the weights that suit best are the least squares of X W' = Y. Let
// H = X'X / count + ridge = R R', R upper triangular, with columns in the order in which they are
// coded, the strongest first. The error of a row that is moved by d is then |d R|^2, whose k-th part depends
// on the first k errors alone: so each column in turn takes the level nearest to the weight that would
// make its part 0. That is GPTQ's rule without its inverse. The table is placed before and stays; what is
// pruned stays 0; the bias takes the means.

import Execution
import Quantization
import Tensors

/// The inputs of a layer as a factor of their covariance.
package struct ClosedForm {
  /// Of the mean of the diagonal.
  package static let ridge: Float = 0.01

  private let columns: Int
  private let means: [Double]
  /// Columns, the strongest input first; the factor is in this order.
  private let order: [Int]
  /// R, row-major: 0 below the diagonal.
  private let factor: [Float]
  /// X' Y / count: [columns, rows] in the order of columns.
  private let products: [Float]
  private let rows: Int
  private let outputMeans: [Double]

  /// - Parameters:
  ///   - inputs: of the student's layer: [count, columns].
  ///   - outputs: of the teacher's layer for the same samples, its bias left out: [count, rows].
  /// - Complexity: O(count columns^2 + columns^3).
  package init(inputs: [Float], columns: Int, outputs: [Float], rows: Int) throws(ExecutionError) {
    let count = inputs.count / columns
    (self.columns, self.rows) = (columns, rows)
    means = Self.columnMeans(inputs, columns)
    outputMeans = Self.columnMeans(outputs, rows)
    var strengths = [Double](repeating: 0, count: columns)
    for (index, value) in inputs.enumerated() {
      let centred = Double(value) - means[index % columns]
      strengths[index % columns] += centred * centred
    }
    let order = columns.indices.sorted { (strengths[$1], $0) < (strengths[$0], $1) }
    self.order = order
    var x = [Float](repeating: 0, count: inputs.count)
    for sample in 0..<count {
      for (place, column) in order.enumerated() {
        x[sample * columns + place] = Float(Double(inputs[sample * columns + column]) - means[column])
      }
    }
    var y = outputs
    for index in y.indices { y[index] -= Float(outputMeans[index % rows]) }
    var (covariance, products) = (
      [Float](repeating: 0, count: columns * columns), [Float](repeating: 0, count: columns * rows)
    )
    try multiply(x, transposingA: true, x, into: &covariance, rows: columns, inner: count, columns: columns)
    try multiply(x, transposingA: true, y, into: &products, rows: columns, inner: count, columns: rows)
    let scale = 1 / Float(max(count, 1))
    for index in covariance.indices { covariance[index] *= scale }
    for index in products.indices { products[index] *= scale }
    let trace = columns.indices.reduce(Float(0)) { $0 + covariance[$1 * columns + $1] }
    let ridge = max(Self.ridge * trace / Float(max(columns, 1)), .leastNormalMagnitude)
    for column in 0..<columns { covariance[column * columns + column] += ridge }
    self.products = products
    self.ridge = ridge
    factor = try TriangularFactor.upper(covariance, columns)
  }

  private let ridge: Float

  private static func columnMeans(_ numbers: [Float], _ columns: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    for (index, value) in numbers.enumerated() { sums[index % columns] += Double(value) }
    return sums.map { $0 / Double(max(numbers.count / max(columns, 1), 1)) }
  }

  /// The weights that give the teacher's outputs for the student's inputs best, drawn to the teacher's
  /// own by the ridge.
  ///
  /// - Parameter weights: the teacher's, [rows, columns].
  package func leastSquares(_ weights: [Float]) -> [Float] {
    var fitted = weights
    var part = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for (place, column) in order.enumerated() {
        part[place] = Double(products[place * rows + row]) + Double(ridge * weights[row * columns + column])
      }
      TriangularFactor.solve(factor, &part)
      for (place, column) in order.enumerated() { fitted[row * columns + column] = Float(part[place]) }
    }
    return fitted
  }

  /// The layer with its codes chosen so that errors make up for one another; table and scales stay.
  ///
  /// - Parameters:
  ///   - layer: as a quantizer made it of these weights.
  ///   - weights: [rows, columns]; where they are 0 they stay.
  ///   - bitCost: as ``LayerQuantizer/bitCost(weights:rows:columns:importance:)``.
  package func coded(_ layer: QuantizedLayer, weights: [Float], bitCost: Double) throws(ExecutionError)
    -> QuantizedLayer
  {
    var codes = [UInt8](repeating: 0, count: rows * columns)
    for (position, code) in zip(layer.codes.positions, layer.codes.values) { codes[position] = code }
    var isKept = [Bool](repeating: false, count: rows * columns)
    for position in layer.codes.positions { isKept[position] = true }
    let scales = (0..<rows).map { layer.rowScales.areAbsent ? 1 : layer.rowScales.values[$0] }
    let table = EntropyConstrainedTable(
      levels: layer.table.values, codes: layer.codes.values, bitCost: bitCost)
    /// Errors so far, [columns, rows] in the order of columns.
    var errors = [Float](repeating: 0, count: columns * rows)
    for start in stride(from: 0, to: columns, by: Self.block) {
      let end = min(start + Self.block, columns)
      var parts = try carried(errors, to: start..<end)
      for place in start..<end {
        let column = order[place]
        let diagonal = factor[place * columns + place]
        let wanted = (0..<rows).map { row in
          (weights[row * columns + column] + parts[(place - start) * rows + row] / diagonal) / scales[row]
        }
        let chosen = table.codes(for: wanted, weights: scales.map { $0 * $0 })
        for row in 0..<rows {
          let position = row * columns + column
          guard isKept[position] else { continue }
          codes[position] = chosen[row]
          errors[place * rows + row] =
            weights[position] - scales[row] * layer.table.values[Int(chosen[row])]
        }
        for next in place + 1..<max(end, place + 1) {
          let share = factor[place * columns + next]
          for row in 0..<rows { parts[(next - start) * rows + row] += share * errors[place * rows + row] }
        }
      }
    }
    return QuantizedLayer(
      codes: layer.codes.with(layer.codes.positions.map { codes[$0] }), table: layer.table,
      rowScales: layer.rowScales
    ).withoutUnusedEntries()
  }

  /// Columns that are coded before the errors of all of them are carried on.
  private static let block = 32

  /// What errors of columns before a block add to the parts of its columns: [block, rows].
  private func carried(_ errors: [Float], to block: Range<Int>) throws(ExecutionError) -> [Float] {
    var parts = [Float](repeating: 0, count: block.count * rows)
    guard block.lowerBound > 0 else { return parts }
    var shares = [Float](repeating: 0, count: block.lowerBound * block.count)
    for place in 0..<block.lowerBound {
      for (index, column) in block.enumerated() {
        shares[place * block.count + index] = factor[place * columns + column]
      }
    }
    try multiply(
      shares, transposingA: true, errors, into: &parts, rows: block.count, inner: block.lowerBound,
      columns: rows)
    return parts
  }

  /// By how much each bias has to grow for the means of the teacher's outputs.
  ///
  /// - Parameter stored: the layer's weights as they are stored, [rows, columns].
  package func shifts(of stored: [Float]) -> [Double] {
    (0..<rows).map { row in
      columns.indices.reduce(outputMeans[row]) { $0 - Double(stored[row * columns + $1]) * means[$1] }
    }
  }
}

extension Int {
  fileprivate var indices: Range<Int> { 0..<self }
}
