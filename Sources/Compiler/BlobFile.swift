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

  /// What the bytes of a blob say.
  static func parse(_ bytes: [UInt8]) throws(CompilerError) -> BlobModel {
    do { return try BlobReader.read(bytes) } catch { throw .blob(error) }
  }
}

/// The trained network that everything is compared with.
enum Teacher {
  /// Loads a model's graph.
  static func load(_ path: String) throws(CompilerError) -> Graph {
    do {
      return try ModelLoader.load(path: path).graph
    } catch {
      throw .loading(error)
    }
  }

  /// The files that a model is in.
  static func files(of path: String) throws(CompilerError) -> [String] {
    do {
      return try ModelLoader.files(of: path)
    } catch {
      throw .loading(error)
    }
  }
}
