// What a file is, told by its content, so that a wrong file is named as what it is. Nothing here
// decides what is read: that is each reader's own business. A kind is recognised by the bytes that its
// format asks for at the beginning; names are looked at only where formats share these.

import Blob
import Files
import Foundation
import ModelLoading

/// Kinds of files that people give to commands.
package enum FileKind: Equatable, Sendable {
  case empty, folder, savedModel
  case onnx, blob, checkpoint, darknet, darknetWeights
  case pytorch, pickle, keras, hdf5, tflite, ort, tensorFlow, safetensors, gguf
  case npy, npz, zip, idx, image, jpeg, otherImage, wav, audio, parquet, matlab
  case gzip, otherArchive, lfsPointer, html, xml, json, text, program

  /// The kind of a file; nil where it is none of these, or cannot be read.
  package init?(path: String) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    if isFolder.boolValue {
      let saved = FileManager.default.fileExists(atPath: path + "/saved_model.pb")
      self = saved ? .savedModel : .folder
      return
    }
    guard let bytes = InputFile.beginning(of: path, 1 << 16), let kind = Self.kind(of: bytes) else { return nil }
    self = kind
  }
}

// MARK: - Recognising

extension FileKind {
  /// Bytes at an offset, and what begins with them.
  private static let magics: [(offset: Int, bytes: [UInt8], kind: FileKind)] = [
    (0, BlobFormat.magic, .blob), (0, Array("KGLCKPT".utf8), .checkpoint),
    (0, [0x89] + "HDF\r\n".utf8, .hdf5), (4, Array("TFL3".utf8), .tflite), (4, Array("ORTM".utf8), .ort),
    (0, Array("GGUF".utf8), .gguf), (0, [0x93] + "NUMPY".utf8, .npy), (0, [0x1F, 0x8B], .gzip),
    (0, [0x89] + "PNG".utf8, .image), (0, [0xFF, 0xD8, 0xFF], .jpeg), (0, Array("GIF8".utf8), .otherImage),
    (0, Array("II*\0".utf8), .otherImage), (0, Array("MM\0*".utf8), .otherImage),
    (8, Array("WEBP".utf8), .otherImage), (8, Array("WAVE".utf8), .wav), (0, Array("fLaC".utf8), .audio),
    (0, Array("OggS".utf8), .audio), (0, Array("ID3".utf8), .audio), (0, Array("PAR1".utf8), .parquet),
    (0, Array("MATLAB 5.0".utf8), .matlab), (0, Array("BZh".utf8), .otherArchive),
    (0, [0xFD] + "7zXZ".utf8, .otherArchive), (0, [0x28, 0xB5, 0x2F, 0xFD], .otherArchive),
    (257, Array("ustar".utf8), .otherArchive), (0, [0x7F] + "ELF".utf8, .program),
    (0, Array("version https://git-lfs".utf8), .lfsPointer),
  ]

  package static func kind(of bytes: [UInt8]) -> FileKind? {
    if bytes.isEmpty { return .empty }
    func has(_ text: String) -> Bool { contains(bytes, Array(text.utf8)) }
    for magic in magics where bytes.dropFirst(magic.offset).starts(with: magic.bytes) { return magic.kind }
    if bytes.starts(with: Array("PK\u{3}\u{4}".utf8)) {
      if has("/data.pkl") || has("constants.pkl") { return .pytorch }
      if has("model.weights.h5") || has("config.json") { return .keras }
      return has(".npy") ? .npz : .zip
    }
    // A pickle of protocol 2 to 5; PyTorch's older files begin with a number of its own.
    if bytes[0] == 0x80, bytes.count > 1, (2...5).contains(bytes[1]) {
      return has("torch") || bytes.dropFirst(2).starts(with: [0x8A, 0x0A, 0x6C, 0xFC]) ? .pytorch : .pickle
    }
    if bytes.count > 9, bytes[8...9].elementsEqual("{\"".utf8), bytes[5] | bytes[6] | bytes[7] == 0 {
      return .safetensors
    }
    if bytes.count > 4, bytes[0] | bytes[1] == 0, (0x08...0x0E).contains(bytes[2]), (1...4).contains(bytes[3]) {
      return .idx
    }
    if bytes.count > 2, bytes[0] == UInt8(ascii: "P"), "2356".utf8.contains(bytes[1]), bytes[2] <= 0x23 {
      return .image
    }
    if bytes.starts(with: Array("BM".utf8)), bytes.count > 14, bytes[6] | bytes[7] | bytes[8] == 0 {
      return .otherImage
    }
    // A version of 0.1 or 0.2 in integers of 32 bits, and the revision.
    if bytes.count >= 16, bytes[..<4].allSatisfy({ $0 == 0 }), (1...2).contains(bytes[4]),
      bytes[5..<8].allSatisfy({ $0 == 0 }), bytes[9..<12].allSatisfy({ $0 == 0 })
    {
      return .darknetWeights
    }
    return protobuf(bytes) ?? text(bytes)
  }

  /// ONNX begins with its version and a name; TensorFlow's saved models with their version, 1, and a
  /// message that begins with another; its frozen graphs with a node: a message of name and operator.
  private static func protobuf(_ bytes: [UInt8]) -> FileKind? {
    func payload(at offset: Int) -> Int? {
      guard offset < bytes.count else { return nil }
      return bytes[offset...].firstIndex { $0 < 0x80 }.map { $0 + 1 }
    }
    if bytes[0] == 0x08, bytes.count > 1, bytes[1] < 0x20 {
      let isSaved = bytes.starts(with: [0x08, 1, 0x12])
        && payload(at: 3).map { bytes.dropFirst($0).first == 0x0A } == true
      return isSaved ? .tensorFlow : .onnx
    }
    guard bytes[0] == 0x0A, let node = payload(at: 1), bytes.dropFirst(node).first == 0x0A,
      let name = payload(at: node + 1)
    else { return nil }
    let end = name + Int(bytes[name - 1])
    return end < bytes.count && bytes[end] == 0x12 && isText(Array(bytes[name..<end])) ? .tensorFlow : nil
  }

  private static func text(_ bytes: [UInt8]) -> FileKind? {
    guard isText(bytes) else { return nil }
    if DarknetImporter.matches(bytes) { return .darknet }
    let start = String(decoding: bytes.prefix(512), as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
      .lowercased()
    if start.hasPrefix("<!doctype") || start.hasPrefix("<html") { return .html }
    if start.hasPrefix("<") { return .xml }
    return start.hasPrefix("{") || start.hasPrefix("[{") || start.hasPrefix("[[") ? .json : .text
  }

  private static func isText(_ bytes: [UInt8]) -> Bool {
    bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
  }

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard let first = part.first, bytes.count >= part.count else { return false }
    return bytes.indices.dropLast(part.count - 1).contains {
      bytes[$0] == first && bytes[$0...].starts(with: part)
    }
  }
}
