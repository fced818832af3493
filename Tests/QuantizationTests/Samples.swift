import Quantization
import Tensors

/// Random numbers and plain sums for the tests.
enum Samples {
  static func normal(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.nextNormal() }
  }

  /// Laplace samples of scale 1: (a^2 + b^2) / 2 of normal a and b is exponential, and the
  /// difference of two such is Laplace.
  static func laplace(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let squares = (0..<4).map { _ in
        let value = generator.nextNormal()
        return value * value / 2
      }
      return squares[0] + squares[1] - squares[2] - squares[3]
    }
  }

  /// Two peaks, as the survivors of pruning by magnitude have.
  static func twoPeaks(_ count: Int, seed: UInt64) -> [Float] {
    normal(count, seed: seed).map { $0 < 0 ? $0 - 2 : $0 + 2 }
  }

  static func positive(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.nextFloat() * generator.nextFloat() }
  }

  static func variance(_ values: [Float]) -> Double {
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    return values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      / Double(values.count)
  }

  /// Sum of weight times |error|^power when each value goes to the level nearest to it.
  static func error(
    _ values: [Float], _ levels: [Float], weights: [Float]? = nil, power: Int = 2
  ) -> Double {
    values.indices.reduce(0.0) { sum, index in
      let distances = levels.map { abs(Double(values[index]) - Double($0)) }
      let distance = distances.min() ?? .infinity
      let weight = Double(weights?[index] ?? 1)
      return sum + weight * (power == 2 ? distance * distance : distance)
    }
  }
}
