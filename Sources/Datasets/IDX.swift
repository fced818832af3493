/// IDX, the format of MNIST: `0 0 type rank`, `rank` sizes of 32 bits, then the values; everything
/// big-endian.
///
/// The first axis counts samples. Three axes are grey images, [count, height, width], which become
/// [1, height, width] each; four are [count, channels, height, width]. One and two axes are scalars
/// and vectors. Unsigned bytes are taken for pixels (scale 1/255), other types for plain numbers.
enum IDX {
  /// Whether a file starts as IDX files of one to four axes do.
  static func matches(_ prefix: [UInt8]) -> Bool {
    prefix.count >= 4 && prefix[0] == 0 && prefix[1] == 0 && type(prefix[2]) != nil
      && (1...4).contains(prefix[3])
  }

  /// All samples of an IDX stream that ``matches(_:)``.
  static func read(_ stream: ByteStream) throws(DatasetError) -> SampleArray {
    let header = try readHeader(stream)
    let elements = try SampleArray.sampleElementCount(header.shape, place: stream.place)
    let storage = try stream.storage(elements, of: header.type, bigEndian: true)
    try stream.finish()
    var sample = Array(header.shape.dropFirst())
    if sample.count == 2 { sample.insert(1, at: 0) }
    return SampleArray(
      count: header.shape[0], shape: sample, storage: storage, isImage: true,
      defaultScale: header.type == .uint8 ? SampleArray.pixelScale : 1)
  }

  /// Class numbers: an IDX stream of integers along one axis.
  static func readLabels(_ stream: ByteStream, samples: Int) throws(DatasetError) -> [Int] {
    let (type, shape) = try readHeader(stream)
    return try Labels.read(
      stream, type: type, bigEndian: true, shape: shape, samples: samples)
  }

  private static func readHeader(
    _ stream: ByteStream
  ) throws(DatasetError) -> (type: ElementType, shape: [Int]) {
    let magic = try stream.bytes(4)
    guard matches(magic), let type = type(magic[2]) else {
      throw .unknownFormat(place: stream.place)
    }
    let sizes = try stream.bytes(4 * Int(magic[3]))
    let shape = (0..<Int(magic[3])).map { axis in
      sizes[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    return (type, shape)
  }

  private static func type(_ code: UInt8) -> ElementType? {
    switch code {
    case 0x08: .uint8
    case 0x09: .int8
    case 0x0B: .int16
    case 0x0C: .int32
    case 0x0D: .float32
    case 0x0E: .float64
    default: nil
    }
  }
}
