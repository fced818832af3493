import Files

/// A reader of PNG images: all colour types and bit depths, not interlaced.
///
/// Chunks are checked by CRC-32, their image data joined and inflated to exactly the size that the
/// header gives, each row's filter undone, and samples kept with all their bits. Transparency is dropped,
/// and an image that EXIF says is to be turned is turned.
/// Bytes after the last chunk are ignored, as by all readers. Source: W3C, Portable Network
/// Graphics (Third Edition).
enum PNG {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func matches(_ prefix: [UInt8]) -> Bool { prefix.starts(with: signature) }

  static func decode(_ bytes: [UInt8], path: String) throws(DatasetError) -> DecodedImage {
    guard matches(bytes) else { throw .unknownFormat(place: path) }
    let chunks = try readChunks(bytes, path: path)
    let header = chunks.header
    // Samples of 16 bits become float32.
    let kept = header.channels * (header.depth == 16 ? 4 : 1)
    try DecodedImage.checkSize(
      channels: max(kept, header.samples * header.depth / 8), height: header.height,
      width: header.width, path: path)
    let size = (header.rowBytes + 1) * header.height
    var rows = try Inflater.inflate(chunks.imageData, .zlib, count: size, place: path)
    try PNGRows.undoFilters(&rows, header: header, path: path)
    let pixels = try PNGRows.pixels(of: rows, header: header, palette: chunks.palette, path: path)
    let (turn, channels) = (chunks.orientation, header.channels)
    return DecodedImage(
      interleaved: turn.turn(pixels, width: header.width, height: header.height, channels: channels),
      maximum: header.maximum, channels: channels,
      height: turn.swapsAxes ? header.width : header.height,
      width: turn.swapsAxes ? header.height : header.width)
  }

  private struct Chunks {
    var header: Header
    var palette: [UInt8] = []
    var imageData: [UInt8] = []
    var orientation = Orientation.upright
  }

  /// Header, palette and joined image data, in the order that the format asks for.
  private static func readChunks(_ bytes: [UInt8], path: String) throws(DatasetError) -> Chunks {
    var position = signature.count
    let first = try nextChunk(bytes, &position, path)
    guard first.type == "IHDR" else { throw .badHeader(place: path, field: "first chunk") }
    var chunks = Chunks(header: try Header(first.content, path: path))
    var isPastImageData = false
    while true {
      let chunk = try nextChunk(bytes, &position, path)
      switch chunk.type {
      case "IDAT":
        guard !isPastImageData else {
          throw .corruptImage(path: path, reason: "its image data is not in one run")
        }
        chunks.imageData += chunk.content
        continue
      case "PLTE":
        let count = chunk.content.count
        guard chunks.palette.isEmpty, chunks.imageData.isEmpty, count > 0, count <= 768,
          count % 3 == 0
        else { throw .badHeader(place: path, field: "palette") }
        chunks.palette = Array(chunk.content)
      case "IEND": return chunks
      case "eXIf": chunks.orientation = EXIF.orientation(tiff: chunk.content) ?? .upright
      default:
        // A capital first letter marks chunks without which the image cannot be shown.
        guard chunk.type.first?.isLowercase == true else {
          throw .unsupported(place: path, feature: "PNG chunk `\(chunk.type)`")
        }
      }
      isPastImageData = !chunks.imageData.isEmpty
    }
  }

  /// Length, type, content, CRC-32 of type and content.
  private static func nextChunk(
    _ bytes: [UInt8], _ position: inout Int, _ path: String
  ) throws(DatasetError) -> (type: String, content: ArraySlice<UInt8>) {
    guard position + 12 <= bytes.count else {
      throw .endsEarly(place: path, missingBytes: position + 12 - bytes.count)
    }
    let length = bigEndian(bytes, position)
    let next = position + 12 + length
    guard next <= bytes.count else {
      throw .endsEarly(place: path, missingBytes: next - bytes.count)
    }
    let body = bytes[(position + 4)..<(next - 4)]
    let type = String(decoding: body.prefix(4), as: UTF8.self)
    let crc = CRC32.sum(body)
    guard Int(crc) == bigEndian(bytes, next - 4) else {
      throw .corruptImage(path: path, reason: "the CRC of chunk `\(type)` at byte \(position)")
    }
    position = next
    return (type, body.dropFirst(4))
  }

  private static func bigEndian(_ bytes: [UInt8], _ offset: Int) -> Int {
    bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
  }
}

extension PNG {
  enum Colour: UInt8 {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyAlpha = 4
    case rgbAlpha = 6
  }

  /// The IHDR chunk.
  struct Header {
    let width: Int
    let height: Int
    /// Bits a sample: 1, 2, 4, 8 or 16.
    let depth: Int
    let colour: Colour

    init(_ content: ArraySlice<UInt8>, path: String) throws(DatasetError) {
      let fields = Array(content)
      guard fields.count == 13 else { throw .badHeader(place: path, field: "IHDR length") }
      (width, height) = (PNG.bigEndian(fields, 0), PNG.bigEndian(fields, 4))
      guard 1...Int(Int32.max) ~= width, 1...Int(Int32.max) ~= height else {
        throw .badHeader(place: path, field: "width or height")
      }
      guard let colour = Colour(rawValue: fields[9]), Self.depths(colour).contains(fields[8])
      else { throw .badHeader(place: path, field: "colour type or bit depth") }
      self.colour = colour
      depth = Int(fields[8])
      guard fields[10] == 0 && fields[11] == 0 else {
        throw .badHeader(place: path, field: "compression or filter method")
      }
      guard fields[12] == 0 else {
        throw fields[12] == 1
          ? .unsupported(place: path, feature: "interlaced (Adam7) PNG")
          : .badHeader(place: path, field: "interlace method")
      }
    }

    private static func depths(_ colour: Colour) -> [UInt8] {
      switch colour {
      case .grey: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .greyAlpha, .rgbAlpha: [8, 16]
      }
    }

    /// Samples a pixel in the file.
    var samples: Int {
      switch colour {
      case .grey, .palette: 1
      case .greyAlpha: 2
      case .rgb: 3
      case .rgbAlpha: 4
      }
    }

    /// What stands for full brightness; a palette's colours are bytes.
    var maximum: Int { colour == .palette ? 255 : 1 << depth - 1 }

    /// Channels of the decoded image: 1 or 3.
    var channels: Int { colour == .grey || colour == .greyAlpha ? 1 : 3 }

    /// Bytes of one row without its filter byte.
    var rowBytes: Int { (width * samples * depth + 7) / 8 }

    /// The distance filters look back by: a pixel, but at least a byte.
    var pixelBytes: Int { max(1, samples * depth / 8) }
  }
}
