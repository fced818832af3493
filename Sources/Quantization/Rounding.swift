import Tensors

/// How a weight is given one of the levels of a table.
public enum Rounding: Equatable, Sendable, Codable {
  /// The nearest level; half way, the lower.
  case nearest
  /// One of the two levels around it, the nearer the likelier, so that the mean error is zero;
  /// beyond the outermost level that one. One random number a weight, so a seed replays.
  case stochastic(seed: UInt64)

  /// A code for each value: the index of its level.
  ///
  /// - Parameters:
  ///   - values: finite.
  ///   - levels: 1...256 of them, ascending and distinct; may be empty if there are no values.
  public func codes(for values: [Float], levels: [Float]) -> [UInt8] {
    if values.isEmpty { return [] }
    precondition((1...256).contains(levels.count) && zip(levels, levels.dropFirst()).allSatisfy(<))
    switch self {
    case .nearest:
      let nearest = NearestLevel(levels)
      return values.map { UInt8(nearest.code($0)) }
    case .stochastic(let seed):
      var generator = SeededGenerator(seed: seed)
      return values.map { value in
        UInt8(Self.stochastic(value, levels: levels, random: generator.nextFloat()))
      }
    }
  }

  private static func stochastic(_ value: Float, levels: [Float], random: Float) -> Int {
    let upper = levels.firstIndex(above: value)
    if upper == 0 { return 0 }
    if upper == levels.count { return upper - 1 }
    let low = Double(levels[upper - 1])
    let share = (Double(value) - low) / (Double(levels[upper]) - low)
    return Double(random) < share ? upper : upper - 1
  }
}

/// Finds the nearest of ascending levels by the midpoints between them.
struct NearestLevel {
  private let midpoints: [Double]

  init(_ levels: [Float]) {
    midpoints = zip(levels, levels.dropFirst()).map { (Double($0) + Double($1)) / 2 }
  }

  /// Index of the level nearest to `value`; half way, the lower.
  func code(_ value: Float) -> Int {
    let value = Double(value)
    var low = 0
    var high = midpoints.count
    while low < high {
      let middle = (low + high) / 2
      if midpoints[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Array where Element == Float {
  /// First index whose number is above `value`, or `count`; the numbers ascend.
  fileprivate func firstIndex(above value: Float) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
