/// Portable grey and pixel maps of Netpbm: P2 and P5 (grey, text and binary), P3 and P6 (RGB), one
/// image a file, of 8 or 16 bits.
///
/// Values of 0...maxval stand for 0...255, with all their precision. Comments run from `#` to the end of the line.
enum PNM {
  /// Whether a file starts as one of the four formats does.
  static func matches(_ prefix: [UInt8]) -> Bool {
    prefix.count >= 3 && prefix[0] == UInt8(ascii: "P") && "2356".utf8.contains(prefix[1])
      && (isSpace(prefix[2]) || prefix[2] == UInt8(ascii: "#"))
  }

  static func decode(_ bytes: [UInt8], path: String) throws(DatasetError) -> DecodedImage {
    guard matches(bytes) else { throw .unknownFormat(place: path) }
    var reader = Reader(bytes: bytes, path: path, position: 2)
    let isColour = bytes[1] == UInt8(ascii: "3") || bytes[1] == UInt8(ascii: "6")
    let width = try reader.integer(1...Int(Int32.max), "width")
    let height = try reader.integer(1...Int(Int32.max), "height")
    let maximum = try reader.integer(1...65_535, "maximum value")
    let channels = isColour ? 3 : 1
    let kept = channels * (255 % maximum == 0 ? 1 : 4)
    try DecodedImage.checkSize(channels: kept, height: height, width: width, path: path)
    let count = width * height * channels
    let isText = bytes[1] <= UInt8(ascii: "3")
    // A value in text takes a space and a digit at least.
    let width16 = isText || maximum <= 255 ? 1 : 2
    let possible = isText ? (bytes.count - reader.position) / 2 : reader.rasterBytes
    guard count * width16 <= possible else {
      throw .promiseExceedsFile(
        place: path, promisedBytes: count * width16, possibleBytes: possible)
    }
    let raster =
      try isText ? reader.textRaster(count, maximum) : reader.binaryRaster(count, maximum)
    return DecodedImage(
      interleaved: raster, maximum: maximum, channels: channels, height: height, width: width)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D) ~= byte }

  private struct Reader {
    let bytes: [UInt8]
    let path: String
    var position: Int

    /// What is left for a binary raster, after the one space that ends the header.
    var rasterBytes: Int { max(0, bytes.count - position - 1) }

    /// The next decimal number, after spaces and comments.
    mutating func integer(
      _ range: ClosedRange<Int>, _ field: @autoclosure () -> String
    ) throws(DatasetError) -> Int {
      skipSpacesAndComments()
      let start = position
      var value = 0
      while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= bytes[position] {
        value = min(value * 10 + Int(bytes[position] - UInt8(ascii: "0")), Int(UInt32.max))
        position += 1
      }
      let isEnded = position == bytes.count || PNM.isSpace(bytes[position])
      guard position > start, isEnded, range ~= value else {
        throw .badHeader(place: path, field: field())
      }
      return value
    }

    /// A byte a value, or two from 256 levels on, the high one first.
    mutating func binaryRaster(_ count: Int, _ maximum: Int) throws(DatasetError) -> [UInt16] {
      // `integer` stopped at the one space before the raster, or at the end of the file.
      let start = position + 1
      let width = maximum <= 255 ? 1 : 2
      guard bytes.count - start == count * width else { throw .trailingBytes(place: path) }
      let raster = (0..<count).map { index in
        width == 1
          ? UInt16(bytes[start + index])
          : UInt16(bytes[start + 2 * index]) << 8 | UInt16(bytes[start + 2 * index + 1])
      }
      if let bad = raster.firstIndex(where: { $0 > maximum }) {
        throw .corruptImage(path: path, reason: "value over the maximum at byte \(start + width * bad)")
      }
      return raster
    }

    mutating func textRaster(_ count: Int, _ maximum: Int) throws(DatasetError) -> [UInt16] {
      var values: [UInt16] = []
      values.reserveCapacity(count)
      for index in 0..<count {
        values.append(UInt16(try integer(0...maximum, "pixel value \(index)")))
      }
      skipSpacesAndComments()
      guard position == bytes.count else { throw .trailingBytes(place: path) }
      return values
    }

    private mutating func skipSpacesAndComments() {
      while position < bytes.count {
        if bytes[position] == UInt8(ascii: "#") {
          while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        } else if PNM.isSpace(bytes[position]) {
          position += 1
        } else {
          return
        }
      }
    }
  }
}
