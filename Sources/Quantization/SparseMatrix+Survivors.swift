// What is asked of a layer's survivors while its table is chosen. `importance` has one number a
// survivor, or is nil where all count alike.

import Tensors

extension Importance {
  /// Of each survivor; nil where all count alike.
  package func of(_ survivors: SparseMatrix<Float>) -> [Float]? {
    switch self {
    case .equal: nil
    case .columns(let numbers): survivors.positions.map { numbers[$0 % survivors.columns] }
    case .weights(let numbers): survivors.positions.map { numbers[$0] }
    }
  }
}

extension SparseMatrix<Float> {
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
  func meanDeviation(_ importance: [Float]?) -> Double {
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
  func importance(_ importance: [Float]?, times scales: [Float]?) -> [Float]? {
    guard let scales, let greatest = scales.max() else { return importance }
    return positions.indices.map { index in
      let scale = scales[positions[index] / columns] / greatest
      return (importance?[index] ?? 1) * scale * scale
    }
  }

  /// Sum of importance times squared error of the numbers that a reader will compute.
  ///
  /// - Precondition: the layer's survivors are these.
  package func squaredError(_ importance: [Float]?, in layer: QuantizedLayer) -> Double {
    let stored = layer.weights.values
    return values.indices.reduce(0) { sum, index in
      let error = Double(values[index]) - Double(stored[index])
      return sum + Double(importance?[index] ?? 1) * error * error
    }
  }
}
