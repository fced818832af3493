// Files appear whole or not at all: written beside their place, flushed, then renamed over it.
//
// What is written beside the target has one name, `<target>.unfinished`, and is locked by its
// writer. A writer that is killed leaves it unlocked, and the next one for the same target writes
// over it: no more than one is ever left, and two writers never share it.

import Foundation

/// Writing a file in one step.
package enum OutputFile {
  /// Why a call failed, in the system's words.
  private struct Failure: Error {
    let reason: String

    /// The reason that `errno` holds.
    static var last: Failure { Failure(reason: String(cString: strerror(errno))) }
  }

  /// Puts `content` where `path` is: a crash at any moment leaves the old file or the whole new
  /// one.
  ///
  /// What a symbolic link leads to is replaced, not the link; devices and pipes are written to. A
  /// file that another writer is busy with is waited for, and then replaced.
  ///
  /// - Throws: ``FileError/unwritable(path:reason:)``; the old file is then untouched.
  package static func replace(_ path: String, with content: some ContiguousBytes) throws(FileError) {
    let result = content.withUnsafeBytes { content in
      Result { () throws(Failure) in try replace(path, with: content) }
    }
    if case .failure(let failure) = result { throw .unwritable(path: path, reason: failure.reason) }
  }

  /// Tries whether a file could be put where `path` is, and leaves nothing behind.
  ///
  /// - Throws: ``FileError/unwritable(path:reason:)`` where ``replace(_:with:)`` would, however little it had to
  ///   write.
  package static func tryOut(_ path: String) throws(FileError) {
    do throws(Failure) {
      let target = resolved(path)
      if isDevice(target) {
        guard access(target, W_OK) == 0 else { throw Failure.last }
        return
      }
      let temporary = target + ending
      let descriptor = try openAlone(temporary)
      unlink(temporary)
      close(descriptor)
    } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  private static let ending = ".unfinished"

  private static func replace(_ path: String, with content: UnsafeRawBufferPointer)
    throws(Failure)
  {
    let target = resolved(path)
    if isDevice(target) {
      let descriptor = open(target, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .last }
      defer { close(descriptor) }
      return try write(content, to: descriptor)
    }
    let temporary = target + ending
    let descriptor = try openAlone(temporary)
    // Closed last, for that ends the lock.
    defer { close(descriptor) }
    do throws(Failure) {
      guard ftruncate(descriptor, 0) == 0 else { throw Failure.last }
      try write(content, to: descriptor)
      guard rename(temporary, target) == 0 else { throw Failure.last }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Opens a file, or makes it, for this writer alone.
  private static func openAlone(_ path: String) throws(Failure) -> Int32 {
    for _ in 0..<1000 {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
      guard descriptor >= 0 else { throw .last }
      // Where a file system has no locks, it has to do without.
      while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
      if leads(path, to: descriptor) { return descriptor }
      // The writer that was waited for has renamed it.
      close(descriptor)
    }
    throw Failure(reason: "other writers keep it busy")
  }

  /// Whether a path names the very file that is open.
  private static func leads(_ path: String, to descriptor: Int32) -> Bool {
    var (named, opened) = (stat(), stat())
    return lstat(path, &named) == 0 && fstat(descriptor, &opened) == 0
      && named.st_ino == opened.st_ino && named.st_dev == opened.st_dev
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

  /// Writes and flushes.
  private static func write(_ content: UnsafeRawBufferPointer, to descriptor: Int32)
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
