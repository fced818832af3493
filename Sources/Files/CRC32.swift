import CZlib

/// CRC-32, the polynomial of zip, gzip and PNG (Formats/Blob.md, "Header").
package enum CRC32 {
  /// The checksum of `bytes`, carried on from that of the bytes before them.
  ///
  /// - Complexity: O(bytes); about 0.5 ns each.
  package static func sum(_ bytes: UnsafeRawBufferPointer, continuing sum: UInt32 = 0) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32_z(UInt(sum), bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
  }

  package static func sum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let found = bytes.withContiguousStorageIfAvailable { sum(UnsafeRawBufferPointer($0)) }
    return found ?? Array(bytes).withUnsafeBytes { sum($0) }
  }
}
