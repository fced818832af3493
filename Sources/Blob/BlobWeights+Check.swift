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
    case .raw(let survivors):
      count = survivors.count
      guard survivors.allSatisfy(\.isFinite) else { throw .notFinite("a weight") }
    case .table(let table, let codes):
      count = codes.count
      guard table.precision != .absent else { throw .numbersMissing("the table") }
      try Rule.count("the number of levels", table.values.count, BlobFormat.levels)
      if let code = codes.first(where: { $0 >= table.values.count }) {
        throw .code(Int(code), levels: table.values.count)
      }
    }
    guard count == positions.count else {
      throw .listLength("the weights' values", count, expected: positions.count)
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
