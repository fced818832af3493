/// How a picture is to be turned before it is shown, as cameras write it: a tag of the TIFF directory that EXIF
/// is. JPEG keeps it in an APP1 segment, PNG in a chunk.
///
/// Every offset is checked against the block; what cannot be read says nothing, as in all viewers.
/// Source: CIPA DC-008, Exif 2.32, section 4.6.4 (tag 0x0112).
enum EXIF {
  /// The orientation in a TIFF directory, entries of 12 bytes of which tag 0x0112 is a 16-bit number.
  static func orientation(tiff content: ArraySlice<UInt8>) -> Orientation? {
    let isLittle = content.starts(with: "II*\0".utf8)
    guard isLittle || content.starts(with: "MM\0*".utf8) else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset + count <= content.count else { return nil }
      let part = content.dropFirst(offset).prefix(count)
      return isLittle ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let entries = number(directory, 2) else { return nil }
    for entry in 0..<entries {
      let place = directory + 2 + 12 * entry
      guard let tag = number(place, 2) else { return nil }
      if tag == 0x0112, number(place + 2, 2) == 3 { return number(place + 8, 2).flatMap(Orientation.init) }
    }
    return nil
  }

  /// The orientation in a JPEG: of the first APP1 segment that is EXIF, before the picture's data.
  static func orientation(jpeg bytes: [UInt8]) -> Orientation? {
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      // A marker may be led by any number of 0xFF.
      if marker == 0xFF {
        position += 1
        continue
      }
      let (startOfScan, endOfImage): (UInt8, UInt8) = (0xDA, 0xD9)
      if marker == startOfScan || marker == endOfImage { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      let content = bytes[(position + 4)..<end]
      if marker == 0xE1, content.starts(with: "Exif\0\0".utf8) { return orientation(tiff: content.dropFirst(6)) }
      position = end
    }
    return nil
  }
}

/// Where the first row and column of a stored picture are shown; the raw values are EXIF's.
enum Orientation: Int {
  case upright = 1
  case mirrored, upsideDown, mirroredUpsideDown
  case transposed, turnedRight, transverse, turnedLeft

  /// Whether width and height change places.
  var swapsAxes: Bool { rawValue >= Self.transposed.rawValue }

  /// Rows of pixels as they are to be shown.
  ///
  /// - Parameters:
  ///   - pixels: `width * height * channels` values, channels interleaved.
  func turn<T>(_ pixels: [T], width: Int, height: Int, channels: Int) -> [T] {
    if self == .upright { return pixels }
    // The stored pixel behind (x, y) is first + x * across + y * down, counted in pixels.
    let (right, bottom) = (width - 1, (height - 1) * width)
    let (first, across, down) =
      switch self {
      case .upright: (0, 1, width)
      case .mirrored: (right, -1, width)
      case .upsideDown: (bottom + right, -1, -width)
      case .mirroredUpsideDown: (bottom, 1, -width)
      case .transposed: (0, width, 1)
      case .turnedRight: (bottom, -width, 1)
      case .transverse: (bottom + right, -width, -1)
      case .turnedLeft: (right, width, -1)
      }
    let (columns, rows) = swapsAxes ? (height, width) : (width, height)
    return [T](unsafeUninitializedCapacity: pixels.count) { turned, initialized in
      pixels.withUnsafeBufferPointer { pixels in
        var place = 0
        for y in 0..<rows {
          for x in 0..<columns {
            let source = (first + x * across + y * down) * channels
            for channel in 0..<channels {
              turned.initializeElement(at: place, to: pixels[source + channel])
              place += 1
            }
          }
        }
      }
      initialized = pixels.count
    }
  }
}
