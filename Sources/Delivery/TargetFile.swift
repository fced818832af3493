import Compiler
import Files
import Foundation
import Intake
import Planning

/// Target profiles on disk.
public enum TargetFile {
  private static let folder = "Samples/targets"

  /// Reads a profile strictly.
  ///
  /// - Parameter target: its path, or the name of one in Kinglet's `Samples/targets`, as `cortex-m4f`.
  /// - Throws: ``CompilerError/cannotRead(path:reason:)``, ``CompilerError/badTarget(path:_:)``.
  public static func read(_ target: String) throws(CompilerError) -> TargetProfile {
    let path = try file(target)
    try opening { () throws(IntakeError) in try FileKind.check(path, is: .target) }
    guard let bytes = InputFile.beginning(of: path, TargetProfile.fileLimit + 1) else {
      throw .absent(path)
    }
    do { return try TargetProfile(json: Data(bytes)) } catch { throw .badTarget(path: path, error) }
  }

  private static func file(_ target: String) throws(CompilerError) -> String {
    let isName = !target.isEmpty && !target.contains("/") && !target.hasSuffix(".json") && !FileManager.default.fileExists(atPath: target)
    guard isName else { return target }
    let file = "\(folder)/\(target).json"
    if let found = KingletFolder.holding([file]) { return found + "/" + file }
    let others = names.isEmpty ? "" : ", nor is it one of \(names.joined(separator: ", "))"
    throw .cannotRead(path: target, reason: "there is no such file\(others): give the path of a target's JSON file, or a name")
  }

  /// What may be called by its name.
  private static var names: [String] {
    let place = KingletFolder.holding([folder]).map { $0 + "/" + folder }
    return (place.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0) } ?? [])
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }
}
