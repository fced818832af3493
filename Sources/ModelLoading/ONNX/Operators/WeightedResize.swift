// Resizes whose outputs are sums of more than two places: cubic ones, and those of fewer places with antialiasing.
// An axis is then a product with a matrix of weights, which holds every grid, border and coefficient there is.

import ModelGraph

/// How much a place of the input counts for an output, by how far away it is.
struct ONNXResizeKernel {
  enum Shape: Equatable {
    case linear
    /// cubic_coeff_a.
    case cubic(Float)
  }

  let shape: Shape
  /// Whether a kernel widens with the places that an output stands for.
  let isAntialiased: Bool
  /// Whether places outside the input count nothing, and the others more; else they are as the nearest inside.
  let excludesOutside: Bool

  /// Places that count lie nearer than this.
  fileprivate var reach: Double { shape == .linear ? 1 : 2 }

  fileprivate func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch shape {
    case .linear: return max(0, 1 - x)
    case .cubic(let coefficient):
      let a = Double(coefficient)
      if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0
    }
  }
}

extension ONNXResizedAxis {
  /// [count, size], row-major: what each place of the input counts for each of the output.
  ///
  /// - Complexity: O(count x size).
  func weights(_ kernel: ONNXResizeKernel) -> [Float] {
    var weights = [Float](repeating: 0, count: count * size)
    let widened = kernel.isAntialiased ? min(Double(scale), 1) : 1
    for index in 0..<size {
      let place = Double(self.place(Float(index)))
      let reach = min(kernel.reach / widened, Double(1 << 24))
      let near = Int((place - reach).rounded(.up))...Int((place + reach).rounded(.down))
      var counted: [(place: Int, weight: Double)] = []
      for read in near {
        if kernel.excludesOutside, !(0..<count).contains(read) { continue }
        counted.append((min(max(read, 0), count - 1), kernel.weight((Double(read) - place) * widened)))
      }
      let sum = counted.reduce(0) { $0 + $1.weight }
      for (read, weight) in counted { weights[read * size + index] += Float(weight / sum) }
    }
    return weights
  }
}

extension GraphBuilder {
  /// nil where two places are enough (`resize`).
  func resizeKernel(_ axes: [ONNXResizedAxis], _ node: ONNXNode) throws(ModelLoadingError) -> ONNXResizeKernel? {
    let isAntialiased = try node.integer("antialias", or: 0) != 0
    let excludesOutside = try node.integer("exclude_outside", or: 0) != 0
    switch try node.string("mode", or: "nearest") {
    case "cubic":
      let coefficient = try node.float("cubic_coeff_a", or: -0.75)
      guard coefficient.isFinite else { throw node.unfit("cubic_coeff_a \(coefficient) is no number") }
      return ONNXResizeKernel(
        shape: .cubic(coefficient), isAntialiased: isAntialiased, excludesOutside: excludesOutside)
    case "linear" where isAntialiased && axes.contains { $0.scale < 1 }:
      return ONNXResizeKernel(shape: .linear, isAntialiased: true, excludesOutside: excludesOutside)
    default: return nil
    }
  }

  /// One axis of a sample.
  mutating func weighted(
    _ x: ValueID, axis: Int, _ resized: ONNXResizedAxis, _ kernel: ONNXResizeKernel, _ node: ONNXNode
  ) throws(ModelLoadingError) -> ValueID {
    var shape = graph[x].shape
    let (count, size) = (resized.count, resized.size)
    let (before, inner) = (saturatingProduct(shape[..<axis]), saturatingProduct(shape[(axis + 1)...]))
    try reserveDerived(saturatingProduct([count, size]), node)
    let matrix = Literal(
      name: "\(node.outputs[0]): weights of axis \(axis)", shape: [count, size], content: .floats(resized.weights(kernel)))
    shape[axis] = size
    var value = x
    if inner > 1 {
      value = try viewed(value, as: [before, count, inner], node)
      value = try add(.transpose([0, 2, 1]), [value], node, part: "columns")
    }
    value = try viewed(value, as: [before * inner, count], node)
    value = try add(.matrixProduct, [value, try constantValue(matrix, shape: [count, size], node)], node, part: "axis \(axis)")
    if inner > 1 {
      value = try viewed(value, as: [before, inner, size], node)
      value = try add(.transpose([0, 2, 1]), [value], node, part: "rows")
    }
    return try viewed(value, as: shape, node)
  }
}
