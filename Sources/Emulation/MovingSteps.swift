import Blob

/// Steps that move elements and change none.
enum MovingSteps {
  static func pad(_ step: BlobPad<UInt8>, _ x: [Int32]) -> [Int32] {
    let sizes = step.outputSizes
    return (0..<sizes.reduce(1, *)).map { output in
      var source = coordinates(of: output, in: sizes)
      for axis in source.indices {
        let (place, last) = (source[axis] - step.before[axis], step.sizes[axis] - 1)
        switch step.mode {
        case .constant where place < 0 || place > last: return Int32(step.value)
        case .constant: source[axis] = place
        case .reflect:
          source[axis] = place < 0 ? -place : place > last ? 2 * last - place : place
        case .symmetric:
          source[axis] = place < 0 ? -1 - place : place > last ? 2 * last + 1 - place : place
        case .edge: source[axis] = min(max(place, 0), last)
        }
      }
      return x[index(of: source, in: step.sizes)]
    }
  }

  /// Linear: of four elements, by weights that come to 2^20; halves away from 0.
  static func resize(_ step: BlobResize, _ x: [Int32]) -> [Int32] {
    let (rows, columns) = (taps(step.mode, step.rows, step.oh, step.h), taps(step.mode, step.columns, step.ow, step.w))
    return (0..<step.c * step.oh * step.ow).map { output in
      let (line, column) = output.quotientAndRemainder(dividingBy: step.ow)
      let (plane, row) = line.quotientAndRemainder(dividingBy: step.oh)
      var sum = 0
      for h in rows[row] {
        for w in columns[column] {
          sum += h.weight * w.weight * Int(x[(plane * step.h + h.place) * step.w + w.place])
        }
      }
      return Int32(sum < 0 ? -((1 << 19 - sum) >> 20) : (sum + 1 << 19) >> 20)
    }
  }

  /// What each place of an axis reads, in 1024ths.
  private static func taps(
    _ mode: BlobResize.Mode, _ axis: BlobResize.Axis, _ count: Int, _ size: Int
  ) -> [[(place: Int, weight: Int)]] {
    (0..<count).map { index in
      let (whole, rest) = axis.place(index)
      func inside(_ place: Int) -> Int { min(max(place, 0), size - 1) }
      switch mode {
      case .nearest: return [(inside(whole), 1024)]
      case .linear:
        let weight = rest / (axis.unit / 1024)
        return [(inside(whole), 1024 - weight), (inside(whole + 1), weight)]
      }
    }
  }

  static func transpose(_ step: BlobTranspose, _ x: [Int32]) -> [Int32] {
    let sizes = step.axes.map { step.sizes[$0] }
    return (0..<x.count).map { output in
      var source = sizes
      for (axis, coordinate) in coordinates(of: output, in: sizes).enumerated() {
        source[step.axes[axis]] = coordinate
      }
      return x[index(of: source, in: step.sizes)]
    }
  }

  static func slide(_ step: BlobSlide, _ window: [Int32], _ x: [Int32]) -> [Int32] {
    let (row, new) = (step.count * step.inner, step.new * step.inner)
    var y: [Int32] = []
    for outer in 0..<step.outer {
      y += window[outer * row + new..<(outer + 1) * row]
      y += x[outer * new..<(outer + 1) * new]
    }
    return y
  }

  static func gather(_ step: BlobGather, _ x: [Int32]) -> [Int32] {
    (0..<step.outer).flatMap { outer in step.places.map { x[outer * step.inner + $0] } }
  }
}
