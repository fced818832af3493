// General compressors, at their most thorough. They take bytes, so each is given the matrix in
// every form below and the smallest result counts; a network as one stream of its layers too.

import CZlib
import Foundation

struct ByteCompressor: Sendable {
  let name: String
  /// Bytes of the compressed form, container included; nil where the command fails.
  let size: @Sendable ([UInt8]) -> Int?

  /// Those that are there. zlib always is; xz and zstd are commands.
  static let all: [ByteCompressor] = {
    var found = [ByteCompressor(name: "zlib -9") { zlibSize($0) }]
    for (name, command) in [
      ("xz -9e", ["xz", "-9e", "--check=none", "-c"]),
      ("zstd -19", ["zstd", "-19", "--no-check", "-q", "-c"]),
      ("zstd -22", ["zstd", "--ultra", "-22", "--no-check", "-q", "-c"]),
    ] {
      guard Command.output(command.prefix(1) + ["--version"]) != nil else {
        print("\(name): not installed")
        continue
      }
      found.append(ByteCompressor(name: name) { commandSize(command, $0) })
    }
    return found
  }()

  /// The least of every form of a matrix.
  func smallest(_ matrix: LevelMatrix) -> Int? {
    Self.forms([matrix]).compactMap(size).min()
  }

  /// The least for several matrices in one stream.
  func smallest(_ matrices: [LevelMatrix]) -> Int? {
    Self.forms(matrices).compactMap(size).min()
  }

  /// A byte a weight, half a byte a weight where all fit, a bitmap and packed codes.
  private static func forms(_ matrices: [LevelMatrix]) -> [[UInt8]] {
    let halves = matrices.compactMap(\.packed)
    return [matrices.flatMap(\.oneByteEach), matrices.flatMap(\.bitmapAndCodes)]
      + (halves.count == matrices.count ? [halves.flatMap(\.self)] : [])
  }

  private static func zlibSize(_ bytes: [UInt8]) -> Int? {
    var size = compressBound(uLong(bytes.count))
    var result = [UInt8](repeating: 0, count: Int(size))
    let status = compress2(&result, &size, bytes, uLong(bytes.count), 9)
    return status == Z_OK ? Int(size) : nil
  }

  private static func commandSize(_ command: [String], _ bytes: [UInt8]) -> Int? {
    try? TemporaryFile.with(Data(bytes)) { Command.output(command + [$0])?.count } ?? nil
  }
}

/// Other programs.
enum Command {
  /// What a command prints, or nil where it is not there or fails.
  static func output(_ command: some Sequence<String>) -> Data? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = Array(command)
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }
}

enum TemporaryFile {
  /// Calls `body` with the path of a file that holds `data`, and removes the file.
  static func with<Result>(_ data: Data, _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("kinglet-bench-\(UUID().uuidString)")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }
}
