import Foundation

/// The folder of models and data beside the repository, which a checkout may lack.
enum SharedFiles {
  /// `KINGLET_SHARED`, or `shared` beside the package.
  static let folder: String = {
    if let path = ProcessInfo.processInfo.environment["KINGLET_SHARED"] { return path }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return package.deletingLastPathComponent().appendingPathComponent("shared").path
  }()

  static var areThere: Bool { FileManager.default.fileExists(atPath: backend) }
  static let absence = "needs the shared backend models (set KINGLET_SHARED to their folder)"

  private static let backend = folder + "/onnx-backend/pytorch-converted"

  /// Names of the backend models' folders; empty where they are absent.
  static let backendNames: [String] = {
    ((try? FileManager.default.contentsOfDirectory(atPath: backend)) ?? []).sorted()
  }()

  static func backendFolder(_ name: String) -> String { "\(backend)/\(name)" }
}
