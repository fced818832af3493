// Reading a model's files whole or in part, and keeping its own paths inside its folder.

import Files
import Foundation

/// The files of a model.
enum ModelFile {
  /// No file larger than this is read (2 GiB, protobuf's own limit).
  static let maximumBytes = 1 << 31

  /// The whole of a regular file.
  static func bytes(path: String) throws(ModelLoadingError) -> [UInt8] {
    do {
      return try read(path: path, offset: 0, length: nil, followsLink: true)
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
  static func read(path: String, offset: Int, length: Int?, followsLink: Bool) throws(TensorFault) -> [UInt8] {
    let file = try opened(path, followsLink: followsLink)
    guard file.size <= maximumBytes else { throw TensorFault("it is larger than 2 GiB") }
    let count = length ?? file.size - offset
    guard offset >= 0, offset <= file.size, count >= 0, count <= file.size - offset else {
      throw TensorFault("bytes \(offset) and on, \(length ?? 0) of them, are not in its \(file.size) bytes")
    }
    do { return try file.bytes(at: offset, count: count) } catch {
      throw TensorFault("it ended while it was being read")
    }
  }

  private static func opened(_ path: String, followsLink: Bool) throws(TensorFault) -> InputFile {
    do { return try InputFile(path, followsLink: followsLink) } catch {
      let isOther = error == .unreadable(path: path, reason: InputFile.notRegular)
      throw TensorFault(isOther ? "it is not a regular file" : "it cannot be opened: check its name and who may read it")
    }
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
      return try ModelFile.read(path: real, offset: offset, length: length, followsLink: false)
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
