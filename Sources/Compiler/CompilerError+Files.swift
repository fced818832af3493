import Files
import Foundation
import Intake

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

  /// A file that is not there, or may not be read.
  package static func absent(_ path: String) -> CompilerError {
    .cannotRead(path: path, reason: "there is no such file, or it may not be read: check its name and who may read it")
  }
}

extension OutputFile {
  /// ``replace(_:with:)`` with this module's errors.
  package static func write(_ bytes: some ContiguousBytes, to path: String) throws(CompilerError) {
    do { try replace(path, with: bytes) } catch { throw CompilerError(error) }
  }
}

extension CompilerError {
  /// What was wrong with what the user named; usage stays usage, whoever found it.
  init(_ error: IntakeError) {
    self =
      switch error {
      case .inFile(let path, let error): .inFile(path: path, CompilerError(error))
      case .blob(let error): .blob(error)
      case .cannotRead(let path, let reason): .cannotRead(path: path, reason: reason)
      case .unfit(let reason): .unfit(reason: reason)
      case .usage(let reason): .usage(reason: reason)
      case .wrongFile, .loading, .data: .intake(error)
      }
  }

  /// What `body` gives; what it throws names the file.
  package static func naming<R>(_ path: String, _ body: () throws(CompilerError) -> R) throws(CompilerError) -> R {
    do {
      return try body()
    } catch {
      throw error.naming(path)
    }
  }

  /// The error with the file's name, unless its sentence has it already; a mistake on the command line
  /// stays what it is.
  public func naming(_ path: String) -> CompilerError {
    switch self {
    case .interrupted, .outOfLimit, .usage: return self
    // These have a name already, of a file that may be another one.
    case .cannotRead, .cannotWrite, .badCheckpoint, .badTarget, .intake(.wrongFile), .inFile: return self
    default: break
    }
    if path.isEmpty || sentence.contains(path) { return self }
    if case .unfit(let reason) = self { return .unfit(reason: "\(path): \(reason)") }
    return .inFile(path: path, self)
  }
}

/// What is taken in, refused in this module's errors.
package func opening<R>(_ body: () throws(IntakeError) -> R) throws(CompilerError) -> R {
  do { return try body() } catch { throw CompilerError(error) }
}
