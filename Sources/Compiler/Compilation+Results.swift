// Where results go, looked at before anything is computed.

import Files
import Foundation

extension Compilation {
  /// Fails early where results could not be written at the end; leaves nothing behind.
  public static func checkWritable(_ paths: [String]) throws(CompilerError) {
    for path in paths {
      guard !path.isEmpty else { throw .cannotWrite(path: path, reason: "its name is empty") }
      let parent = folder(of: path)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue
      else { throw .cannotWrite(path: path, reason: "there is no folder \(parent): make it first") }
      guard !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || !isFolder.boolValue
      else { throw .cannotWrite(path: path, reason: "it is a folder") }
      // Tried out: who may write where is more than permissions tell.
      do { try OutputFile.tryOut(path) } catch { throw CompilerError(error) }
    }
  }

  /// The folder that a path lies in. Foundation's own way traps on paths of one character.
  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
