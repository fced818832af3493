import Foundation

/// A regular file, open for reading at any offset; closed when released.
final class InputFile {
  let path: String
  /// Bytes in the file when it was opened.
  let size: Int
  private let descriptor: Int32

  /// - Throws: ``DatasetError/unreadable(path:reason:)``, also for anything but a regular file.
  init(_ path: String) throws(DatasetError) {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe that nobody writes to would wait for ever.
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: Self.systemReason()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = Self.systemReason()
      close(descriptor)
      throw .unreadable(path: path, reason: reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: path, reason: "not a regular file")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` from `offset` on, as far as the file goes; returns the number of bytes read.
  func read(
    at offset: Int, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(DatasetError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(path: path, reason: Self.systemReason()) }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// `count` bytes from `offset` on.
  ///
  /// - Throws: ``DatasetError/promiseExceedsFile(place:promisedBytes:possibleBytes:)`` before
  ///   anything is allocated, when the file is shorter.
  func bytes(at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
    let possible = max(0, size - offset)
    guard count <= possible else {
      throw .promiseExceedsFile(place: path, promisedBytes: count, possibleBytes: possible)
    }
    let bytes = try [UInt8](unsafeUninitializedCapacity: count) {
      (buffer, initialized) throws(DatasetError) in
      initialized = try read(at: offset, into: .init(rebasing: buffer[..<count]))
    }
    guard bytes.count == count else {
      throw .endsEarly(place: path, missingBytes: count - bytes.count)
    }
    return bytes
  }

  /// The whole file.
  func contents() throws(DatasetError) -> [UInt8] {
    guard size <= Dataset.maximumBytes else {
      throw .tooLarge(place: path, bytes: size, limit: Dataset.maximumBytes)
    }
    return try bytes(at: 0, count: size)
  }

  /// The first bytes, at most `count`: what formats are told apart by.
  func prefix(_ count: Int) throws(DatasetError) -> [UInt8] {
    try bytes(at: 0, count: min(count, size))
  }

  /// What the system says about the call that just failed.
  private static func systemReason() -> String { String(cString: strerror(errno)) }
}
