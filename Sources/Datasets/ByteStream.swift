import Files

/// The bytes of a file or zip entry in order, decompressed on the way where they are compressed.
///
/// Every format reader works on one of these, so plain and gzip files share all code. Nobody knows
/// how long compressed data is before the end of it. Two bounds keep a hostile file from
/// causing an absurd allocation: ``reserve(_:)`` compares what a header promises with the most
/// that the rest of the file can decompress to (1032 bytes a byte, deflate's best case), and a
/// stream gives `Dataset.maximumBytes` at most.
final class ByteStream {
  enum Coding { case plain, gzip, deflate }

  /// What a zip directory says about an entry; checked by ``finish()``.
  struct Seal {
    let size: Int
    let crc: UInt32
  }

  /// Names the stream in errors: a path, or `path:entry`.
  let place: String
  /// Up to 16 bytes from the start: what formats are told apart by.
  private(set) var prefix: [UInt8] = []

  private let file: InputFile
  private let coding: Coding
  private let seal: Seal?
  /// Where the next raw byte stands, and where they end.
  private var offset: Int
  private let end: Int
  /// Raw bytes read from the file and not yet decompressed: `chunk[taken...]`.
  private var chunk: [UInt8] = []
  private var taken = 0
  private let inflater: Inflater?
  /// No more bytes will come out of the decompressor.
  private var isExhausted = false
  /// The current gzip member is not the first and has given nothing yet.
  private var isBetweenMembers = false
  /// Bytes given out by `read`, and bytes decompressed, which include the prefix from the start.
  private var delivered = 0
  private var decoded = 0
  private var crc: UInt32 = 0

  /// - Parameter range: the raw bytes within `file`.
  init(
    _ file: InputFile, range: Range<Int>, coding: Coding, place: String, seal: Seal? = nil
  ) throws(DatasetError) {
    self.file = file
    self.coding = coding
    self.place = place
    self.seal = seal
    (offset, end) = (range.lowerBound, range.upperBound)
    switch coding {
    case .plain: inflater = nil
    case .gzip: inflater = Inflater(.gzip)
    case .deflate: inflater = Inflater(.raw)
    }
    prefix = try [UInt8](unsafeUninitializedCapacity: 16) {
      (buffer, initialized) throws(DatasetError) in
      initialized = try decode(into: .init(rebasing: buffer[..<16]))
    }
  }

  /// A whole file, decompressed if it starts with gzip's magic number.
  convenience init(_ file: InputFile) throws(DatasetError) {
    let isGzip = try DatasetError.naming { () throws(FileError) in try file.prefix(2) } == [0x1F, 0x8B]
    try self.init(
      file, range: 0..<file.size, coding: isGzip ? .gzip : .plain, place: file.path)
  }

  convenience init(path: String) throws(DatasetError) {
    try self.init(try DatasetError.naming { () throws(FileError) in try InputFile(path) })
  }

  /// Whether the number of bytes to come is unknown.
  var isCompressed: Bool { coding != .plain }

  /// The most bytes that can still come; exact where nothing is compressed.
  var possibleBytes: Int {
    let raw = end - offset + chunk.count - taken
    let buffered = decoded - delivered
    // zlib may hold back the rest of one match and a few bits: 8 KiB is more than either.
    return buffered + (coding == .plain ? raw : raw * Inflater.largestRatio + 8192)
  }

  /// Checks that `count` more bytes, which some header promises, can come at all.
  ///
  /// - Throws: ``DatasetError/tooLarge(place:bytes:limit:)`` or
  ///   ``DatasetError/promiseExceedsFile(place:promisedBytes:possibleBytes:)``.
  func reserve(_ count: Int) throws(DatasetError) {
    guard count <= Dataset.maximumBytes else {
      throw .tooLarge(place: place, bytes: count, limit: Dataset.maximumBytes)
    }
    guard count <= possibleBytes else {
      throw .promiseExceedsFile(
        place: place, promisedBytes: count, possibleBytes: possibleBytes)
    }
  }

