// Puts the checksums of a container right, as a hostile writer would, so that a mutation reaches
// what they protect: chunks and zlib stream of a PNG, entries of a zip file, the end of a gzip
// stream. What is too broken to be sealed is left as it is.

import CZlib

enum Sealing {
  /// The bytes with every checksum that can be found put right.
  static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var sealed = bytes
    if bytes.starts(with: [0x89, 0x50]) { sealPNG(&sealed) }
    if bytes.starts(with: [0x50, 0x4B]) { sealZip(&sealed) }
    if bytes.starts(with: [0x1F, 0x8B]) { sealGzip(&sealed) }
    return sealed
  }

  /// Each chunk's CRC-32, after the Adler-32 of the first IDAT if a whole stream is in it.
  private static func sealPNG(_ bytes: inout [UInt8]) {
    var position = 8
    while position + 12 <= bytes.count {
      let length = Int(bigEndian: bytes, at: position)
      guard length <= bytes.count - position - 12 else { return }
      let (body, end) = (position + 4, position + 8 + length)
      if bytes[body..<(body + 4)].elementsEqual("IDAT".utf8), length > 6,
        let inflated = inflate(bytes[(body + 6)..<end])
      {
        let stop = body + 6 + inflated.consumed
        if stop + 4 <= end { store(adler(inflated.output), &bytes, stop, bigEndian: true) }
      }
      store(crc(bytes[body..<end]), &bytes, end, bigEndian: true)
      position = end + 4
    }
  }

  /// The end record's place and size of the directory, then each entry's size and CRC-32.
  private static func sealZip(_ bytes: inout [UInt8]) {
    guard let end = place(of: [0x50, 0x4B, 5, 6], in: bytes), end + 22 <= bytes.count,
      let directory = place(of: [0x50, 0x4B, 1, 2], in: bytes), directory < end
    else { return }
    store(UInt32(end - directory), &bytes, end + 12, bigEndian: false)
    store(UInt32(directory), &bytes, end + 16, bigEndian: false)
    var position = directory
    while position + 46 <= end {
      sealEntry(&bytes, at: position, directory: directory)
      position +=
        46 + u16(bytes, position + 28) + u16(bytes, position + 30) + u16(bytes, position + 32)
    }
  }

  private static func sealEntry(_ bytes: inout [UInt8], at position: Int, directory: Int) {
    let header = u16(bytes, position + 42) | u16(bytes, position + 44) << 16
    guard header + 30 <= directory else { return }
    let start = header + 30 + u16(bytes, header + 26) + u16(bytes, header + 28)
    let stored = u16(bytes, position + 20) | u16(bytes, position + 22) << 16
    guard start + stored <= directory else { return }
    var content = Array(bytes[start..<(start + stored)])
    if u16(bytes, position + 10) == 8 {
      guard let inflated = inflate(content[...]) else { return }
      content = inflated.output
    }
    store(crc(content[...]), &bytes, position + 16, bigEndian: false)
    store(UInt32(content.count), &bytes, position + 24, bigEndian: false)
  }

  /// CRC-32 and length behind a gzip stream with a plain header of 10 bytes.
  private static func sealGzip(_ bytes: inout [UInt8]) {
    guard bytes.count > 18, bytes[3] == 0, let inflated = inflate(bytes[10...]) else { return }
    let stop = 10 + inflated.consumed
    guard stop + 8 <= bytes.count else { return }
    store(crc(inflated.output[...]), &bytes, stop, bigEndian: false)
    store(UInt32(inflated.output.count), &bytes, stop + 4, bigEndian: false)
  }

  // MARK: - Pieces

  /// A raw deflate stream of at most 64 KiB; nil if it is broken or does not end.
  private static func inflate(_ bytes: ArraySlice<UInt8>) -> (output: [UInt8], consumed: Int)? {
    var input = Array(bytes)
    var output = [UInt8](repeating: 0, count: 1 << 16)
    var stream = z_stream()
    guard
      inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    let status = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return CZlib.inflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END else { return nil }
    return (Array(output.prefix(Int(stream.total_out))), Int(stream.total_in))
  }

  private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    UInt32(truncatingIfNeeded: bytes.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    UInt32(
      truncatingIfNeeded: bytes.withUnsafeBufferPointer { adler32_z(1, $0.baseAddress, $0.count) })
  }

  private static func u16(_ bytes: [UInt8], _ at: Int) -> Int {
    Int(bytes[at]) | Int(bytes[at + 1]) << 8
  }

  private static func store(_ value: UInt32, _ bytes: inout [UInt8], _ at: Int, bigEndian: Bool) {
    for i in 0..<4 {
      bytes[at + (bigEndian ? 3 - i : i)] = UInt8(truncatingIfNeeded: value >> (8 * i))
    }
  }

  private static func place(of mark: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= mark.count else { return nil }
    return (0...(bytes.count - mark.count)).first {
      bytes[$0..<($0 + mark.count)].elementsEqual(mark)
    }
  }
}

extension Int {
  /// Four bytes, the highest first.
  fileprivate init(bigEndian bytes: [UInt8], at: Int) {
    self = bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
  }
}
