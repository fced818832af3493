import Blob
import Foundation

/// Blobs on disk.
package enum BlobFile {
  /// The bytes of a file that should be a blob.
  package static func read(_ path: String) throws(IntakeError) -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .cannotRead(path: path, reason: "there is no such file")
    }
    guard !isFolder.boolValue, let data = FileManager.default.contents(atPath: path) else {
      throw .cannotRead(path: path, reason: "it is a folder, or may not be read")
    }
    return Array(data)
  }

  /// A blob, decoded once.
  package static func open(_ path: String) throws(IntakeError) -> DecodedBlob {
    try FileKind.check(path, is: .blob)
    let bytes = try read(path)
    do { return try DecodedBlob(bytes) } catch { throw IntakeError.blob(error).naming(path) }
  }
}
