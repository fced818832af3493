import Tensors

/// Samples as a file stores them, before any transform: what every format reader gives.
struct SampleArray: Sendable {
  /// Values of all samples, one sample after another.
  enum Storage: Sendable {
    /// Pixels and other 8-bit data: a quarter of the memory.
    case bytes([UInt8])
    case floats([Float])

    var byteCount: Int {
      switch self {
      case .bytes(let values): values.count
      case .floats(let values): 4 * values.count
      }
    }
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
  /// Where in the input each photograph lies that was fitted to it.
  var placements: [Placement]? = nil

  static let pixelScale: Float = 1.0 / 255

  /// The array as one sample of `wanted`, where it is as large and looks like one.
  func asOne(_ wanted: [Int]?) -> SampleArray {
    guard let wanted, !isImage, count * shape.elementCount == wanted.elementCount else { return self }
    let axes = [count] + shape
    guard axes.count == 1 || axes.filter({ $0 > 1 }) == wanted.filter({ $0 > 1 }) else { return self }
    var one = self
    (one.count, one.shape) = (1, wanted)
    if labels?.count != 1 { one.labels = nil }
    return one
  }

  /// Product of sizes from a file, also where some are 0.
  ///
  /// - Throws: ``DatasetError/tooLarge(place:bytes:limit:)`` where the sizes that are not 0 have no
  ///   product in an `Int`, so that nobody has to multiply with care again.
  static func elementCount(_ shape: [Int], place: String) throws(DatasetError) -> Int {
    var product = 1
    for size in shape where size > 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw .tooLarge(place: place, bytes: .max, limit: Dataset.maximumBytes)
      }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }

  /// The same, of samples: at least one of at least one element.
  static func sampleElementCount(_ shape: [Int], place: String) throws(DatasetError) -> Int {
    let count = try elementCount(shape, place: place)
    guard count > 0 else { throw .noSamples(place: place) }
    return count
  }
}
