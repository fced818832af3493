import Foundation

/// The folder of models and data beside the repository, which a checkout may lack.
package enum SharedFiles {
  /// `KINGLET_SHARED`, or `shared` beside the package.
  package static let folder: String = {
    if let path = ProcessInfo.processInfo.environment["KINGLET_SHARED"] { return path }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return package.deletingLastPathComponent().appendingPathComponent("shared").path
  }()

  package static let areThere = FileManager.default.fileExists(atPath: folder + "/models")
  package static let absence = "needs the shared models and data (set KINGLET_SHARED to their folder)"

  package static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder + "/" + name)
  }

  package static func model(_ name: String) -> String { "\(folder)/models/\(name).onnx" }
  package static func data(_ name: String) -> String { "\(folder)/data/\(name)" }

  private static let backend = folder + "/onnx-backend/pytorch-converted"

  /// Names of ONNX's backend models; empty where they are absent.
  package static let backendNames = listing(backend)
  /// File names of the models; empty where they are absent.
  package static let models = listing(folder + "/models").filter { $0.hasSuffix(".onnx") }

  /// File names of published .tflite models; empty where they are absent.
  package static let zoo = listing(folder + "/zoo").filter { $0.hasSuffix(".tflite") }

  package static func zooFile(_ name: String) -> String { "\(folder)/zoo/\(name)" }

  package static func backendFolder(_ name: String) -> String { "\(backend)/\(name)" }

  private static func listing(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
