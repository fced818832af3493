/// A dense float32 array with a shape, row-major (the last axis varies fastest).
///
/// The only carrier of numbers between modules. It knows nothing of layers: what an axis means is
/// said where the tensor is used.
public struct Tensor: Equatable, Sendable {
  /// Sizes of the axes, outermost first; empty for a scalar.
  public let shape: [Int]

  /// The values, row-major; `values.count == shape.elementCount`.
  public var values: [Float] {
    didSet { precondition(values.count == oldValue.count, "a tensor keeps its size") }
  }

  /// A tensor over given values.
  ///
  /// - Precondition: `values.count` is the product of `shape`.
  public init(shape: [Int], values: [Float]) {
    precondition(shape.elementCount == values.count, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }

  /// A tensor of one repeated value.
  public init(shape: [Int], repeating value: Float = 0) {
    self.init(shape: shape, values: [Float](repeating: value, count: shape.elementCount))
  }

  /// How many values there are.
  public var count: Int { values.count }

  /// The same values under another shape of the same size.
  public func reshaped(to shape: [Int]) -> Tensor { Tensor(shape: shape, values: values) }

  /// Rows `range` along the first axis.
  public func rows(_ range: Range<Int>) -> Tensor {
    let stride = shape.dropFirst().reduce(1, *)
    return Tensor(
      shape: [range.count] + shape.dropFirst(),
      values: Array(values[range.lowerBound * stride..<range.upperBound * stride]))
  }

  /// Largest |a - b| over all elements, divided by the largest |b|; 0 when both are empty.
  ///
  /// The relative difference by which Kinglet compares two implementations. Infinite when any
  /// element is not finite, or when `other` is all zero and this is not.
  public func relativeDifference(from other: Tensor) -> Float {
    precondition(count == other.count)
    var difference: Float = 0
    var magnitude: Float = 0
    for (a, b) in zip(values, other.values) {
      guard a.isFinite && b.isFinite else { return .infinity }
      difference = max(difference, abs(a - b))
      magnitude = max(magnitude, abs(b))
    }
    if difference == 0 { return 0 }
    return magnitude > 0 ? difference / magnitude : .infinity
  }
}

extension Collection where Element == Int {
  /// Product of the sizes: elements in a tensor of this shape. 1 for the shape of a scalar.
  public var elementCount: Int { reduce(1, *) }
}
