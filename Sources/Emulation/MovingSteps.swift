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
        case .edge: source[axis] = min(max(place, 0), last)
        }
      }
      return x[index(of: source, in: step.sizes)]
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

  static func gather(_ step: BlobGather, _ x: [Int32]) -> [Int32] {
    (0..<step.outer).flatMap { outer in step.places.map { x[outer * step.inner + $0] } }
  }
}
