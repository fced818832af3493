/// A layer whose weights share values: a table, and a code for each weight that is not zero.
public struct SharedLayer: Equatable, Sendable {
  public let rows: Int
  public let columns: Int
  /// Ascending, at most 256, as they are stored.
  public let table: [Float]
  /// Where weights are that are not zero: row x columns + column, ascending.
  public let positions: [Int]
  /// For each of them an index into the table.
  public let codes: [UInt8]
  /// Sum over the weights of the squared difference that sharing makes.
  public let squaredError: Double

  /// - Parameters:
  ///   - weights: row-major, `rows` x `columns`; zeros stay.
  ///   - clustering: of at most 256 clusters, as it is stored.
  init(_ weights: [Float], rows: Int, columns: Int, clustering: Clustering) {
    precondition(weights.count == rows * columns && clustering.means.count <= 256)
    (self.rows, self.columns) = (rows, columns)
    table = clustering.means
    positions = weights.indices.filter { weights[$0] != 0 }
    codes = positions.map { UInt8(clustering.code(weights[$0])) }
    squaredError = zip(positions, codes).reduce(0) { sum, pair in
      let error = Double(weights[pair.0]) - Double(clustering.means[Int(pair.1)])
      return sum + error * error
    }
  }

  /// The whole matrix, row-major.
  public var weights: [Float] {
    var matrix = [Float](repeating: 0, count: rows * columns)
    for (position, code) in zip(positions, codes) { matrix[position] = table[Int(code)] }
    return matrix
  }
}
