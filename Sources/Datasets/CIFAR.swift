/// The binary form of CIFAR-10: records of one label byte (0 to 9) and 3,072 pixel bytes, 32 x 32
/// with the red plane first, then green and blue.
///
/// The format has no header. A file is taken for it when it is nothing else, is whole records
/// long, and its first label is a class.
enum CIFAR {
  private static let pixels = 3072
  private static let recordBytes = 1 + pixels
  private static let classes = 10

  /// Whether a file may start with a record. Where the length is known, it must be whole records.
  static func matches(_ stream: ByteStream) -> Bool {
    guard let label = stream.prefix.first, label < classes else { return false }
    return stream.isCompressed || stream.possibleBytes % recordBytes == 0
  }

  /// All images and labels of a stream that ``matches(_:)``.
  static func read(_ stream: ByteStream) throws(DatasetError) -> SampleArray {
    var values: [UInt8] = []
    var labels: [Int] = []
    if !stream.isCompressed {
      try stream.reserve(stream.possibleBytes)
      values.reserveCapacity(stream.possibleBytes / recordBytes * pixels)
    }
    try forEachRecord(of: stream) { (label, pixels) throws(DatasetError) in
      labels.append(label)
      values.append(contentsOf: pixels)
    }
    return SampleArray(
      count: labels.count, shape: [3, 32, 32], storage: .bytes(values), isImage: true,
      defaultScale: SampleArray.pixelScale, labels: labels)
  }

  /// The labels alone.
  static func readLabels(_ stream: ByteStream, samples: Int) throws(DatasetError) -> [Int] {
    var labels: [Int] = []
    var count = 0
    try forEachRecord(of: stream) { (label, _) throws(DatasetError) in
      count += 1
      if count <= samples { labels.append(label) }
    }
    guard count == samples else {
      throw .labelCount(place: stream.place, labels: count, samples: samples)
    }
    return labels
  }

  private static func forEachRecord(
    of stream: ByteStream,
    _ body: (Int, UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    var record = [UInt8](repeating: 0, count: recordBytes)
    var index = 0
    var isAtEnd = false
    while !isAtEnd {
      try record.withUnsafeMutableBufferPointer { (bytes) throws(DatasetError) in
        let count = try stream.read(into: bytes)
        isAtEnd = count == 0
        if isAtEnd { return }
        guard count == recordBytes else { throw .unknownFormat(place: stream.place) }
        guard bytes[0] < classes else { throw .badLabel(place: stream.place, index: index) }
        try body(Int(bytes[0]), .init(rebasing: bytes[1...]))
      }
      index += 1
    }
    try stream.finish()
  }
}
