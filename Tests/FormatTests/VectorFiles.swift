import Foundation

/// The golden files, and how they are read and written.
enum VectorFiles {
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let folder = repository.appendingPathComponent("Formats/Vectors")

  /// Whether tests write the files that they would compare.
  static let writes = ProcessInfo.processInfo.environment["KINGLET_WRITE_VECTORS"] != nil

  static func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// What the file holds; first, where asked for, `bytes` are put there.
  static func golden(_ name: String, _ bytes: [UInt8]) throws -> [UInt8] {
    if writes { try Data(bytes).write(to: folder.appendingPathComponent(name)) }
    return try read(name)
  }

  /// Names in a folder of files with this ending, without it, in order.
  static func names(in folder: String, ending: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: Self.folder.appendingPathComponent(folder).path
    ).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
  }

  /// Little-endian float32.
  static func bytes(_ numbers: [Float]) -> [UInt8] {
    numbers.flatMap { number in (0..<4).map { UInt8(number.bitPattern >> (8 * $0) & 0xFF) } }
  }

  static func floats(_ bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
    }
  }
}
