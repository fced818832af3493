// The factor of a symmetric, positive matrix from its last row up: A = R R', R upper triangular, so that
// the first column of R belongs to the first alone. Cholesky's algorithm, panel by panel: what panels
// before take away is one matrix product.

import Execution

package enum TriangularFactor {
  private static let panel = 64

  /// R, row-major, 0 below the diagonal.
  ///
  /// - Parameter matrix: [size, size], positive; what rounding makes of a pivot is kept above 0.
  /// - Complexity: O(size^3).
  package static func upper(_ matrix: [Float], _ size: Int) throws(ExecutionError) -> [Float] {
    // Rows and columns in reverse make it the lower factor.
    let reversed = [Float](unsafeUninitializedCapacity: size * size) { buffer, count in
      for index in 0..<size * size { buffer[index] = matrix[size * size - 1 - index] }
      count = size * size
    }
    let lower = try self.lower(reversed, size)
    return [Float](unsafeUninitializedCapacity: size * size) { buffer, count in
      for index in 0..<size * size { buffer[index] = lower[size * size - 1 - index] }
      count = size * size
    }
  }

  private static func lower(_ matrix: [Float], _ size: Int) throws(ExecutionError) -> [Float] {
    var factor = [Float](repeating: 0, count: size * size)
    for start in stride(from: 0, to: size, by: panel) {
      let end = min(start + panel, size)
      var part = try remainder(matrix, factor, size, rows: start..<size, columns: start..<end)
      factorize(&part, width: end - start)
      for row in start..<size {
        for column in start..<min(end, row + 1) {
          factor[row * size + column] = Float(part[(row - start) * (end - start) + column - start])
        }
      }
    }
    return factor
  }

  /// A part of the matrix less what the factor's columns before it make of it.
  private static func remainder(
    _ matrix: [Float], _ factor: [Float], _ size: Int, rows: Range<Int>, columns: Range<Int>
  ) throws(ExecutionError) -> [Double] {
    let (height, width, inner) = (rows.count, columns.count, columns.lowerBound)
    var product = [Float](repeating: 0, count: height * width)
    if inner > 0 {
      var left: [Float] = []
      left.reserveCapacity(height * inner)
      for row in rows { left += factor[row * size..<row * size + inner] }
      let right = Array(left.prefix(width * inner))
      try multiply(left, right, transposingB: true, into: &product, rows: height, inner: inner, columns: width)
    }
    return product.indices.map { index in
      let (row, column) = (rows.lowerBound + index / width, columns.lowerBound + index % width)
      return Double(matrix[row * size + column]) - Double(product[index])
    }
  }

  /// The factor of a panel whose first rows are square.
  private static func factorize(_ part: inout [Double], width: Int) {
    let height = part.count / width
    part.withUnsafeMutableBufferPointer { part in
      for column in 0..<width {
        let pivot = max(part[column * width + column], 1e-30).squareRoot()
        for row in column..<height { part[row * width + column] /= pivot }
        part[column * width + column] = pivot
        for row in column + 1..<max(height, column + 1) {
          let share = part[row * width + column]
          if share == 0 { continue }
          for next in column + 1..<max(min(width, row + 1), column + 1) {
            part[row * width + next] -= share * part[next * width + column]
          }
        }
      }
    }
  }

  /// Solves R R' x = b in place.
  package static func solve(_ factor: [Float], _ vector: inout [Double]) {
    let size = vector.count
    factor.withUnsafeBufferPointer { factor in
      vector.withUnsafeMutableBufferPointer { x in
        for row in stride(from: size - 1, through: 0, by: -1) {
          var sum = x[row]
          for column in row + 1..<max(size, row + 1) { sum -= Double(factor[row * size + column]) * x[column] }
          x[row] = sum / Double(factor[row * size + row])
        }
        for row in 0..<size {
          x[row] /= Double(factor[row * size + row])
          let share = x[row]
          for column in row + 1..<max(size, row + 1) { x[column] -= Double(factor[row * size + column]) * share }
        }
      }
    }
  }
}
