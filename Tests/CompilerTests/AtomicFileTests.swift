import Compiler
import Foundation
import Testing

/// Files appear whole or not at all.
struct AtomicFileTests {
  private func reason(_ path: String, _ bytes: Data = Data("new".utf8)) -> String? {
    do throws(CompilerError) {
      try AtomicFile.write(bytes, to: path)
      return nil
    } catch {
      guard case .cannotWrite(path, let reason) = error else { return "another error: \(error)" }
      return reason
    }
  }

  @Test func aFileIsMadeAndReplaced() throws {
    let bench = try Workbench()
    for text in ["first", "", "a longer text"] {
      try AtomicFile.write(Data(text.utf8), to: bench.path("file"))
      #expect(try bench.bytes("file") == Data(text.utf8))
    }
    #expect(bench.files == ["file"])
  }

  @Test func whatCannotBeWrittenLeavesTheOldFile() throws {
    let bench = try Workbench()
    try bench.write("old", to: "file")
    // Where the new bytes would go until they are all there.
    try FileManager.default.createDirectory(
      atPath: bench.path("file.unfinished"), withIntermediateDirectories: true)
    #expect(reason(bench.path("file")) != nil)
    #expect(try bench.bytes("file") == Data("old".utf8))
  }

  @Test func aLinkStaysALinkToTheNewFile() throws {
    let bench = try Workbench()
    try bench.write("old", to: "file")
    try FileManager.default.createSymbolicLink(
      atPath: bench.path("link"), withDestinationPath: bench.path("file"))
    #expect(reason(bench.path("link")) == nil)
    #expect(try bench.bytes("file") == Data("new".utf8))
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: bench.path("link"))
        == bench.path("file"))
  }

  @Test func aFolderIsNotReplaced() throws {
    let bench = try Workbench()
    try FileManager.default.createDirectory(
      atPath: bench.path("folder"), withIntermediateDirectories: true)
    try bench.write("old", to: "folder/file")
    #expect(reason(bench.path("folder")) != nil)
    #expect(bench.files == ["folder"])
    #expect(try bench.bytes("folder/file") == Data("old".utf8))
  }

  @Test func placesThatTakeNoFileAreNamed() throws {
    let bench = try Workbench()
    try bench.write("old", to: "file")
    #expect(reason(bench.path("missing/file")) != nil)
    #expect(reason(bench.path("file/below")) != nil)
    #expect(reason("/proc/kinglet") != nil)
    #expect(bench.files == ["file"])
  }

  @Test func aDeviceIsWrittenToAndNeverReplaced() throws {
    let full = try #require(reason("/dev/full"))
    #expect(full.contains("No space left"))
    #expect(reason("/dev/null") == nil)
    var status = stat()
    for path in ["/dev/full", "/dev/null"] {
      #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
  }
}
