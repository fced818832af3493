// Files appear whole or not at all: written beside their place, flushed, then renamed over it.

import Foundation

/// Writing a file in one step.
package enum OutputFile {
  /// Why a file could not be written, in the system's words.
  package struct Failure: Error, Equatable {
    package let reason: String

    /// The reason that `errno` holds.
    fileprivate static var last: Failure { Failure(reason: String(cString: strerror(errno))) }
  }

  /// Puts `content` where `path` is: a crash at any moment leaves the old file or the whole new one.
  ///
  /// What a symbolic link leads to is replaced, not the link; devices and pipes are written to.
  ///
  /// - Returns: a failure where the old file is untouched.
  package static func replacing(_ path: String, with content: some ContiguousBytes)
    -> Result<Void, Failure>
  {
    content.withUnsafeBytes { content in
      Result { () throws(Failure) in try replace(path, with: content) }
    }
  }

  private static func replace(_ path: String, with content: UnsafeRawBufferPointer)
    throws(Failure)
  {
    let target = resolved(path)
    if isDevice(target) { return try write(content, to: open(path, O_WRONLY | O_CLOEXEC)) }
    let temporary = "\(target).\(getpid()).tmp"
    do throws(Failure) {
      try write(content, to: open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
      guard rename(temporary, target) == 0 else { throw Failure.last }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Where symbolic links lead.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// Whether a path is neither free nor a file or folder: a device or pipe, never to be replaced.
  private static func isDevice(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// Writes, flushes and closes.
  private static func write(_ content: UnsafeRawBufferPointer, to descriptor: Int32)
    throws(Failure)
  {
    guard descriptor >= 0 else { throw .last }
    do throws(Failure) {
      try writeAll(content, to: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw .last }
  }

  private static func writeAll(_ content: UnsafeRawBufferPointer, to descriptor: Int32)
    throws(Failure)
  {
    var rest = content
    while let address = rest.baseAddress, !rest.isEmpty {
      let count = Foundation.write(descriptor, address, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .last }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
    // Devices and pipes cannot be flushed, and need not be.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw .last }
  }
}
