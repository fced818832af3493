import CZlib
import Datasets
import Files
import Foundation
import TestSupport
import Testing

/// The error of a call, nil if it has none: `#expect(failure(try ...) == .noSamples(...))`.
func failure<T>(_ body: @autoclosure () throws -> T) -> DatasetError? {
  do {
    _ = try body()
  } catch let error as DatasetError {
    return error
  } catch {
    Issue.record(error, "not an error of this module")
  }
  return nil
}

// MARK: - Compression

enum Compression {
  /// Compresses with zlib: window bits -15 for raw deflate, 15 for zlib, 31 for gzip.
  static func deflate(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, 9, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 32)
    let produced = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        precondition(CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return output.count - Int(stream.avail_out)
      }
    }
    deflateEnd(&stream)
    return Array(output[..<produced])
  }

  static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 31) }
  static func raw(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: -15) }
  static func zlib(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 15) }
}

// MARK: - Numbers in bytes

func bigEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}

func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

// MARK: - Files by hand

/// One array after another; long sums of arrays take the compiler minutes.
func join(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined()) }

enum Make {
  static func idx(_ shape: [UInt32], type: UInt8 = 8, _ values: [UInt8]) -> [UInt8] {
    join([0, 0, type, UInt8(shape.count)], shape.flatMap { bigEndian($0) }, values)
  }

  static func npy(
    _ description: String, _ shape: String, fortran: Bool = false, version: UInt8 = 1,
    _ values: [UInt8]
  ) -> [UInt8] {
    let order = fortran ? "True" : "False"
    return npy(
      dictionary: "{'descr': '\(description)', 'fortran_order': \(order), 'shape': \(shape), }",
      version: version, values)
  }

  static func npy(dictionary: String, version: UInt8 = 1, _ values: [UInt8]) -> [UInt8] {
    let text = Array((dictionary + "\n").utf8)
    let length = version == 1 ? littleEndian(UInt16(text.count)) : littleEndian(UInt32(text.count))
    return join([0x93], Array("NUMPY".utf8), [version, 0], length, text, values)
  }

  static func cifar(_ labels: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, label) in labels.enumerated() {
      bytes.append(label)
      for i in 0..<3072 { bytes.append(UInt8(i / 1024 * 80 + i % 70 + index)) }
    }
    return bytes
  }

  static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + content
    let crc = CRC32.sum(body)
    return join(bigEndian(UInt32(content.count)), body, bigEndian(crc))
  }

  /// A PNG from rows that begin with their filter bytes.
  static func png(
    width: UInt32, height: UInt32, depth: UInt8, colour: UInt8, interlace: UInt8 = 0,
    palette: [UInt8] = [], rows: [UInt8]
  ) -> [UInt8] {
    let header = join(bigEndian(width), bigEndian(height), [depth, colour, 0, 0, interlace])
    return join(
      pngSignature, chunk("IHDR", header), palette.isEmpty ? [] : chunk("PLTE", palette),
      chunk("IDAT", Compression.zlib(rows)), chunk("IEND", []))
  }
}

// MARK: - Zip

extension Make {
  struct ZipEntry {
    var name: String
    var content: [UInt8]
    var deflates = false
    /// As NumPy: the sizes of the local header are in a zip64 field.
    var hidesLocalSizes = false
    var claimedSize: Int?
    var claimedCRC: UInt32?
    var method: UInt16?
    var flags: UInt16 = 0
  }

  static func zip(_ entries: [ZipEntry], comment: String = "") -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = littleEndian(UInt32(file.count))
      let stored = entry.deflates ? Compression.raw(entry.content) : entry.content
      let size = UInt32(entry.claimedSize ?? entry.content.count)
      let name = Array(entry.name.utf8)
      let nameLength = littleEndian(UInt16(name.count))
      let fields = commonFields(entry)
      let sizes = join(littleEndian(UInt32(stored.count)), littleEndian(size))
      let extra = entry.hidesLocalSizes ? zip64Field(size, stored.count) : []
      let localSizes = entry.hidesLocalSizes ? [UInt8](repeating: 0xFF, count: 8) : sizes
      file += join(
        littleEndian(UInt32(0x0403_4B50)), fields, localSizes, nameLength,
        littleEndian(UInt16(extra.count)), name, extra, stored)
      directory += join(
        littleEndian(UInt32(0x0201_4B50)), [20, 3], fields, sizes, nameLength,
        [UInt8](repeating: 0, count: 12), offset, name)
    }
    let count = littleEndian(UInt16(entries.count))
    let end = join(
      littleEndian(UInt32(0x0605_4B50)), [0, 0, 0, 0], count, count,
      littleEndian(UInt32(directory.count)), littleEndian(UInt32(file.count)),
      littleEndian(UInt16(comment.utf8.count)), Array(comment.utf8))
    return join(file, directory, end)
  }

  /// Version, flags, method, time and CRC, the same in both headers of an entry.
  private static func commonFields(_ entry: ZipEntry) -> [UInt8] {
    let method = entry.method ?? (entry.deflates ? 8 : 0)
    let crc = entry.claimedCRC ?? CRC32.sum(entry.content)
    return join(
      [20, 0], littleEndian(entry.flags), littleEndian(method), [0, 0, 0x21, 0],
      littleEndian(crc))
  }

  private static func zip64Field(_ size: UInt32, _ stored: Int) -> [UInt8] {
    join(
      littleEndian(UInt16(1)), littleEndian(UInt16(16)), littleEndian(UInt64(size)),
      littleEndian(UInt64(stored)))
  }
}
