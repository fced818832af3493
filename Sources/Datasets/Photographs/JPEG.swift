import CTurboJPEG

/// A reader of JPEG photographs, baseline and progressive, grey or in colours, by libjpeg-turbo.
///
/// The header's size is bounded before anything is allocated, scans are limited, and any complaint of the
/// library is an error: a file that is cut short decodes to a picture that is half grey. What the library does
/// not do, turning as EXIF says, is done here. CMYK is for printing and has no colours without its profile.
enum JPEG {
  static func matches(_ prefix: [UInt8]) -> Bool { prefix.starts(with: [0xFF, 0xD8, 0xFF]) }

  static func decode(_ bytes: [UInt8], path: String) throws(DatasetError) -> Photograph {
    guard let decoder = tjInitDecompress() else {
      throw .unreadable(path: path, reason: "libjpeg-turbo does not start")
    }
    defer { tjDestroy(decoder) }
    let header = try readHeader(bytes, by: decoder, path: path)
    try DecodedImage.checkSize(channels: header.channels, height: header.height, width: header.width, path: path)
    let count = header.width * header.height * header.channels
    let format = header.channels == 1 ? TJPF_GRAY : TJPF_RGB
    let pixels = try [UInt8](unsafeUninitializedCapacity: count) { (target, initialized) throws(DatasetError) in
      let status = tjDecompress2(
        decoder, bytes, UInt(bytes.count), target.baseAddress, Int32(header.width), 0, Int32(header.height),
        Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
      guard status == 0 else { throw .corruptImage(path: path, reason: complaint(of: decoder)) }
      initialized = count
    }
    return Photograph(
      width: header.width, height: header.height, channels: header.channels, pixels: pixels,
      orientation: EXIF.orientation(jpeg: bytes) ?? .upright)
  }

  private struct Header {
    let width: Int
    let height: Int
    let channels: Int
  }

  private static func readHeader(
    _ bytes: [UInt8], by decoder: tjhandle, path: String
  ) throws(DatasetError) -> Header {
    var (width, height, subsampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
    let status = tjDecompressHeader3(
      decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &colours)
    guard status == 0, width > 0, height > 0 else {
      throw .corruptImage(path: path, reason: complaint(of: decoder))
    }
    guard colours != Int32(TJCS_CMYK.rawValue), colours != Int32(TJCS_YCCK.rawValue) else {
      throw .unsupported(place: path, feature: "JPEG in the four colours of print, CMYK, (convert it to RGB)")
    }
    return Header(
      width: Int(width), height: Int(height), channels: colours == Int32(TJCS_GRAY.rawValue) ? 1 : 3)
  }

  /// What the library says was wrong with its last call.
  private static func complaint(of decoder: tjhandle) -> String {
    tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "libjpeg-turbo does not say why"
  }
}
