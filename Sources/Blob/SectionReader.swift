import Files

/// Where the sections of a blob are, once header, table and checksums are found right.
/// Formats/Blob.md, "Header", "Section table" and "What a reader must reject".
struct BlobSections {
  let arenaBytes: Int
  let table: Range<Int>
  let plan: Range<Int>
  let parameters: Range<Int>
  let banks: [Range<Int>]
  let ancillary: [(kind: UInt8, range: Range<Int>)]

  init(_ bytes: [UInt8]) throws(BlobError) {
    let count = try Self.checkHeader(bytes)
    table = BlobFormat.headerBytes..<BlobFormat.headerBytes + count * BlobFormat.sectionEntryBytes
    let entries = try Self.entries(bytes, table)
    arenaBytes = try Self.checkFields(bytes, entries, sectionsStart: table.upperBound)
    var start = table.upperBound
    var ranges: [Range<Int>] = []
    for (index, entry) in entries.enumerated() {
      let range = start..<start + entry.bytes
      guard CRC32.sum(bytes[range]) == entry.checksum else { throw .checksum(.section(index)) }
      ranges.append(range)
      start = range.upperBound
    }
    (plan, parameters) = (ranges[0], ranges[1])
    let bankCount = entries.count { $0.kind == Int(BlobFormat.bankKind) }
    banks = Array(ranges[2..<2 + bankCount])
    ancillary = zip(entries, ranges).dropFirst(2 + bankCount).map {
      (kind: UInt8(truncatingIfNeeded: $0.kind), range: $1)
    }
  }

  private struct Entry {
    let kind, index, reserved, bytes: Int
    let checksum: UInt32
  }

  /// Magic, version and lengths, then the header's checksum; returns the number of sections.
  private static func checkHeader(_ bytes: [UInt8]) throws(BlobError) -> Int {
    guard bytes.count >= BlobFormat.headerBytes else {
      throw .truncated(bytes: bytes.count, needed: BlobFormat.headerBytes)
    }
    guard Array(bytes[0..<4]) == BlobFormat.magic else { throw .magic }
    let version = Int(bytes[4]) | Int(bytes[5]) << 8
    guard version == BlobFormat.version else { throw .version(version) }
    let count = Int(bytes[6])
    let table = BlobFormat.headerBytes + count * BlobFormat.sectionEntryBytes
    let needed = max(table, little(bytes, 8))
    guard bytes.count >= needed else { throw .truncated(bytes: bytes.count, needed: needed) }
    let sealed = bytes[0..<16] + bytes[BlobFormat.headerBytes..<table]
    guard CRC32.sum(sealed) == UInt32(little(bytes, 16)) else { throw .checksum(.header) }
    return count
  }

  private static func entries(
    _ bytes: [UInt8], _ table: Range<Int>
  ) throws(BlobError) -> [Entry] {
    var reader = ByteReader(bytes, table)
    var entries: [Entry] = []
    while reader.remaining > 0 {
      entries.append(
        try at(.header) { () throws(BlobFault) in
          Entry(
            kind: try reader.u8(), index: try reader.u8(), reserved: try reader.u16(),
            bytes: try reader.u32(), checksum: UInt32(try reader.u32()))
        })
    }
    return entries
  }

  /// What the checksum does not say: returns the arena's bytes.
  private static func checkFields(
    _ bytes: [UInt8], _ entries: [Entry], sectionsStart: Int
  ) throws(BlobError) -> Int {
    try at(.header) { () throws(BlobFault) in
      let said = little(bytes, 8)
      guard said == bytes.count else { throw .fileBytes(said: said, actual: bytes.count) }
      guard bytes[7] == 0 else { throw .reserved }
      try Rule.count("the number of sections", entries.count, BlobFormat.sectionCount)
      try Rule.arena(bytes: little(bytes, 12))
      let sum = entries.reduce(0) { $0 + $1.bytes }
      guard sum == bytes.count - sectionsStart else {
        throw .sectionBytes(said: sum, actual: bytes.count - sectionsStart)
      }
    }
    var banks = 0
    for (index, entry) in entries.enumerated() {
      try at(.section(index)) { () throws(BlobFault) in
        guard entry.reserved == 0 else { throw .reserved }
        try checkKind(entry, at: index, banks: &banks)
      }
    }
    return little(bytes, 12)
  }

  /// Plan, parameters, at least one bank, ancillary sections, in this order.
  private static func checkKind(
    _ entry: Entry, at index: Int, banks: inout Int
  ) throws(BlobFault) {
    let isBank = entry.kind == Int(BlobFormat.bankKind)
    let allowed =
      switch index {
      case 0: entry.kind == Int(BlobFormat.planKind)
      case 1: entry.kind == Int(BlobFormat.parametersKind)
      case 2: isBank
      default: isBank && banks == index - 2 || BlobFormat.ancillaryKinds.contains(entry.kind)
      }
    guard allowed && entry.index == (isBank ? banks : 0) else {
      throw .sectionKind(kind: entry.kind, index: entry.index)
    }
    if isBank {
      banks += 1
      try Rule.count("the number of bytes", entry.bytes, BlobFormat.bankBytes)
    }
  }

  private static func little(_ bytes: [UInt8], _ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
}
