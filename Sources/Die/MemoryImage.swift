// Memory images as text: for Verilog's $readmemh, a word a line, and as Intel HEX (Intel's
// Hexadecimal Object File Format Specification, 1988) with extended linear addresses.

/// The bytes of one memory.
package enum MemoryImage {
  /// Words of `width` bits in hexadecimal, the first byte lowest; what fills the last word is FF.
  ///
  /// - Parameter width: a multiple of 8.
  package static func readmemh(_ bytes: [UInt8], width: Int, comment: String) -> String {
    let size = width / 8
    var text = "// \(comment)\n"
    for start in stride(from: 0, to: bytes.count, by: size) {
      for place in (start..<start + size).reversed() {
        text += hex(place < bytes.count ? bytes[place] : 0xFF)
      }
      text += "\n"
    }
    return text
  }

  /// Records of 16 bytes from address 0.
  ///
  /// - Precondition: at most 2^32 bytes.
  package static func intelHex(_ bytes: [UInt8]) -> String {
    precondition(bytes.count <= 1 << 32)
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 16) {
      if start & 0xFFFF == 0 && start > 0 {
        text += record(0, kind: 4, [UInt8(start >> 24 & 255), UInt8(start >> 16 & 255)])
      }
      text += record(start & 0xFFFF, kind: 0, bytes[start..<min(start + 16, bytes.count)])
    }
    return text + record(0, kind: 1, [])
  }

  private static func record(
    _ address: Int, kind: UInt8, _ data: some Collection<UInt8>
  ) -> String {
    let head = [UInt8(data.count), UInt8(address >> 8), UInt8(address & 255), kind]
    let sum = (head + data).reduce(UInt8(0)) { $0 &+ $1 }
    return ":" + (head + data + [0 &- sum]).map(hex).joined() + "\n"
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return byte < 16 ? "0" + digits : digits
  }
}
