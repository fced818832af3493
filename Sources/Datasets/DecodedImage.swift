import Files

/// One image: [channels, height, width], every value on the scale of 0...255 whatever the file's depth.
///
/// Values that are whole numbers on that scale (8 bits and less) are kept as bytes; those of 16 bits, and
/// of maximum values that do not divide 255, as float32, so that none of their precision is lost.
struct DecodedImage {
  /// The most bytes that the pixels of one image may take: 256 MiB. A few bytes of PNG can stand
  /// for a thousand times as many.
  static let maximumBytes = 1 << 28

  let shape: [Int]
  let values: SampleArray.Storage

  /// From the order of files, [height, width, channels].
  ///
  /// - Parameter maximum: what stands for full brightness; values are 0 to this.
  init(interleaved: [UInt16], maximum: Int, channels: Int, height: Int, width: Int) {
    shape = [channels, height, width]
    let planes = Self.planes(interleaved, channels: channels)
    if 255 % maximum == 0 {
      let factor = UInt16(255 / maximum)
      values = .bytes(planes.map { UInt8(truncatingIfNeeded: $0 * factor) })
    } else {
      // Rounded once: the product of 24 bits is exact.
      values = .floats(planes.map { Float(UInt32($0) * 255) / Float(maximum) })
    }
  }

  var count: Int { shape.reduce(1, *) }

  private static func planes<T>(_ interleaved: [T], channels: Int) -> [T] {
    guard channels > 1 else { return interleaved }
    let plane = interleaved.count / channels
    return [T](unsafeUninitializedCapacity: plane * channels) { planes, initialized in
      interleaved.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels {
          for i in 0..<plane {
            planes.initializeElement(at: channel * plane + i, to: pixels[i * channels + channel])
          }
        }
      }
      initialized = plane * channels
    }
  }

  /// Refuses sizes from a header that no image here should have.
  ///
  /// - Parameters:
  ///   - channels: 1...8.
  ///   - height: less than 2^31, like `width`.
  static func checkSize(
    channels: Int, height: Int, width: Int, path: String
  ) throws(DatasetError) {
    let (bytes, overflow) = (width * height).multipliedReportingOverflow(by: channels)
    guard !overflow && bytes <= maximumBytes else {
      throw .tooLarge(place: path, bytes: overflow ? .max : bytes, limit: maximumBytes)
    }
  }

  init(_ photograph: Photograph) {
    shape = [photograph.channels, photograph.height, photograph.width]
    values = .bytes(Self.planes(photograph.pixels, channels: photograph.channels))
  }

  /// Decodes a PNG, JPEG, PGM or PPM file, told by content.
  static func load(_ path: String) throws(DatasetError) -> DecodedImage {
    let bytes = try DatasetError.naming { () throws(FileError) in
      try InputFile(path).contents(limit: Dataset.maximumBytes)
    }
    return try JPEG.matches(bytes) ? DecodedImage(JPEG.decode(bytes, path: path)) : decode(bytes, path: path)
  }

  /// The same of a PNG, PGM or PPM, whose values may be of 16 bits.
  static func decode(_ bytes: [UInt8], path: String) throws(DatasetError) -> DecodedImage {
    try PNG.matches(bytes) ? PNG.decode(bytes, path: path) : PNM.decode(bytes, path: path)
  }

  /// Whether a file starts as an image does that ``load(_:)`` reads.
  static func matches(_ prefix: [UInt8]) -> Bool {
    PNG.matches(prefix) || PNM.matches(prefix) || JPEG.matches(prefix)
  }
}
