import Files

extension DatasetError {
  init(_ error: FileError) {
    self =
      switch error {
      case .unreadable(let path, let reason): .unreadable(path: path, reason: reason)
      case .unwritable(let path, let reason): .unwritable(path: path, reason: reason)
      case .tooLarge(let path, let bytes, let limit): .tooLarge(place: path, bytes: bytes, limit: limit)
      case .promiseExceedsFile(let path, let promised, let possible):
        .promiseExceedsFile(place: path, promisedBytes: promised, possibleBytes: possible)
      case .endsEarly(let path, let missing): .endsEarly(place: path, missingBytes: missing)
      }
  }

  /// What reading or writing a file gives, its errors as those of this module.
  static func naming<Result>(_ body: () throws(FileError) -> Result) throws(DatasetError) -> Result {
    do { return try body() } catch { throw DatasetError(error) }
  }
}
