import Files

/// A zip file as NumPy writes it (`.npz`): entries stored or deflated, found by the directory at
/// the end of the file, each sealed by its length and CRC-32.
///
/// Local headers are only asked where the data starts, because NumPy leaves their sizes to a zip64
/// field; the central directory has the true ones. Encryption, zip64 sizes and files in several
/// parts are not read. Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
struct ZipArchive {
  struct Entry {
    let name: String
    fileprivate let flags: Int
    fileprivate let method: Int
    fileprivate let crc: UInt32
    fileprivate let storedBytes: Int
    fileprivate let size: Int
    fileprivate let headerOffset: Int
  }

  let entries: [Entry]
  var path: String { file.path }
  private let file: InputFile
  private let directoryOffset: Int

  /// Whether a file starts as zip files do; "PK 5 6" is one without entries.
  static func matches(_ prefix: [UInt8]) -> Bool {
    prefix.starts(with: [0x50, 0x4B, 3, 4]) || prefix.starts(with: [0x50, 0x4B, 5, 6])
  }

  init(_ file: InputFile) throws(DatasetError) {
    self.file = file
    let end = try Self.findEnd(file)
    directoryOffset = end.directoryOffset
    let directory = try Self.bytes(file, at: end.directoryOffset, count: end.directoryBytes)
    entries = try Self.entries(in: directory, count: end.entryCount, place: file.path)
  }

  /// The content of an entry, decompressed and checked on the way.
  func stream(of entry: Entry) throws(DatasetError) -> ByteStream {
    let place = "\(path):\(entry.name)"
    guard entry.flags & 1 == 0 else { throw .unsupported(place: place, feature: "encryption") }
    let header = ZipFields(
      try Self.bytes(file, at: entry.headerOffset, count: 30), place: place)
    try header.expectSignature(0x0403_4B50, at: 0)
    let start = entry.headerOffset + 30 + header.u16(26) + header.u16(28)
    guard start + entry.storedBytes <= directoryOffset else {
      throw .badHeader(place: place, field: "entry size")
    }
    let coding: ByteStream.Coding
    switch entry.method {
    case 0: coding = .plain
    case 8: coding = .deflate
    default: throw .unsupported(place: place, feature: "zip method \(entry.method)")
    }
    return try ByteStream(
      file, range: start..<(start + entry.storedBytes), coding: coding, place: place,
      seal: .init(size: entry.size, crc: entry.crc))
  }

  private static func bytes(_ file: InputFile, at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
    try DatasetError.naming { () throws(FileError) in try file.bytes(at: offset, count: count) }
  }

  /// The end record: 22 bytes and a comment of up to 65,535.
  private static func findEnd(
    _ file: InputFile
  ) throws(DatasetError) -> (directoryOffset: Int, directoryBytes: Int, entryCount: Int) {
    let tail = min(file.size, 22 + 65_535)
    let tailOffset = file.size - tail
    let fields = ZipFields(try bytes(file, at: tailOffset, count: tail), place: file.path)
    var position = tail - 22
    while position >= 0 {
      if fields.u32(position) == 0x0605_4B50 && fields.u16(position + 20) == tail - 22 - position {
        break
      }
      position -= 1
    }
    guard position >= 0 else { throw .badHeader(place: file.path, field: "zip end record") }
    let (count, bytes, offset) =
      (fields.u16(position + 10), fields.u32(position + 12), fields.u32(position + 16))
    guard count != 0xFFFF && bytes != 0xFFFF_FFFF && offset != 0xFFFF_FFFF else {
      throw .unsupported(place: file.path, feature: "zip64")
    }
    guard fields.u32(position + 4) == 0, fields.u16(position + 8) == count else {
      throw .unsupported(place: file.path, feature: "zip in several parts")
    }
    guard offset + bytes == tailOffset + position else {
      throw .badHeader(place: file.path, field: "zip directory size")
    }
    return (offset, bytes, count)
  }

  private static func entries(
    in directory: [UInt8], count: Int, place: String
  ) throws(DatasetError) -> [Entry] {
    let fields = ZipFields(directory, place: place)
    var entries: [Entry] = []
    var position = 0
    for _ in 0..<count {
      guard position + 46 <= directory.count else {
        throw .badHeader(place: place, field: "zip directory")
      }
      try fields.expectSignature(0x0201_4B50, at: position)
      let nameEnd = position + 46 + fields.u16(position + 28)
      let next = nameEnd + fields.u16(position + 30) + fields.u16(position + 32)
      guard next <= directory.count else {
        throw .badHeader(place: place, field: "zip directory")
      }
      let name = String(decoding: directory[(position + 46)..<nameEnd], as: UTF8.self)
      entries.append(try entry(fields, at: position, name: name))
      position = next
    }
    guard position == directory.count, Set(entries.map(\.name)).count == count else {
      throw .badHeader(place: place, field: "zip directory")
    }
    return entries
  }

  private static func entry(
    _ fields: ZipFields, at position: Int, name: String
  ) throws(DatasetError) -> Entry {
    let (stored, size) = (fields.u32(position + 20), fields.u32(position + 24))
    let offset = fields.u32(position + 42)
    guard stored != 0xFFFF_FFFF && size != 0xFFFF_FFFF && offset != 0xFFFF_FFFF else {
      throw .unsupported(place: "\(fields.place):\(name)", feature: "zip64")
    }
    return Entry(
      name: name, flags: fields.u16(position + 8), method: fields.u16(position + 10),
      crc: UInt32(fields.u32(position + 16)), storedBytes: stored, size: size,
      headerOffset: offset)
  }
}

/// Little-endian fields of a zip record whose length has been checked.
private struct ZipFields {
  let bytes: [UInt8]
  let place: String

  init(_ bytes: [UInt8], place: String) {
    self.bytes = bytes
    self.place = place
  }

  func u16(_ offset: Int) -> Int { Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 }
  func u32(_ offset: Int) -> Int { u16(offset) | u16(offset + 2) << 16 }

  func expectSignature(_ signature: Int, at offset: Int) throws(DatasetError) {
    guard u32(offset) == signature else { throw .badHeader(place: place, field: "zip signature") }
  }
}
