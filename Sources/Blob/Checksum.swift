import CZlib

/// CRC-32 as in gzip and PNG. Formats/Blob.md, "Header".
func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
  let found = bytes.withContiguousStorageIfAvailable { checksum(buffer: $0) }
  return found ?? Array(bytes).withUnsafeBufferPointer { checksum(buffer: $0) }
}

private func checksum(buffer: UnsafeBufferPointer<UInt8>) -> UInt32 {
  UInt32(truncatingIfNeeded: crc32_z(0, buffer.baseAddress, buffer.count))
}
