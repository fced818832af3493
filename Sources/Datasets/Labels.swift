/// Class numbers from a file: IDX or NPY integers, an array of an NPZ file, the labels within
/// CIFAR-10 records, or text of one integer a line. gzip is read as it is.
enum Labels {
  /// A class number is 0 to this; models have far fewer classes.
  static let largest = 1_048_575

  /// The labels in a file, which must be `samples` many.
  static func load(_ path: String, samples: Int) throws(DatasetError) -> [Int] {
    switch try DataFile.open(path) {
    case .archive(let archive, let name):
      let entry = try archive.labelArray(named: name)
      return try NPY.readLabels(archive.stream(of: entry), samples: samples)
    case .stream(let stream):
      if NPY.matches(stream.prefix) { return try NPY.readLabels(stream, samples: samples) }
      if IDX.matches(stream.prefix) { return try IDX.readLabels(stream, samples: samples) }
      if CIFAR.matches(stream) { return try CIFAR.readLabels(stream, samples: samples) }
      return try readText(stream, samples: samples)
    case .folder:
      throw .unreadable(path: path, reason: "labels are a file, not a folder")
    }
  }

  /// Labels that follow the header of a binary format.
  static func read(
    _ stream: ByteStream, type: ElementType, bigEndian: Bool, shape: [Int], samples: Int
  ) throws(DatasetError) -> [Int] {
    let isColumn = shape.count == 1 || (shape.count == 2 && shape[1] == 1)
    guard isColumn && type.isInteger else {
      throw .labelsNotIntegers(place: stream.place, type: type.rawValue, shape: shape)
    }
    guard shape[0] == samples else {
      throw .labelCount(place: stream.place, labels: shape[0], samples: samples)
    }
    // Exact: every integer that float32 rounds lies beyond `largest`.
    let values = try stream.floats(samples, of: type, bigEndian: bigEndian)
    try stream.finish()
    if let bad = values.firstIndex(where: { $0 < 0 || $0 > Float(largest) }) {
      throw .badLabel(place: stream.place, index: bad)
    }
    return values.map { Int($0) }
  }
}

// MARK: - Text

extension Labels {
  /// One integer a line, in decimal digits; spaces around it and empty lines at the end are
  /// allowed.
  private static func readText(
    _ stream: ByteStream, samples: Int
  ) throws(DatasetError) -> [Int] {
    var parser = TextParser(place: stream.place, samples: samples)
    var block = [UInt8](repeating: 0, count: 1 << 16)
    var count = block.count
    while count == block.count {
      count = try block.withUnsafeMutableBufferPointer { (bytes) throws(DatasetError) in
        try stream.read(into: bytes)
      }
      for byte in block[..<count] { try parser.take(byte) }
    }
    try stream.finish()
    return try parser.finish()
  }

  /// Takes text byte by byte, so that memory is bounded by the labels wanted.
  private struct TextParser {
    let place: String
    let samples: Int
    private var labels: [Int] = []
    private var count = 0
    private var value: Int?
    /// Spaces have ended the number of this line.
    private var isClosed = false
    /// An empty line was seen: no label may follow.
    private var isOver = false

    init(place: String, samples: Int) {
      self.place = place
      self.samples = samples
    }

    mutating func take(_ byte: UInt8) throws(DatasetError) {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digit = Int(byte - UInt8(ascii: "0"))
        let next = (value ?? 0) * 10 + digit
        guard !isClosed && !isOver && next <= Labels.largest else { throw bad() }
        value = next
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        isClosed = value != nil
      case UInt8(ascii: "\n"): endLine()
      default: throw bad()
      }
    }

    mutating func finish() throws(DatasetError) -> [Int] {
      endLine()
      guard count == samples else {
        throw .labelCount(place: place, labels: count, samples: samples)
      }
      return labels
    }

    private mutating func endLine() {
      if let value {
        count += 1
        if count <= samples { labels.append(value) }
      } else {
        isOver = true
      }
      value = nil
      isClosed = false
    }

    private func bad() -> DatasetError { .badLabel(place: place, index: count) }
  }
}
