// Reading files whole or in part, and keeping a model's own paths inside its folder.
//
// A file is opened once and everything is asked of the open descriptor, so that what was checked is
// what is read. Only regular files are read: a pipe would wait for ever and a device never end.

import Foundation

/// Bytes of the file system, with every size checked before memory is asked for.
enum ModelFile {
  /// No file larger than this is read (2 GiB, protobuf's own limit).
  static let maximumBytes = 1 << 31

  /// The whole of a regular file.
  static func bytes(path: String) throws(ModelLoadingError) -> [UInt8] {
    do {
      return try read(path: path, offset: 0, length: nil, flags: 0)
    } catch {
      throw .file(path: path, reason: error.reason)
    }
  }

  /// The path without symbolic links and `..`; nil where there is no such file.
  static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// `length` bytes from `offset`, to the end of the file where `length` is nil.
  static func read(path: String, offset: Int, length: Int?, flags: Int32)
    throws(TensorFault) -> [UInt8]
  {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags)
    guard descriptor >= 0 else { throw TensorFault("it cannot be opened") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw TensorFault("it is not a regular file")
    }
    let size = Int(status.st_size)
    guard size <= maximumBytes else { throw TensorFault("it is larger than 2 GiB") }
    guard offset >= 0, offset <= size, (length ?? 0) >= 0, (length ?? 0) <= size - offset else {
      throw TensorFault(
        "bytes \(offset) and on, \(length ?? 0) of them, are not in its \(size) bytes")
    }
    return try read(descriptor, offset: offset, count: length ?? size - offset)
  }

  private static func read(_ descriptor: Int32, offset: Int, count: Int)
    throws(TensorFault) -> [UInt8]
  {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
        guard got > 0 else { return }
        filled += got
      }
    }
    guard bytes.count == count else { throw TensorFault("it ended while it was being read") }
    return bytes
  }
}

/// The folder of a model, which its external data may not leave.
struct ModelFolder {
  /// Absolute, without symbolic links.
  let path: String

  /// The folder in which a model file lies; nil where it cannot be found.
  init?(ofModel modelPath: String) {
    guard let real = ModelFile.resolved(modelPath) else { return nil }
    path = (real as NSString).deletingLastPathComponent
  }

  /// A part of a file inside the folder.
  func bytes(location: String, offset: Int, length: Int?) throws(TensorFault) -> [UInt8] {
    guard !location.hasPrefix("/") else {
      throw TensorFault("its external file \(location) is not in the model's folder")
    }
    guard let real = ModelFile.resolved(path + "/" + location) else {
      throw TensorFault(
        "its external file \(location) is not in the model's folder: put it there, under that name")
    }
    guard real.hasPrefix(path == "/" ? path : path + "/") else {
      throw TensorFault("its external file \(location) lies outside the model's folder")
    }
    do {
      return try ModelFile.read(path: real, offset: offset, length: length, flags: O_NOFOLLOW)
    } catch {
      throw TensorFault("its external file \(location): \(error.reason)")
    }
  }
}

/// What is wrong with a tensor's data; whoever knows the tensor's place adds it.
struct TensorFault: Error, Equatable {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
