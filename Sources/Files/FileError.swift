/// Why a file is not read or written. Each module that reads says it in its own errors, with what is to be done.
package enum FileError: Error, Equatable, Sendable {
  /// The system does not give the file, or it is no regular one.
  case unreadable(path: String, reason: String)
  /// The system does not take the file; the old one is untouched.
  case unwritable(path: String, reason: String)
  /// More than may be read.
  case tooLarge(path: String, bytes: Int, limit: Int)
  /// Bytes are asked for that lie behind the file's end.
  case promiseExceedsFile(path: String, promisedBytes: Int, possibleBytes: Int)
  /// The file became shorter while it was read.
  case endsEarly(path: String, missingBytes: Int)
}
