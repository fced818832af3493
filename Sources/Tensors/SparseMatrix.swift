import Foundation

/// A matrix of which only some positions hold a value, as a layer does from evolution to the coder:
/// weights that are not zero, or their codes.
///
///     let layer = SparseMatrix([0, 2, 0, 3], rows: 2, columns: 2)  // positions [1, 3]
///     layer.picking(rows: [1], columns: nil).dense()               // [0, 3]
///
/// Parts may be changed one by one; whoever does that leaves them such that ``fault`` is nil.
/// Matrices are looked through as they are made in debug builds, and in others where the environment
/// has `KINGLET_CHECKS`, as `make test` sets it.
public struct SparseMatrix<Value> {
  public var rows: Int
  public var columns: Int
  /// row x columns + column of each value, ascending.
  public var positions: [Int]
  /// In the order of `positions`.
  public var values: [Value]

  /// - Precondition: ``fault`` is nil.
  public init(rows: Int, columns: Int, positions: [Int], values: [Value]) {
    (self.rows, self.columns) = (rows, columns)
    (self.positions, self.values) = (positions, values)
    if SparseChecks.areOn { checkInvariants() }
  }

  /// How many positions hold a value.
  public var count: Int { positions.count }

  /// Where each row's values begin, and at last their number: rows + 1 indices.
  ///
  /// - Complexity: O(values + rows).
  public var rowStarts: [Int] {
    var starts = [Int](repeating: 0, count: rows + 1)
    for position in positions { starts[position / columns + 1] += 1 }
    for row in 0..<rows { starts[row + 1] += starts[row] }
    return starts
  }

  /// Columns that hold a value, ascending.
  public var readColumns: [Int] {
    var isRead = [Bool](repeating: false, count: columns)
    for position in positions { isRead[position % columns] = true }
    return isRead.indices.filter { isRead[$0] }
  }

  /// Other values at the same positions.
  ///
  /// - Precondition: as many as there are now.
  public func with<Other>(_ values: [Other]) -> SparseMatrix<Other> {
    SparseMatrix<Other>(rows: rows, columns: columns, positions: positions, values: values)
  }

  /// Some of the values, by ascending index.
  public func keeping(_ indices: [Int]) -> SparseMatrix {
    SparseMatrix(
      rows: rows, columns: columns, positions: indices.map { positions[$0] },
      values: indices.map { values[$0] })
  }

  /// Some rows and some columns, ascending; nil: all.
  public func picking(rows keptRows: [Int]?, columns keptColumns: [Int]?) -> SparseMatrix {
    let (newRow, newColumn) = (Self.places(keptRows, rows), Self.places(keptColumns, columns))
    var picked = SparseMatrix(
      rows: keptRows?.count ?? rows, columns: keptColumns?.count ?? columns, positions: [],
      values: [])
    for (position, value) in zip(positions, values) {
      guard let row = newRow[position / columns], let column = newColumn[position % columns] else {
        continue
      }
      picked.positions.append(row * picked.columns + column)
      picked.values.append(value)
    }
    return picked
  }

  /// For each old index the new one; nil for those that go.
  private static func places(_ kept: [Int]?, _ count: Int) -> [Int?] {
    guard let kept else { return Array(0..<count) }
    var places = [Int?](repeating: nil, count: count)
    for (new, old) in kept.enumerated() { places[old] = new }
    return places
  }

  /// The whole matrix, row-major, [rows, columns].
  ///
  /// - Parameter zero: what positions without a value stand for.
  public func dense(_ zero: Value) -> [Value] {
    var matrix = [Value](repeating: zero, count: rows * columns)
    for (position, value) in zip(positions, values) { matrix[position] = value }
    return matrix
  }

  /// What keeps the parts from being a matrix, in words; nil where nothing does. For parts that come
  /// from a file.
  public var fault: String? {
    let (total, overflow) = rows.multipliedReportingOverflow(by: columns)
    if rows < 0 || columns < 0 || overflow { return "the matrix has no size" }
    if values.count != positions.count { return "values and positions are not as many" }
    if !zip(positions, positions.dropFirst()).allSatisfy(<) { return "positions do not ascend" }
    if positions.first ?? 0 < 0 || positions.last ?? -1 >= total {
      return "a position lies outside the matrix"
    }
    return nil
  }

  /// Stops the program where ``fault`` is not nil.
  package func checkInvariants() { precondition(fault == nil, fault ?? "") }
}

/// Whether matrices are looked through as they are made.
package enum SparseChecks {
  #if DEBUG
    package static let areOn = true
  #else
    package static let areOn = ProcessInfo.processInfo.environment["KINGLET_CHECKS"] != nil
  #endif
}

extension SparseMatrix: Sendable where Value: Sendable {}
extension SparseMatrix: Equatable where Value: Equatable {}

private enum SparseMatrixPart: CodingKey { case rows, columns, positions, values }

extension SparseMatrix: Encodable where Value: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var parts = encoder.container(keyedBy: SparseMatrixPart.self)
    try parts.encode(rows, forKey: .rows)
    try parts.encode(columns, forKey: .columns)
    try parts.encode(positions, forKey: .positions)
    try parts.encode(values, forKey: .values)
  }
}

extension SparseMatrix: Decodable where Value: Decodable {
  /// A matrix as it was encoded; checked, since it may come from a file.
  public init(from decoder: any Decoder) throws {
    let parts = try decoder.container(keyedBy: SparseMatrixPart.self)
    rows = try parts.decode(Int.self, forKey: .rows)
    columns = try parts.decode(Int.self, forKey: .columns)
    positions = try parts.decode([Int].self, forKey: .positions)
    values = try parts.decode([Value].self, forKey: .values)
    try decoder.check(fault)
  }
}

extension Decoder {
  /// - Throws: `DecodingError` where there is a fault.
  package func check(_ fault: String?) throws {
    guard let fault else { return }
    throw DecodingError.dataCorrupted(
      DecodingError.Context(codingPath: codingPath, debugDescription: fault))
  }
}

extension SparseMatrix<Float> {
  /// The numbers of a dense matrix that are not zero.
  ///
  /// - Parameter dense: row-major, `rows` x `columns`.
  public init(_ dense: [Float], rows: Int, columns: Int) {
    precondition(dense.count == rows * columns)
    let positions = dense.indices.filter { dense[$0] != 0 }
    self.init(
      rows: rows, columns: columns, positions: positions, values: positions.map { dense[$0] })
  }

  /// The whole matrix, row-major, with zeros.
  public func dense() -> [Float] { dense(0) }
}
