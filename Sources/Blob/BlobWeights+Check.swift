import Tensors

extension BlobWeights {
  /// Everything that the format asks of a layer with these sizes.
  func check(rows: Int, columns: Int) throws(BlobFault) {
    guard self.rows == rows else {
      throw .listLength("the weights' rows", self.rows, expected: rows)
    }
    guard self.columns == columns else {
      throw .listLength("the weights' columns", self.columns, expected: columns)
    }
    try Self.checkSize(rows: rows, columns: columns)
    try checkPositions()
    try checkValues()
    if let scaling {
      try checkIntegers { check throws(BlobFault) in
        var scaling = scaling
        try scaling.code(&check, rows: rows)
      }
    }
    if let exact {
      try checkIntegers { check throws(BlobFault) in
        var exact = exact
        try exact.code(&check, rows: rows)
      }
    }
    for (field, numbers) in [("the row scales", rowScales), ("the biases", biases)]
    where numbers.precision != .absent {
      try Rule.numbers(field, numbers, count: rows)
    }
    try checkLanes()
  }

  /// A matrix is no larger than a tensor may be.
  static func checkSize(rows: Int, columns: Int) throws(BlobFault) {
    guard let count = [rows, columns].checkedProduct, count <= BlobFormat.elements else {
      throw .tooManyElements("the weights")
    }
  }

  private func checkPositions() throws(BlobFault) {
    let positions = positions
    var next = 0
    for (index, position) in positions.enumerated() {
      guard position >= next else { throw .positions(at: index) }
      next = position + 1
    }
    guard next <= rows * columns else { throw .positions(at: positions.count - 1) }
  }

  private func checkValues() throws(BlobFault) {
    let count: Int
    switch values {
    case .raw(let matrix):
      count = matrix.values.count
      guard matrix.values.allSatisfy(\.isFinite) else { throw .notFinite("a weight") }
    case .table(let table, let codes):
      count = codes.values.count
      guard table.precision != .absent else { throw .numbersMissing("the table") }
      try Rule.count("the number of levels", table.values.count, BlobFormat.levels)
      if let code = codes.values.first(where: { $0 >= table.values.count }) {
        throw .code(Int(code), levels: table.values.count)
      }
    }
    guard count == positions.count else {
      throw .listLength("the weights' values", count, expected: positions.count)
    }
  }

  /// Formats/Blob.md, "Integer weights" and "Exact weights".
  private func checkIntegers(
    _ rows: (inout StepCheck) throws(BlobFault) -> Void
  ) throws(BlobFault) {
    guard case .table(let table, _) = values else { throw .numbersMissing("the table") }
    try Self.checkIntegerTable(table, isExact: exact != nil)
    for (field, numbers) in [("row scales", rowScales), ("float32 biases", biases)]
    where numbers.precision != .absent {
      throw .misplaced("\(field) of an integer step")
    }
    var check = StepCheck(arena: ArenaRule(words: 0))
    try rows(&check)
  }

  /// Levels are signed bytes or 16-bit numbers; what they stand for has their signs and is finite.
  /// Those of an exact step are bytes.
  static func checkIntegerTable(_ table: StoredNumbers, isExact: Bool) throws(BlobFault) {
    if isExact, case .int16 = table.precision {
      throw .range("the precision of the table", 4, allowed: 3...3)
    }
    switch table.precision {
    case .int8(let scale), .int16(let scale):
      guard scale > 0 && scale <= BlobFormat.largestTableScale else { throw .tableScale(scale) }
    default:
      throw .range("the precision of the table", Int(table.precision.code), allowed: 3...4)
    }
  }

  private func checkLanes() throws(BlobFault) {
    try Rule.count("the number of lanes", lanes.count, BlobFormat.laneCount)
    var sum = 0
    for lane in lanes {
      try Rule.count("the rows of a lane", lane.rows, 0...rows)
      try Rule.count("a lane's bank", lane.bank, BlobFormat.banks)
      sum += lane.rows
    }
    guard sum == rows else { throw .laneRows(sum: sum, rows: rows) }
  }
}
