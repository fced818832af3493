/// The weights of a layer that are not zero, with what their errors count.
struct Survivors {
  let rows: Int
  let columns: Int
  let positions: [Int]
  let values: [Float]
  /// One number a survivor; nil where all count alike.
  let importance: [Float]?

  init(_ weights: [Float], rows: Int, columns: Int, importance: Importance) {
    self.rows = rows
    self.columns = columns
    positions = weights.indices.filter { weights[$0] != 0 }
    values = positions.map { weights[$0] }
    switch importance {
    case .equal: self.importance = nil
    case .columns(let numbers): self.importance = positions.map { numbers[$0 % columns] }
    case .weights(let numbers): self.importance = positions.map { numbers[$0] }
    }
  }

  /// Root mean square of each row's survivors, the greatest as 3/4; a row of none has that too. nil
  /// where there is one row, or no survivor, or rows that differ by more than numbers can. (What
  /// the rows have in common is left to the table.)
  func rowScales() -> [Float]? {
    if rows < 2 || positions.isEmpty { return nil }
    var squares = [Double](repeating: 0, count: rows)
    var counts = [Double](repeating: 0, count: rows)
    for (position, value) in zip(positions, values) {
      squares[position / columns] += Double(value) * Double(value)
      counts[position / columns] += 1
    }
    let sizes = zip(squares, counts).map { $1 > 0 ? ($0 / $1).squareRoot() : nil }
    let greatest = sizes.reduce(0) { max($0, $1 ?? 0) }
    let scales = sizes.map { Float(0.75 * ($0 ?? greatest) / greatest) }
    return scales.allSatisfy(\.isNormal) ? scales : nil
  }

  /// Weighted squared deviation from the weighted mean, over the number of survivors; importance of
  /// nothing but 0 is taken as 1.
  func meanDeviation() -> Double {
    if values.isEmpty { return 0 }
    let counts = importance?.contains { $0 > 0 } == true ? importance : nil
    func total(_ term: (Double) -> Double) -> Double {
      values.indices.reduce(0) { $0 + Double(counts?[$1] ?? 1) * term(Double(values[$1])) }
    }
    let mean = total { $0 } / total { _ in 1 }
    return total { ($0 - mean) * ($0 - mean) } / Double(values.count)
  }

  /// The survivors divided by their rows' scales.
  func values(over scales: [Float]?) -> [Float] {
    guard let scales else { return values }
    return zip(positions, values).map { $1 / scales[$0 / columns] }
  }

  /// Importance times the squared scale: what the error of a divided survivor counts. Scales are
  /// taken relative to the greatest, which changes nothing and cannot overflow.
  func importance(times scales: [Float]?) -> [Float]? {
    guard let scales, let greatest = scales.max() else { return importance }
    return positions.indices.map { index in
      let scale = scales[positions[index] / columns] / greatest
      return (importance?[index] ?? 1) * scale * scale
    }
  }

  /// Sum of importance times squared error of the numbers that a reader will compute.
  func squaredError(table: [Float], codes: [UInt8], scales: [Float]?) -> Double {
    var sum = 0.0
    for index in values.indices {
      let scale = scales?[positions[index] / columns] ?? 1
      let error = Double(values[index]) - Double(scale * table[Int(codes[index])])
      sum += Double(importance?[index] ?? 1) * error * error
    }
    return sum
  }
}
