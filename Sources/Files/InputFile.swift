// A file is opened once and everything is asked of the open descriptor, so that what was checked is what is
// read. Only regular files are read: a pipe would wait for ever and a device never end.

import Foundation

/// A regular file, open for reading at any offset; closed when released. Every size is checked before memory is
/// asked for.
package final class InputFile {
  package let path: String
  /// Bytes in the file when it was opened.
  package let size: Int
  /// The reason why anything but a regular file is unreadable.
  package static let notRegular = "not a regular file"
  private let descriptor: Int32

  /// - Parameter followsLink: whether the path's last part may be a symbolic link.
  /// - Throws: ``FileError/unreadable(path:reason:)``, also for anything but a regular file.
  package init(_ path: String, followsLink: Bool = true) throws(FileError) {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe that nobody writes to would wait for ever.
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW))
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: Self.systemReason()) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = Self.systemReason()
      close(descriptor)
      throw .unreadable(path: path, reason: reason)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .unreadable(path: path, reason: Self.notRegular)
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` from `offset` on, as far as the file goes; returns the number of bytes read.
  package func read(
    at offset: Int, into buffer: UnsafeMutableBufferPointer<UInt8>
  ) throws(FileError) -> Int {
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
  /// - Throws: ``FileError/promiseExceedsFile(path:promisedBytes:possibleBytes:)`` before
  ///   anything is allocated, when the file is shorter.
  package func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    let possible = max(0, size - offset)
    guard count <= possible else {
      throw .promiseExceedsFile(path: path, promisedBytes: count, possibleBytes: possible)
    }
    let bytes = try [UInt8](unsafeUninitializedCapacity: count) {
      (buffer, initialized) throws(FileError) in
      initialized = try read(at: offset, into: .init(rebasing: buffer[..<count]))
    }
    guard bytes.count == count else {
      throw .endsEarly(path: path, missingBytes: count - bytes.count)
    }
    return bytes
  }

  /// The whole file, of at most `limit` bytes.
  package func contents(limit: Int) throws(FileError) -> [UInt8] {
    guard size <= limit else { throw .tooLarge(path: path, bytes: size, limit: limit) }
    return try bytes(at: 0, count: size)
  }

  /// The first bytes, at most `count`: what formats are told apart by.
  package func prefix(_ count: Int) throws(FileError) -> [UInt8] {
    try bytes(at: 0, count: min(count, size))
  }

  /// The first bytes of a regular file, at most `count`; nil where it cannot be read.
  package static func beginning(of path: String, _ count: Int) -> [UInt8]? {
    try? InputFile(path).prefix(count)
  }

  /// What the system says about the call that just failed.
  private static func systemReason() -> String { String(cString: strerror(errno)) }
}
