import Files

/// A photograph as it is shown: a byte a value, rows from the top, channels interleaved.
package struct Photograph: Sendable {
  package let width: Int
  package let height: Int
  /// 1, grey, or 3, red, green and blue.
  package let channels: Int
  /// [height, width, channels].
  package let pixels: [UInt8]

  package init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * channels, "a value for each channel of each pixel")
    (self.width, self.height, self.channels, self.pixels) = (width, height, channels, pixels)
  }

  /// From stored pixels, turned as EXIF says.
  ///
  /// - Parameters:
  ///   - width: of the picture as stored, like `height`.
  init(width: Int, height: Int, channels: Int, pixels: [UInt8], orientation: Orientation) {
    self.init(
      width: orientation.swapsAxes ? height : width, height: orientation.swapsAxes ? width : height,
      channels: channels,
      pixels: orientation.turn(pixels, width: width, height: height, channels: channels))
  }

  /// Values of 16 bits are rounded to bytes.
  init(_ image: DecodedImage) {
    let (channels, height, width) = (image.shape[0], image.shape[1], image.shape[2])
    let planes: [UInt8] =
      switch image.values {
      case .bytes(let values): values
      case .floats(let values): values.map { UInt8($0.rounded()) }
      }
    self.init(
      width: width, height: height, channels: channels,
      pixels: channels == 1 ? planes : Self.interleaved(planes, channels: channels))
  }

  /// Reads a JPEG, PNG, PGM or PPM file, told by content.
  package static func load(_ path: String) throws(DatasetError) -> Photograph {
    let bytes = try DatasetError.naming { () throws(FileError) in
      try InputFile(path).contents(limit: Dataset.maximumBytes)
    }
    return try JPEG.matches(bytes)
      ? JPEG.decode(bytes, path: path) : Photograph(DecodedImage.decode(bytes, path: path))
  }

  /// The same in another number of channels: grey is repeated; of colours the luma is taken, ITU-R BT.601's
  /// 0.299 R + 0.587 G + 0.114 B in 15 bits, as OpenCV's `cvtColor` does.
  ///
  /// - Parameter count: 1 or 3.
  package func inChannels(_ count: Int) -> Photograph {
    if count == channels { return self }
    let pixels =
      if count == 3 {
        self.pixels.flatMap { [$0, $0, $0] }
      } else {
        stride(from: 0, to: self.pixels.count, by: 3).map { place in
          let (r, g, b) = (Int(self.pixels[place]), Int(self.pixels[place + 1]), Int(self.pixels[place + 2]))
          return UInt8((9798 * r + 19_235 * g + 3735 * b + 1 << 14) >> 15)
        }
      }
    return Photograph(width: width, height: height, channels: count, pixels: pixels)
  }

  private static func interleaved(_ planes: [UInt8], channels: Int) -> [UInt8] {
    let plane = planes.count / channels
    return [UInt8](unsafeUninitializedCapacity: planes.count) { pixels, initialized in
      planes.withUnsafeBufferPointer { planes in
        for channel in 0..<channels {
          for i in 0..<plane { pixels[i * channels + channel] = planes[channel * plane + i] }
        }
      }
      initialized = planes.count
    }
  }
}
