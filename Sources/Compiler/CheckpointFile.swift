// The container of a checkpoint: text that describes it, then its numbers.
//
//     "KGLCKPT2"  8 bytes
//     u64         bytes of the text
//     text        JSON: a ``Checkpoint``, which names the arrays that follow and their sizes
//     f32 ...     the arrays, one after the other
//     u32         CRC-32 of everything before
//
// Little-endian. It belongs to one version of the tool; a `.kgl` blob is the format that lasts.

import Files
import Foundation

/// Reads and writes the container; knows nothing of what it holds.
package enum CheckpointFile {
  private static let magic = Data("KGLCKPT2".utf8)

  /// The bytes of a checkpoint.
  package static func bytes(text: Data, arrays: [[Float]]) -> Data {
    var data = magic
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(text)
    for array in arrays { array.withUnsafeBytes { data.append(contentsOf: $0) } }
    withUnsafeBytes(of: CRC32.sum(data).littleEndian) { data.append(contentsOf: $0) }
    return data
  }

  /// The text of a checkpoint and everything after it as floats.
  ///
  /// - Throws: ``CompilerError/badCheckpoint(path:reason:)``.
  package static func parse(_ data: Data, path: String) throws(CompilerError) -> (text: Data, numbers: [Float]) {
    guard data.count >= 20, data.prefix(8) == magic else {
      throw .badCheckpoint(path: path, reason: "it is not a checkpoint of this version of kinglet")
    }
    let body = data.dropLast(4)
    let stored = data.suffix(4).enumerated().reduce(UInt32(0)) { $0 | UInt32($1.1) << (8 * $1.0) }
    guard CRC32.sum(body) == stored else {
      throw .badCheckpoint(path: path, reason: "its checksum differs; it is damaged or cut short")
    }
    let size = data[8..<16].enumerated().reduce(UInt64(0)) { $0 | UInt64($1.1) << (8 * $1.0) }
    guard size <= UInt64(body.count - 16) else {
      throw .badCheckpoint(path: path, reason: "its description is longer than the file")
    }
    let text = data[16..<16 + Int(size)]
    let rest = data[(16 + Int(size))..<body.endIndex]
    guard rest.count % 4 == 0 else {
      throw .badCheckpoint(path: path, reason: "its numbers are not whole")
    }
    let numbers = [Float](unsafeUninitializedCapacity: rest.count / 4) { buffer, count in
      count = rest.copyBytes(to: UnsafeMutableRawBufferPointer(buffer)) / 4
    }
    return (Data(text), numbers)
  }
}
