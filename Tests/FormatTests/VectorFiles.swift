import Blob
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

  /// Elements of tensors as their types have them, one tensor after another.
  static func bytes(_ tensors: [BlobTensor], _ elements: [[Float]]) -> [UInt8] {
    zip(tensors, elements).flatMap { tensor, elements in
      switch tensor.type {
      case .float32: bytes(elements)
      case .uint8, .int8: elements.map { UInt8(truncatingIfNeeded: Int($0)) }
      case .int32: elements.flatMap { element in (0..<4).map { UInt8(Int(element) >> (8 * $0) & 0xFF) } }
      }
    }
  }

  /// The elements of these tensors, which are all of `bytes`; nil if they are not.
  static func elements(_ tensors: [BlobTensor], _ bytes: [UInt8]) -> [[Float]]? {
    var rest = bytes[...]
    var all: [[Float]] = []
    for tensor in tensors {
      let part = Array(rest.prefix(tensor.count * tensor.elementBytes))
      rest = rest.dropFirst(part.count)
      switch tensor.type {
      case .float32: all.append(floats(part))
      case .uint8: all.append(part.map { Float($0) })
      case .int8: all.append(part.map { Float(Int8(bitPattern: $0)) })
      case .int32: all.append(floats(part).map { Float($0.bitPattern) })
      }
      guard all.last?.count == tensor.count else { return nil }
    }
    return rest.isEmpty ? all : nil
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

extension BlobTensor {
  /// Bytes of an element.
  var elementBytes: Int { type.isOfWords ? 4 : 1 }
}
