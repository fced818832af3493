import Tensors

/// Which part of an image fills it when it is zoomed: between its pixels by the nearest four, beyond its borders by its
/// mirror image.
struct ZoomWindow {
  /// For each target row or column: two source rows or columns, and the weight of the second.
  private struct Axis {
    let first, second: [Int]
    let weights: [Float]

    /// - Parameters:
    ///   - scale: source pixels a target pixel.
    ///   - start: the source place of the target's border.
    init(_ length: Int, scale: Float, start: Float) {
      var (first, second, weights): ([Int], [Int], [Float]) = ([], [], [])
      for target in 0..<length {
        let place = (Float(target) + 0.5) * scale + start - 0.5
        let floor = place.rounded(.down)
        first.append(Self.mirrored(Int(floor), length))
        second.append(Self.mirrored(Int(floor) + 1, length))
        weights.append(place - floor)
      }
      (self.first, self.second, self.weights) = (first, second, weights)
    }

    /// ... 1, 0 | 0, 1, ... length - 1 | length - 1, ...
    private static func mirrored(_ place: Int, _ length: Int) -> Int {
      let period = 2 * length
      let within = ((place % period) + period) % period
      return within < length ? within : period - 1 - within
    }
  }

  private let rows, columns: Axis

  /// - Parameter limit: the largest factor, or its inverse; all sizes between are as likely by their logarithm.
  init(upTo limit: Float, height: Int, width: Int, _ random: inout SeededGenerator) {
    let factor = Float.exp(Float.log(limit) * (2 * random.nextFloat() - 1))
    func axis(_ length: Int) -> Axis {
      let seen = Float(length) / factor
      return Axis(length, scale: 1 / factor, start: (Float(length) - seen) * random.nextFloat())
    }
    (rows, columns) = (axis(height), axis(width))
  }

  /// - Parameter depth: numbers a pixel.
  func show(_ source: UnsafePointer<Float>, in target: UnsafeMutablePointer<Float>, depth: Int) {
    let width = columns.weights.count
    for row in rows.weights.indices {
      let (upper, lower) = (source + rows.first[row] * width * depth, source + rows.second[row] * width * depth)
      let (down, line) = (rows.weights[row], target + row * width * depth)
      for column in 0..<width {
        let (left, right, across) = (columns.first[column] * depth, columns.second[column] * depth, columns.weights[column])
        for i in 0..<depth {
          let above = upper[left + i] + across * (upper[right + i] - upper[left + i])
          let below = lower[left + i] + across * (lower[right + i] - lower[left + i])
          line[column * depth + i] = above + down * (below - above)
        }
      }
    }
  }
}
