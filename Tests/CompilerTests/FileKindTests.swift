import Compiler
import Foundation
import Intake
import Testing

/// Files are known by what is in them, whatever they are called.
struct FileKindTests {
  /// The beginning of a file: bytes, then text; and what it is.
  struct Beginning: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let kind: FileKind?
    var testDescription: String { "\(kind.map { "\($0)" } ?? "unknown")" }

    init(_ bytes: [UInt8], _ text: String, _ kind: FileKind?) {
      self.bytes = bytes + Array(text.utf8)
      self.kind = kind
    }
  }

  private static let zip = "PK\u{3}\u{4}" + String(repeating: "\0", count: 22)

  private static let beginnings: [Beginning] = [
    Beginning([], "", .empty),
    Beginning([], "KGL\u{1A}", .blob),
    Beginning([], "KGLCKPT1....", .checkpoint),
    Beginning([], zip + "archive/data.pkl", .pytorch),
    Beginning([], zip + "config.json", .keras),
    Beginning([], zip + "x.npy", .npz),
    Beginning([], zip + "a.txt", .zip),
    Beginning([0x80, 2], "ctorch._utils", .pytorch),
    Beginning([0x80, 4, 0x95], "", .pickle),
    Beginning([0x89], "HDF\r\n\u{1A}\n", .hdf5),
    Beginning([28, 0, 0, 0], "TFL3", .tflite),
    Beginning([0x18, 0, 0, 0, 0, 0, 0, 0], "{\"__metadata__\"", .safetensors),
    Beginning([0x1F, 0x8B, 8, 0], "", .gzip),
    Beginning([0x93], "NUMPY", .npy),
    Beginning([0, 0, 8, 3, 0, 0, 0, 10], "", .idx),
    Beginning([0xFF, 0xD8, 0xFF, 0xE0], "", .jpeg),
    Beginning([], "version https://git-lfs.github.com/spec/v1\noid sha256:0", .lfsPointer),
    Beginning([], "  <!DOCTYPE html><html>", .html),
    Beginning([], "<?xml version='1.0'?>", .xml),
    Beginning([], "{\"a\": 1}", .json),
    Beginning([], "1\n2\n", .text),
    Beginning([0x08, 0x08, 0x12, 4], "test", .onnx),
    Beginning([], "# comment\n [net] \nbatch=1\n", .darknet),
    Beginning([], "[package]\nname = 'x'\n", .text),
    Beginning([0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 0, 64, 1, 0], "", .darknetWeights),
    Beginning([0x08, 0x01, 0x12, 3], "old", .onnx),
    Beginning([0x08, 0x01, 0x12, 0x80, 0x40, 0x0A, 0x10], "saved", .tensorFlow),
    Beginning([0x0A, 0x14, 0x0A, 1, 0x78, 0x12, 11], "Placeholder", .tensorFlow),
    Beginning([], "GGUF\u{3}", .gguf),
    Beginning([], "RIFF\0\0\0\0WAVEfmt ", .wav),
    Beginning([], "PAR1", .parquet),
    Beginning([0xC0, 0xDE, 1, 2], "", nil),
  ]

  @Test(arguments: beginnings) func contentTellsTheKind(file: Beginning) {
    #expect(FileKind.kind(of: file.bytes) == file.kind)
  }

  @Test(arguments: [FileKind.Role.model, .blob, .checkpoint, .target, .network])
  func wrongFilesGetASentence(role: FileKind.Role) throws {
    let folder = try Workbench()
    for file in Self.beginnings {
      guard let kind = file.kind, [.empty, .hdf5, .zip].contains(kind) else { continue }
      let path = folder.path("file.onnx")
      try Data(file.bytes).write(to: URL(fileURLWithPath: path))
      #expect(
        throws: IntakeError.wrongFile(path: path, reason: kind.sentence(for: role))
      ) { try FileKind.check(path, is: role) }
    }
  }

  @Test func foldersAndPipesAreNotWaitedFor() throws {
    let folder = try Workbench()
    #expect(FileKind(path: folder.path("")) == .folder)
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    #expect(FileKind(path: folder.path("pipe")) == nil)
    #expect(FileKind(path: folder.path("missing")) == nil)
  }
}

/// Errors name their file once, and mistakes on the command line stay such.
struct NamingTests {
  @Test func everyErrorNamesItsFile() {
    let blob = CompilerError.blob(.magic).naming("a.kgl")
    #expect(blob == .inFile(path: "a.kgl", .blob(.magic)) && blob.sentence.hasPrefix("a.kgl: "))
    #expect(blob.naming("a.kgl") == blob)
    #expect(CompilerError.unfit(reason: "no").naming("m") == .unfit(reason: "m: no"))
    #expect(CompilerError.usage(reason: "no").naming("m") == .usage(reason: "no"))
  }
}
