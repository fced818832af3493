// An NPZ file from arrays: a zip of NPY entries, stored as they are.

import Files
import Foundation

/// NPZ, NumPy's archive of arrays: what is in it, and a new one.
public enum NPZ {
  /// An array to be written.
  public struct Array: Sendable {
    let name: String
    let bytes: [UInt8]

    /// - Parameter elements: little-endian, row-major, as many as the shape says.
    public init(_ name: String, _ elements: [UInt8], _ element: NPY.Element, shape: [Int]) {
      self.name = name + ".npy"
      bytes = NPY.file(elements, element, shape: shape)
    }
  }

  /// Names of the arrays in a file, in its order; nil where it is no NPZ file.
  public static func names(_ path: String) throws(DatasetError) -> [String]? {
    guard !DataFile.isFolder(path), case .archive(let archive, nil) = try DataFile.open(path) else { return nil }
    return archive.arrayNames
  }

  /// Writes arrays in this order, in one step.
  ///
  /// - Throws: ``DatasetError/unwritable(path:reason:)``, of 4 GiB and more as well.
  public static func write(_ arrays: [Array], to url: URL) throws(DatasetError) {
    guard arrays.reduce(0, { $0 + $1.bytes.count + 2 * $1.name.utf8.count + 76 }) < Int(UInt32.max) else {
      throw .unwritable(path: url.path, reason: "it would have 4 GiB and more")
    }
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for array in arrays {
      let fields = ZipRecord.fields(array)
      directory += ZipRecord.directory(fields, array, at: file.count)
      file += ZipRecord.local(fields, array) + array.bytes
    }
    let end = ZipRecord.end(arrays.count, directoryBytes: directory.count, at: file.count)
    try DatasetError.naming { [file] () throws(FileError) in
      try OutputFile.replace(url.path, with: file + directory + end)
    }
  }
}

/// The records of a zip file. APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
private enum ZipRecord {
  /// What a local header and one of the directory share: version, names in UTF-8, stored, the first day of 1980,
  /// checksum, sizes, the length of the name, nothing extra.
  static func fields(_ array: NPZ.Array) -> [UInt8] {
    let size = word(array.bytes.count)
    return half(20) + half(0x0800) + half(0) + half(0) + half(0x0021) + word(Int(CRC32.sum(array.bytes)))
      + size + size + half(array.name.utf8.count) + half(0)
  }

  static func local(_ fields: [UInt8], _ array: NPZ.Array) -> [UInt8] {
    word(0x0403_4B50) + fields + array.name.utf8
  }

  static func directory(_ fields: [UInt8], _ array: NPZ.Array, at offset: Int) -> [UInt8] {
    word(0x0201_4B50) + half(20) + fields + half(0) + half(0) + half(0) + word(0) + word(offset) + array.name.utf8
  }

  static func end(_ count: Int, directoryBytes: Int, at offset: Int) -> [UInt8] {
    word(0x0605_4B50) + half(0) + half(0) + half(count) + half(count) + word(directoryBytes) + word(offset) + half(0)
  }

  private static func half(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
  private static func word(_ value: Int) -> [UInt8] { half(value) + half(value >> 16) }
}
