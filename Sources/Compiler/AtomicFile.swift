import Datasets
import Foundation

/// Files of a compilation: whole or not at all.
package enum AtomicFile {
  /// Writes `bytes` to `path` so that a crash at any moment leaves the old file or the new one.
  ///
  /// - Throws: ``CompilerError/cannotWrite(path:reason:)``; the old file is then untouched.
  package static func write(_ bytes: Data, to path: String) throws(CompilerError) {
    if case .failure(let failure) = OutputFile.replacing(path, with: bytes) {
      throw .cannotWrite(path: path, reason: failure.reason)
    }
  }
}
