// The clusters of one layer. On the line a cluster is an interval, and so it is in fine tuning (see
// CurveClustering): a clustering is thus its means and the bounds between them, however many
// weights there are, and small enough to be kept for every layer and count.

import Quantization

/// Which weights of a layer share a value, and the values.
public struct Clustering: Codable, Equatable, Sendable {
  /// The mean of each cluster, ascending; empty where there is nothing to share.
  public let means: [Float]
  /// Between neighbours, ascending: a weight belongs to as high a cluster as it has bounds below
  /// it.
  public let bounds: [Float]

  package init(means: [Float], bounds: [Float]) {
    precondition(bounds.count == max(means.count - 1, 0))
    self.means = means
    self.bounds = bounds
  }

  /// The clusters of least squared error on the line: exact k-means.
  ///
  /// - Parameters:
  ///   - weights: without the zeros that are to stay; in any order.
  ///   - count: 1 ... 256; fewer come out where there are fewer distinct weights.
  /// - Complexity: that of ``TableMethod/levels(for:weights:count:)``.
  public init(kMeans weights: [Float], count: Int) throws(QuantizationError) {
    let means = try TableMethod.kMeans.levels(for: weights, count: count)
    self.init(
      means: means,
      bounds: zip(means, means.dropFirst()).map { Float((Double($0) + Double($1)) / 2) })
  }

  /// The cluster of a weight.
  public func code(_ weight: Float) -> Int {
    bounds.withUnsafeBufferPointer { Self.code(weight, bounds: $0) }
  }

  @inline(__always)
  static func code(_ weight: Float, bounds: UnsafeBufferPointer<Float>) -> Int {
    var (low, high) = (0, bounds.count)
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle] < weight { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The same clusters with means as they are stored; neighbours whose means become equal are one.
  public func stored(as precision: MeanPrecision) -> Clustering {
    let rounded = precision.rounded(means)
    var (kept, between): ([Float], [Float]) = ([], [])
    for (index, mean) in rounded.enumerated() where kept.last != mean {
      if index > 0 { between.append(bounds[index - 1]) }
      kept.append(mean)
    }
    return Clustering(means: kept, bounds: between)
  }

  /// Writes the shared weights; zeros stay.
  ///
  /// - Parameter target: as many numbers as there are weights.
  package func apply(to weights: [Float], into target: UnsafeMutableBufferPointer<Float>) {
    precondition(target.count == weights.count)
    weights.withUnsafeBufferPointer { weights in
      bounds.withUnsafeBufferPointer { bounds in
        means.withUnsafeBufferPointer { means in
          for index in weights.indices {
            let weight = weights[index]
            target[index] = weight == 0 ? 0 : means[Self.code(weight, bounds: bounds)]
          }
        }
      }
    }
  }

  /// Whether means and bounds can be what they should; for a clustering that comes from a file.
  var isConsistent: Bool {
    bounds.count == max(means.count - 1, 0) && means.count <= 256
      && (means + bounds).allSatisfy(\.isFinite) && zip(means, means.dropFirst()).allSatisfy(<)
      && zip(bounds, bounds.dropFirst()).allSatisfy(<=)
  }
}
