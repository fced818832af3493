import Blob
import Foundation
import ModelGraph
import ModelLoading

/// Blobs on disk.
enum BlobFile {
  /// The bytes of a file that should be a blob.
  static func read(_ path: String) throws(CompilerError) -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .cannotRead(path: path, reason: "there is no such file")
    }
    guard !isFolder.boolValue, let data = FileManager.default.contents(atPath: path) else {
      throw .cannotRead(path: path, reason: "it is a folder, or may not be read")
    }
    return Array(data)
  }

  /// The bytes of a blob and what they say.
  static func open(_ path: String) throws(CompilerError) -> (bytes: [UInt8], model: BlobModel) {
    try CompilerError.check(path, is: .blob)
    let bytes = try read(path)
    return try CompilerError.naming(path) { () throws(CompilerError) in (bytes, try parse(bytes)) }
  }

  /// What the bytes of a blob say.
  static func parse(_ bytes: [UInt8]) throws(CompilerError) -> BlobModel {
    do { return try BlobReader.read(bytes) } catch { throw .blob(error) }
  }
}

/// The trained network that everything is compared with.
enum Teacher {
  /// Loads a model's graph.
  ///
  /// - Parameter axes: sizes of axes that the file leaves free.
  static func load(
    _ path: String, axes: [String: Int] = [:], as role: FileKind.Role = .model
  ) throws(CompilerError) -> Graph {
    try loaded(path, axes: axes, as: role).graph
  }

  /// Loads a model with what its file says beside the graph.
  static func loaded(_ path: String, axes: [String: Int], as role: FileKind.Role)
    throws(CompilerError) -> LoadedModel
  {
    try CompilerError.check(path, is: role)
    do {
      return try ModelLoader.load(path: path, axes: axes)
    } catch {
      throw CompilerError.loading(error).naming(path)
    }
  }

  /// The files that a model is in.
  static func files(of path: String) throws(CompilerError) -> [String] {
    do {
      return try ModelLoader.files(of: path)
    } catch {
      throw CompilerError.loading(error).naming(path)
    }
  }
}
