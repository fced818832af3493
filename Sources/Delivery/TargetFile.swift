import Compiler
import Files
import Foundation
import Intake
import Planning

/// Target profiles on disk.
public enum TargetFile {
  /// Reads a profile strictly.
  ///
  /// - Throws: ``CompilerError/cannotRead(path:reason:)``, ``CompilerError/badTarget(path:_:)``.
  public static func read(_ path: String) throws(CompilerError) -> TargetProfile {
    try opening { () throws(IntakeError) in try FileKind.check(path, is: .target) }
    guard let bytes = InputFile.beginning(of: path, TargetProfile.fileLimit + 1) else {
      guard !path.hasSuffix(".json") else { throw .absent(path) }
      throw .cannotRead(
        path: path, reason: "there is no such file: give the path of a target's JSON file (Kinglet's Samples/targets has some)")
    }
    do { return try TargetProfile(json: Data(bytes)) } catch { throw .badTarget(path: path, error) }
  }
}
