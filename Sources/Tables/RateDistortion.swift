// Which layer gives up how much. Each layer has ways to be stored, each of some bytes and some
// divergence; of these only the ones on the lower convex hull are worth taking (Shoham and Gersho
// 1988). With one slope for all layers, divergence a byte, each layer takes the point where its
// hull has that slope, and the sum is the least divergence that so many bytes allow, as far as
// divergences of layers add up. Falling slopes give the whole front, one step of one layer at a
// time.

/// Bytes, and the divergence that they leave.
package struct RatePoint: Equatable, Sendable {
  package var bytes: Double
  package var divergence: Double

  package init(bytes: Double, divergence: Double) {
    (self.bytes, self.divergence) = (bytes, divergence)
  }
}

package enum RateDistortion {
  /// Indices of the points on the lower convex hull, from the most bytes to the fewest; divergence
  /// rises along it, and so does divergence for each byte saved.
  package static func hull(_ points: [RatePoint]) -> [Int] {
    let order = points.indices.sorted {
      (points[$0].bytes, points[$0].divergence, $0) < (points[$1].bytes, points[$1].divergence, $1)
    }
    var hull: [Int] = []
    for index in order where points[index].divergence.isFinite {
      // More bytes that do not lessen divergence are none worth having.
      if let last = hull.last, points[index].divergence >= points[last].divergence { continue }
      while hull.count > 1,
        slope(points[hull[hull.count - 2]], points[hull[hull.count - 1]])
          <= slope(points[hull[hull.count - 1]], points[index])
      {
        hull.removeLast()
      }
      hull.append(index)
    }
    return hull.reversed()
  }

  /// Divergence lost for each byte more; positive.
  private static func slope(_ small: RatePoint, _ large: RatePoint) -> Double {
    (small.divergence - large.divergence) / (large.bytes - small.bytes)
  }

  /// The front of the whole: for each of its points, the point that each layer takes on its own
  /// hull.
  ///
  /// - Parameter hulls: for each layer, from the most bytes to the fewest, at least one point.
  /// - Returns: first all layers at their first points, last all at their last.
  package static func front(_ hulls: [[RatePoint]]) -> [[Int]] {
    var present = [Int](repeating: 0, count: hulls.count)
    var front = [present]
    while true {
      var best: (layer: Int, slope: Double)?
      for (layer, hull) in hulls.enumerated() where present[layer] + 1 < hull.count {
        let step = slope(hull[present[layer] + 1], hull[present[layer]])
        if step < best?.slope ?? .infinity { best = (layer, step) }
      }
      guard let best else { return front }
      present[best.layer] += 1
      front.append(present)
    }
  }
}
