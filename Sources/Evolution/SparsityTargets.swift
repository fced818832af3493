// Deals one share of zeros out to the layers.
//
// Saliencies of different layers cannot be compared as they stand. LAMP (Lee et al. 2021) divides
// each squared saliency by the sum of all that are no smaller in its layer: the share of the layer
// that would be lost if this weight went after all smaller ones had gone. One threshold over these
// shares, the same for every layer, then decides how sparse each becomes.

/// The dealing of a total share of zeros.
public enum SparsityTargets {
  /// How sparse each layer becomes so that together they reach `total`.
  ///
  /// - Parameters:
  ///   - saliencies: for each layer, one number >= 0 a weight; a pruned weight's is 0.
  ///   - fixed: for each layer, a share that is not up for dealing, or nil.
  ///   - total: wanted share of zeros over all weights, 0 ... 1.
  /// - Returns: a share for each layer. Layers that are dealt to keep at least one weight a
  ///   hundred, so that none is cut off.
  /// - Complexity: O(*n* log *n*) for *n* weights.
  public static func deal(saliencies: [[Float]], fixed: [Double?], total: Double) -> [Double] {
    let count = saliencies.reduce(0) { $0 + $1.count }
    var toZero = Int((total * Double(count)).rounded())
    for (layer, share) in fixed.enumerated() {
      if let share { toZero -= Int((share * Double(saliencies[layer].count)).rounded()) }
    }
    var scores: [(score: Float, layer: Int)] = []
    for (layer, values) in saliencies.enumerated() where fixed[layer] == nil {
      scores += lossShares(values).map { ($0, layer) }
    }
    scores.sort { ($0.score, $0.layer) < ($1.score, $1.layer) }
    var zeros = [Int](repeating: 0, count: saliencies.count)
    for (_, layer) in scores {
      if toZero <= 0 { break }
      guard zeros[layer] < saliencies[layer].count * 99 / 100 else { continue }
      zeros[layer] += 1
      toZero -= 1
    }
    return saliencies.indices.map { layer in
      fixed[layer] ?? (saliencies[layer].isEmpty
        ? 0 : Double(zeros[layer]) / Double(saliencies[layer].count))
    }
  }

  /// For each saliency, ascending: its square over the sum of its own and all larger squares.
  static func lossShares(_ saliencies: [Float]) -> [Float] {
    let sorted = saliencies.sorted(by: >)
    var sum = 0.0
    return sorted.map { value in
      let square = Double(value) * Double(value)
      sum += square
      return sum > 0 ? Float(square / sum) : 0
    }.reversed()
  }
}
