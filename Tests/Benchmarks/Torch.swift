// The same trials in PyTorch, where the Python that KINGLET_PYTHON names (python3 if it names none)
// has it.

import Foundation

enum Torch {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("torch_trials.py").path
  private static let python = ProcessInfo.processInfo.environment["KINGLET_PYTHON"] ?? "python3"

  static var isThere: Bool { output(["-c", "import torch; print(1)"]) == "1" }

  /// Trials a second, the best of a few turns; nil where the script fails.
  static func trialsPerSecond(_ arguments: [String]) -> Double? {
    output([script] + arguments).flatMap { Double($0) }
  }

  private static func output(_ arguments: [String]) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python] + arguments
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    do { try process.run() } catch { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
