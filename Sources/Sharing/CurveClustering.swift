// Fine tuning clusters weights in the plane, each weight x beside
//
//     y = spread (max w - min w) tanh(focus (x - mean w))
//
// so that distances near the mean count more (equation 3 of the poster). Both coordinates ascend
// with x: the weights lie on a rising curve. The squared distances of a point p to two centres a, b
// with a <= b in both coordinates differ by 2 (b - a) p less a constant, which ascends along the
// curve; so each is nearest to one stretch of it, and centres, being means of stretches, keep their
// order. Lloyd's algorithm (1982) then needs no more than the ends of stretches, found by
// bisection, and sums of x and y up to each weight: O(k log n) an iteration instead of O(k n). Its
// first centres are drawn as in k-means++ (Arthur and Vassilvitskii 2007); a second start is the
// exact clustering on the line.

import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The second dimension of one layer's clustering.
public struct Modulation: Codable, Hashable, Sendable {
  /// Height of the curve in units of the range of the weights.
  public var spread: Double
  /// Steepness at the mean, in one over the units of the weights.
  public var focus: Double

  public init(spread: Double, focus: Double) {
    self.spread = spread
    self.focus = focus
  }
}

/// The weights of a layer in order, for clusterings under many modulations.
package struct CurveClustering: Sendable {
  /// Ascending, without zeros that are to stay.
  private let weights: [Float]
  private let mean: Double
  /// Of the weights about their mean; 1 where they do not differ.
  package let deviation: Double

  package init(_ weights: [Float]) {
    self.weights = weights.sorted()
    let count = Double(max(weights.count, 1))
    let mean = weights.reduce(0) { $0 + Double($1) } / count
    let square = weights.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    self.mean = mean
    deviation = square > 0 ? square.squareRoot() : 1
  }

  /// Clusters by Lloyd's algorithm; a cluster that runs empty is given up.
  ///
  /// - Parameters:
  ///   - count: 1 ... 256.
  ///   - line: the clusters on the line: a second start, of which the better end is taken.
  ///   - generator: of the first centres.
  /// - Complexity: O(k n) for the first centres, O(k log n) an iteration, 100 at most.
  package func clustering(
    _ modulation: Modulation, count: Int, line: Clustering? = nil, generator: SeededGenerator
  ) -> Clustering {
    guard let least = weights.first, let greatest = weights.last else {
      return Clustering(means: [], bounds: [])
    }
    let height = modulation.spread * (Double(greatest) - Double(least))
    let points = weights.map { weight in
      let x = Double(weight) - mean
      return SIMD2(x, height * tanh(modulation.focus * x))
    }
    var sums: [SIMD2<Double>] = [.zero]
    sums.reserveCapacity(points.count + 1)
    for point in points { sums.append(sums[sums.count - 1] + point) }
    var generator = generator
    let drawn = Self.firstCentres(points, count: count, generator: &generator)
    var best = Self.settled(Self.ends(of: drawn, among: points), points, sums)
    if let line {
      let other = Self.settled(ends(of: line), points, sums)
      if Self.explained(other, sums) > Self.explained(best, sums) { best = other }
    }
    return clustering(ends: best, sums)
  }

  /// Where the weights of each cluster on the line end.
  private func ends(of line: Clustering) -> [Int] {
    line.bounds.map { bound in
      var (low, high) = (0, weights.count)
      while low < high {
        let middle = (low + high) / 2
        if weights[middle] <= bound { low = middle + 1 } else { high = middle }
      }
      return low
    } + [weights.count]
  }

  /// Lloyd's iterations, until nothing moves.
  private static func settled(
    _ start: [Int], _ points: [SIMD2<Double>], _ sums: [SIMD2<Double>]
  ) -> [Int] {
    var ends = start
    for _ in 0..<100 {
      let next = Self.ends(of: centres(ends, sums), among: points)
      if next == ends { break }
      ends = next
    }
    return ends
  }

  /// What clusters take off the sum of squares: the greater, the less error is left.
  private static func explained(_ ends: [Int], _ sums: [SIMD2<Double>]) -> Double {
    zip([0] + ends, ends).filter { $0 < $1 }.reduce(0) { total, stretch in
      let sum = sums[stretch.1] - sums[stretch.0]
      return total + (sum * sum).sum() / Double(stretch.1 - stretch.0)
    }
  }

  /// Means on the line of stretches that end, each, before the indices given.
  private func clustering(ends: [Int], _ sums: [SIMD2<Double>]) -> Clustering {
    let kept = Self.centres(ends, sums).map { Float($0.x + mean) }
    let distinct = ends.reduce(into: [Int]()) { if $1 > $0.last ?? 0 { $0.append($1) } }
    // Rounding can make the means of neighbours one; they are merged.
    var (means, bounds): ([Float], [Float]) = ([], [])
    for (index, mean) in kept.enumerated() where means.last.map({ $0 < mean }) ?? true {
      if index > 0 { bounds.append(weights[distinct[index - 1] - 1]) }
      means.append(mean)
    }
    return Clustering(means: means, bounds: bounds)
  }

  /// Points drawn one after the other with odds as their squared distance to the nearest before.
  private static func firstCentres(
    _ points: [SIMD2<Double>], count: Int, generator: inout SeededGenerator
  ) -> [SIMD2<Double>] {
    var distances = [Double](repeating: .infinity, count: points.count)
    var chosen = [Int(generator.next().multipliedFullWidth(by: UInt64(points.count)).high)]
    while chosen.count < count {
      let centre = points[chosen[chosen.count - 1]]
      var total = 0.0
      for index in points.indices {
        let way = points[index] - centre
        distances[index] = min(distances[index], (way * way).sum())
        total += distances[index]
      }
      guard total > 0 else { break }
      let target = total * Double(generator.nextFloat())
      var (sum, place) = (0.0, 0)
      while place < points.count - 1 {
        sum += distances[place]
        if sum > target { break }
        place += 1
      }
      if distances[place] == 0 { break }
      chosen.append(place)
    }
    return chosen.sorted().map { points[$0] }
  }

  /// Where the stretch of each centre ends; equal to the one before where it is empty.
  private static func ends(of centres: [SIMD2<Double>], among points: [SIMD2<Double>]) -> [Int] {
    var ends: [Int] = []
    for (a, b) in zip(centres, centres.dropFirst()) {
      let way = b - a
      let middle = ((b * b).sum() - (a * a).sum()) / 2
      var (low, high) = (ends.last ?? 0, points.count)
      while low < high {
        let index = (low + high) / 2
        if (way * points[index]).sum() <= middle { low = index + 1 } else { high = index }
      }
      ends.append(low)
    }
    return ends + [points.count]
  }

  /// The mean of each stretch that is not empty.
  private static func centres(_ ends: [Int], _ sums: [SIMD2<Double>]) -> [SIMD2<Double>] {
    zip([0] + ends, ends).filter { $0 < $1 }.map { (sums[$1] - sums[$0]) / Double($1 - $0) }
  }
}
