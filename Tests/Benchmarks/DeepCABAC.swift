// The coder of ISO/IEC 15938-17, as PyPI's nncodec has it, where the Python that KINGLET_PYTHON
// names (python3 if it names none) has that: deepcabac.py tells what is counted.

import Foundation

enum DeepCABAC {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("deepcabac.py").path
  private static let python = ProcessInfo.processInfo.environment["KINGLET_PYTHON"] ?? "python3"

  static let isThere = Command.output([python, script]) != nil

  /// Bytes of each matrix at the best of eight settings; nil where the coder is not there.
  static func sizes(_ matrices: [LevelMatrix]) -> [Int]? {
    guard isThere else { return nil }
    let words = matrices.flatMap(\.words)
    let data = words.map(\.littleEndian).withUnsafeBytes { Data($0) }
    guard let output = try? TemporaryFile.with(data, { Command.output([python, script, $0]) })
    else { return nil }
    let sizes = String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap {
      $0.split(separator: " ").first.flatMap { Int($0) }
    }
    return sizes.count == matrices.count ? sizes : nil
  }
}
