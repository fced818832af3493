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

  static var areThere: Bool { FileManager.default.fileExists(atPath: folder + "/models") }
  static let absence = "needs the shared models (set KINGLET_SHARED to their folder)"

  static func model(_ name: String) -> String { "\(folder)/models/\(name).onnx" }
  static func backendFolder(_ name: String) -> String {
    "\(folder)/onnx-backend/pytorch-converted/\(name)"
  }
}
