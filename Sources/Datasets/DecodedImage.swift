/// One 8-bit image: [channels, height, width].
struct DecodedImage {
  /// The most bytes that the pixels of one image may take: 256 MiB. A few bytes of PNG can stand
  /// for a thousand times as many.
  static let maximumBytes = 1 << 28

  let shape: [Int]
  let values: [UInt8]

  /// From the order of files, [height, width, channels].
  init(interleaved: [UInt8], channels: Int, height: Int, width: Int) {
    shape = [channels, height, width]
    guard channels > 1 else {
      values = interleaved
      return
    }
    let plane = height * width
    values = [UInt8](unsafeUninitializedCapacity: plane * channels) { planes, initialized in
      interleaved.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels {
          for i in 0..<plane { planes[channel * plane + i] = pixels[i * channels + channel] }
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

  /// Decodes a PNG, PGM or PPM file, told by content.
  static func load(_ path: String) throws(DatasetError) -> DecodedImage {
    let bytes = try InputFile(path).contents()
    return try PNG.matches(bytes)
      ? PNG.decode(bytes, path: path) : PNM.decode(bytes, path: path)
  }

  /// Whether a file starts as an image does that ``load(_:)`` reads.
  static func matches(_ prefix: [UInt8]) -> Bool { PNG.matches(prefix) || PNM.matches(prefix) }
}
