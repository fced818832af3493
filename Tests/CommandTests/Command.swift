import Foundation
import Tensors
import Testing

/// What a call of the command came to.
struct Outcome {
  var status: Int32
  var output: String
  var errors: String

  /// What stands on standard error, a line each.
  var errorLines: [Substring] { errors.split(separator: "\n") }
}

/// A folder for one test, removed with it, in which the command is run.
final class Workplace {
  let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "kinglet-command-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { folder + "/" + name }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path(name)))
  }

  func write(_ bytes: Data, to name: String) throws {
    try bytes.write(to: URL(fileURLWithPath: path(name)))
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  var files: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// A JSON object from a file.
  func json(_ name: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: bytes(name)) as? [String: Any])
  }

  // MARK: Running

  /// Runs the command in this folder and waits for it.
  func kinglet(_ arguments: String...) throws -> Outcome { try kinglet(arguments) }

  func kinglet(_ arguments: [String]) throws -> Outcome {
    try run(Places.kinglet, arguments)
  }

  func run(_ program: String, _ arguments: [String]) throws -> Outcome {
    let running = try start(program, arguments)
    return try running.wait()
  }

  /// Starts a program in this folder.
  func start(_ program: String, _ arguments: [String]) throws -> Running {
    try Running(program, arguments, folder: folder)
  }
}

/// A program on its way; what it writes goes to files, so that it never waits for a reader.
final class Running {
  private let process = Process()
  private let scratch: String

  init(_ program: String, _ arguments: [String], folder: String) throws {
    scratch = NSTemporaryDirectory() + "kinglet-output-" + UUID().uuidString
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.file(scratch + ".out")
    process.standardError = try Self.file(scratch + ".err")
    // A child inherits what its thread blocks, and the test's thread may block everything.
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    pthread_sigmask(SIG_UNBLOCK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
  }

  deinit {
    for ending in [".out", ".err"] { try? FileManager.default.removeItem(atPath: scratch + ending) }
  }

  private static func file(_ path: String) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    return try #require(FileHandle(forWritingAtPath: path))
  }

  private func text(_ ending: String) -> String {
    String(
      decoding: FileManager.default.contents(atPath: scratch + ending) ?? Data(), as: UTF8.self)
  }

  var processIdentifier: Int32 { process.processIdentifier }

  var isRunning: Bool { process.isRunning }

  /// What stands on standard error by now.
  var errors: String { text(".err") }

  func interrupt(_ signal: Int32 = SIGINT) { kill(process.processIdentifier, signal) }

  /// Ends it at once, as a loss of power would.
  func destroy() { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  func wait() throws -> Outcome {
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : -1
    return Outcome(status: status, output: text(".out"), errors: errors)
  }
}

enum Places {
  /// The command, built beside the tests.
  static let kinglet: String = {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("kinglet").path
  }()

  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// The bundled network: [1, 28, 28] to 10 classes; layers /0/Conv, /4/Conv, /9/Gemm, /12/Gemm.
  static let model = package + "/Samples/fashion-cnn/fashion-cnn-small.onnx"
  static let modelShape = [1, 28, 28]

  /// Options of a compilation that is over in a moment.
  static let brief = [
    "--data", "random:64", "--sparsity", "0.8", "--step", "0.5", "--trials", "2",
    "--steps-per-cycle", "2", "--final-steps", "2", "--table-steps", "2", "--batch", "16",
  ]
}

/// Seeded pictures as an NPY file would hold them, 0 to 255.
func pixels(_ count: Int, shape: [Int] = Places.modelShape) -> Tensor {
  var random = SeededGenerator(seed: 4)
  let whole = [count] + shape
  return Tensor(
    shape: whole, values: (0..<whole.elementCount).map { _ in (random.nextFloat() * 255).rounded() }
  )
}
