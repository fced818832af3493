import Files
import Foundation

/// What a path leads to, told by content and never by name.
enum DataFile {
  case folder(String)
  /// A zip file, and the array that the path asks for by a `:name` suffix.
  case archive(ZipArchive, name: String?)
  /// Anything else, gzip already taken off.
  case stream(ByteStream)

  static func open(_ path: String) throws(DatasetError) -> DataFile {
    if isFolder(path) { return .folder(path) }
    let (filePath, name) = split(path)
    let (file, prefix) = try DatasetError.naming { () throws(FileError) in
      let file = try InputFile(filePath)
      return (file, try file.prefix(4))
    }
    if ZipArchive.matches(prefix) {
      return .archive(try ZipArchive(file), name: name)
    }
    if let name { throw .noArchive(path: filePath, name: name) }
    let stream = try ByteStream(file)
    guard !ZipArchive.matches(stream.prefix) else {
      throw .unsupported(place: path, feature: "NPZ within gzip")
    }
    return .stream(stream)
  }

  /// Whether the samples are images: of a folder, or one.
  var isOfImages: Bool {
    switch self {
    case .folder: true
    case .archive: false
    case .stream(let stream): !stream.isCompressed && DecodedImage.matches(stream.prefix)
    }
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// `file.npz:name` in two, unless there is a file of the whole name.
  private static func split(_ path: String) -> (file: String, name: String?) {
    guard !FileManager.default.fileExists(atPath: path), let colon = path.lastIndex(of: ":")
    else { return (path, nil) }
    let file = String(path[..<colon])
    guard FileManager.default.fileExists(atPath: file) else { return (path, nil) }
    return (file, String(path[path.index(after: colon)...]))
  }
}
