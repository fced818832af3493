import Foundation

/// Writing a file in one step.
enum OutputFile {
  /// Puts `content` where `path` is: readers see the old file or the whole new one, never a part.
  ///
  /// The content goes to a temporary file beside it, which then takes its name.
  static func replace(_ path: String, with content: [UInt8]) throws(DatasetError) {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
    var isWritten = content.withUnsafeBytes { writeAll($0, to: descriptor) }
    var reason = errno
    if close(descriptor) != 0 && isWritten { (isWritten, reason) = (false, errno) }
    if isWritten && rename(temporary, path) != 0 { (isWritten, reason) = (false, errno) }
    if !isWritten {
      unlink(temporary)
      throw .unwritable(path: path, reason: String(cString: strerror(reason)))
    }
  }

  /// False, and `errno` set, where the system takes no more.
  private static func writeAll(_ content: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var done = 0
    while done < content.count {
      let count = write(descriptor, content.baseAddress! + done, content.count - done)
      if count < 0 && errno != EINTR { return false }
      done += max(0, count)
    }
    return true
  }
}
