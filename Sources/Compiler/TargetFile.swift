import Foundation
import Planning

/// Target profiles on disk.
public enum TargetFile {
  /// Reads a profile strictly.
  ///
  /// - Throws: ``CompilerError/cannotRead(path:reason:)``, ``CompilerError/badTarget(path:_:)``.
  public static func read(_ path: String) throws(CompilerError) -> TargetProfile {
    try CompilerError.check(path, is: .target)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
      let file = FileHandle(forReadingAtPath: path)
    else {
      throw .cannotRead(path: path, reason: "there is no such file, or it may not be read")
    }
    defer { try? file.close() }
    let data = (try? file.read(upToCount: TargetProfile.fileLimit + 1)) ?? Data()
    do { return try TargetProfile(json: data) } catch { throw .badTarget(path: path, error) }
  }
}
