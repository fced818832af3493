// Files appear whole or not at all: written beside their place, flushed, then renamed over it.

import Foundation

package enum AtomicFile {
  /// Writes `bytes` to `path` so that a crash at any moment leaves the old file or the new one.
  ///
  /// - Throws: ``CompilerError/cannotWrite(path:reason:)``; the old file is then untouched.
  package static func write(_ bytes: Data, to path: String) throws(CompilerError) {
    let target = resolved(path)
    if isDevice(target) { return try writeThrough(bytes, to: path) }
    let temporary = "\(target).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: lastError()) }
    do {
      try writeAll(bytes, to: descriptor, path: path)
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0, rename(temporary, target) == 0 else {
      let reason = lastError()
      unlink(temporary)
      throw .cannotWrite(path: path, reason: reason)
    }
  }

  /// Where symbolic links lead, so that what they lead to is replaced and not they themselves.
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

  private static func writeThrough(_ bytes: Data, to path: String) throws(CompilerError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: lastError()) }
    defer { close(descriptor) }
    try writeAll(bytes, to: descriptor, path: path)
  }

  private static func writeAll(_ bytes: Data, to descriptor: Int32, path: String)
    throws(CompilerError)
  {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        guard let base = buffer.baseAddress else { return 0 }
        return Foundation.write(descriptor, base + written, bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .cannotWrite(path: path, reason: lastError()) }
      written += count
    }
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw .cannotWrite(path: path, reason: lastError())
    }
  }

  private static func lastError() -> String { String(cString: strerror(errno)) }
}
