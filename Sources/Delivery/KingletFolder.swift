import Foundation

/// The folder with what users build with: the one that the command was built in, or what `make install` put beside it.
enum KingletFolder {
  /// The nearest above the command that holds all of these; nil: none does.
  ///
  /// - Parameter files: paths within it, as `Samples/targets/cortex-m4f.json`.
  static func holding(_ files: [String]) -> String? {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0])
    if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") { folder = URL(fileURLWithPath: own) }
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      for place in [folder.path, folder.path + "/share/kinglet"] where holds(place, files) { return place }
    }
    return nil
  }

  static func holds(_ folder: String, _ files: [String]) -> Bool {
    files.allSatisfy { FileManager.default.fileExists(atPath: folder + "/" + $0) }
  }
}