  /// Fills `buffer` as far as the stream goes; returns the number of bytes.
  func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) -> Int {
    var done = 0
    while done < buffer.count && delivered + done < prefix.count {
      buffer[done] = prefix[delivered + done]
      done += 1
    }
    done += try decode(into: .init(rebasing: buffer[done...]))
    delivered += done
    guard delivered <= Dataset.maximumBytes else {
      throw .tooLarge(place: place, bytes: delivered, limit: Dataset.maximumBytes)
    }
    return done
  }

  /// Fills `buffer`.
  ///
  /// - Throws: ``DatasetError/endsEarly(place:missingBytes:)``.
  func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) {
    let count = try read(into: buffer)
    guard count == buffer.count else {
      throw .endsEarly(place: place, missingBytes: buffer.count - count)
    }
  }

  /// The next `count` bytes; see ``reserve(_:)`` for what is checked first.
  func bytes(_ count: Int) throws(DatasetError) -> [UInt8] {
    try reserve(count)
    return try [UInt8](unsafeUninitializedCapacity: count) {
      (buffer, initialized) throws(DatasetError) in
      try fill(.init(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  /// Checks that nothing follows, and that length and CRC are what the container says.
  func finish() throws(DatasetError) {
    var spare: UInt8 = 0
    let extra = try withUnsafeMutablePointer(to: &spare) { (pointer) throws(DatasetError) in
      try read(into: UnsafeMutableBufferPointer(start: pointer, count: 1))
    }
    guard extra == 0, offset == end, taken == chunk.count else {
      throw .trailingBytes(place: place)
    }
    guard let seal else { return }
    guard delivered == seal.size, crc == seal.crc else { throw .checksumMismatch(place: place) }
  }
}

extension ByteStream {
  /// The next bytes, whether or not they were part of the prefix.
  private func decode(
    into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(DatasetError) -> Int {
    let count =
      if let inflater { try inflate(with: inflater, into: buffer) } else { try copy(into: buffer) }
    if seal != nil { crc = CRC32.sum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]), continuing: crc) }
    decoded += count
    return count
  }

  private func copy(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(DatasetError) -> Int {
    let wanted = min(buffer.count, end - offset)
    let count = try DatasetError.naming { () throws(FileError) in
      try file.read(at: offset, into: .init(rebasing: buffer[..<wanted]))
    }
    guard count == wanted else { throw .endsEarly(place: place, missingBytes: wanted - count) }
    offset += count
    return count
  }

  private func inflate(
    with inflater: Inflater, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(DatasetError) -> Int {
    var done = 0
    while done < buffer.count && !isExhausted {
      if taken == chunk.count && offset < end { try refill() }
      let step = try step(inflater, into: .init(rebasing: buffer[done...]))
      taken += step.consumed
      done += step.produced
      if step.isAtEnd {
        endMember(of: inflater)
      } else if step.produced > 0 {
        isBetweenMembers = false
      } else if step.consumed == 0 {
        // zlib may hold back output when the last input is taken, but now it has no more.
        if isBetweenMembers { throw .trailingBytes(place: place) }
        throw .endsEarly(place: place, missingBytes: buffer.count - done)
      }
    }
    return done
  }

  /// A gzip file may be several members in a row; everything else ends where its stream does.
  private func endMember(of inflater: Inflater) {
    isExhausted = coding != .gzip || (taken == chunk.count && offset == end)
    isBetweenMembers = !isExhausted
    if isBetweenMembers { inflater.restart() }
  }

  /// One call of zlib; what is no gzip member after a member is said to be trailing bytes.
  private func step(
    _ inflater: Inflater, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(DatasetError) -> Inflater.Step {
    do {
      return try chunk.withUnsafeBufferPointer { (bytes) throws(DatasetError) in
        try inflater.inflate(.init(rebasing: bytes[taken...]), into: buffer, place: place)
      }
    } catch {
      throw isBetweenMembers ? .trailingBytes(place: place) : error
    }
  }

  /// Reads the next 64 KiB of compressed bytes.
  private func refill() throws(DatasetError) {
    chunk = try DatasetError.naming { () throws(FileError) in
      try file.bytes(at: offset, count: min(1 << 16, end - offset))
    }
    offset += chunk.count
    taken = 0
  }
}
