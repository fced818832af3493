import Files
import Foundation

extension CompilerError {
  init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason): .cannotRead(path: path, reason: reason)
      case .unwritable(let path, let reason): .cannotWrite(path: path, reason: reason)
      case .tooLarge(let path, _, let limit): .cannotRead(path: path, reason: "it has more than \(limit) bytes")
      case .promiseExceedsFile(let path, _, _), .endsEarly(let path, _):
        .cannotRead(path: path, reason: "it ended while it was being read")
      }
  }
}

extension OutputFile {
  /// ``replace(_:with:)`` with this module's errors.
  static func write(_ bytes: some ContiguousBytes, to path: String) throws(CompilerError) {
    do { try replace(path, with: bytes) } catch { throw CompilerError(error) }
  }
}
