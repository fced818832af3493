/// Samples as a file stores them, before any transform: what every format reader gives.
struct SampleArray: Sendable {
  /// Values of all samples, one sample after another.
  enum Storage: Sendable {
    /// Pixels and other 8-bit data: a quarter of the memory.
    case bytes([UInt8])
    case floats([Float])
  }

  var count: Int
  /// One sample; an image is [channels, height, width].
  var shape: [Int]
  var storage: Storage
  /// Whether the order of the axes is known, so that a layout can be asked for.
  var isImage: Bool
  /// The scale in force unless the user gives one: 1/255 for pixels, else 1.
  var defaultScale: Float
  /// Labels that the same file holds.
  var labels: [Int]? = nil
  var notes: [String] = []

  static let pixelScale: Float = 1.0 / 255

  /// Sizes with at least one sample and one element, whose product is representable.
  static func elementCount(_ shape: [Int], place: String) throws(DatasetError) -> Int {
    guard let product = product(of: shape) else {
      throw .tooLarge(place: place, bytes: .max, limit: Dataset.maximumBytes)
    }
    guard product > 0 else { throw .noSamples(place: place) }
    return product
  }

  /// Product of sizes from a file; nil where it does not fit an `Int`.
  static func product(of shape: [Int]) -> Int? {
    // A zero anywhere makes nothing of it all, however large the others are.
    if shape.contains(0) { return 0 }
    var product = 1
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      product = next
    }
    return product
  }
}
