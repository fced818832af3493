import Files
import Foundation
import TestSupport
import Testing

struct OutputFileTests {
  /// Why a file cannot be written, or be tried; nil where it can.
  private func reason(_ body: @autoclosure () throws -> Void) -> String? {
    do { try body() } catch FileError.unwritable(_, let reason) { return reason } catch {
      return "another error: \(error)"
    }
    return nil
  }

  private func files(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func whatAKilledWriterLeftIsWrittenOver() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text: "old")
    _ = try folder.write([UInt8](repeating: 7, count: 5000), to: "file.unfinished")
    #expect(reason(try OutputFile.replace(path, with: Array("new".utf8))) == nil)
    #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
    #expect(try files(folder) == ["file"])
  }

  @Test func whatAKilledWriterLeftMayNotLeadElsewhere() throws {
    let folder = try TemporaryFolder()
    let precious = try folder.write(text: "precious", to: "precious")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/file.unfinished", withDestinationPath: precious)
    #expect(reason(try OutputFile.replace(folder.path + "/file", with: [UInt8](1...9))) != nil)
    #expect(FileManager.default.contents(atPath: precious) == Data("precious".utf8))
  }

  @Test func writersAtTheSameTimeTakeTurns() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0])
    // Every content is one byte, repeated so often that no two are of a length.
    DispatchQueue.concurrentPerform(iterations: 8) { writer in
      for round in 0..<20 {
        let byte = UInt8(writer * 20 + round)
        let content = [UInt8](repeating: byte, count: 1 + Int(byte) * 100)
        #expect(reason(try OutputFile.replace(path, with: content)) == nil)
        let found = FileManager.default.contents(atPath: path) ?? Data()
        let first = found.first ?? 0
        #expect(found.count == 1 + Int(first) * 100 && found.allSatisfy { $0 == first })
      }
    }
    #expect(try files(folder) == ["file"])
  }

  @Test func aFileIsMadeAndReplaced() throws {
    let folder = try TemporaryFolder()
    for text in ["first", "", "a longer text"] {
      try OutputFile.replace(folder.path + "/file", with: Array(text.utf8))
      #expect(FileManager.default.contents(atPath: folder.path + "/file") == Data(text.utf8))
    }
    #expect(try files(folder) == ["file"])
  }

  @Test func whatCannotBeWrittenLeavesTheOldFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text: "old")
    // Where the new bytes would go until they are all there.
    try FileManager.default.createDirectory(atPath: path + ".unfinished", withIntermediateDirectories: true)
    #expect(reason(try OutputFile.replace(path, with: [1])) != nil)
    #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
  }

  @Test func aLinkStaysALinkToTheNewFile() throws {
    let folder = try TemporaryFolder()
    let (path, link) = (try folder.write(text: "old"), folder.path + "/link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    try OutputFile.replace(link, with: Array("new".utf8))
    #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
  }

  @Test func aFolderIsNotReplaced() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text: "old", to: "folder/file")
    #expect(reason(try OutputFile.replace(folder.path + "/folder", with: [1])) != nil)
    #expect(try files(folder) == ["folder"])
    #expect(FileManager.default.contents(atPath: file) == Data("old".utf8))
  }

  @Test func aDeviceIsWrittenToAndNeverReplaced() throws {
    let full = try #require(reason(try OutputFile.replace("/dev/full", with: [1])))
    #expect(full.contains("No space left"))
    #expect(reason(try OutputFile.replace("/dev/null", with: [1])) == nil)
    var status = stat()
    for path in ["/dev/full", "/dev/null"] {
      #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }
  }

  @Test func tryingLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text: "old")
    _ = try folder.write(text: "half", to: "file.unfinished")
    #expect(reason(try OutputFile.tryOut(path)) == nil)
    #expect(reason(try OutputFile.tryOut(folder.path + "/other")) == nil)
    #expect(reason(try OutputFile.tryOut("/dev/null")) == nil)
    #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
    #expect(try files(folder) == ["file"])
  }

  @Test func tryingTellsWhatWritingWould() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text: "old")
    let long = folder.path + "/" + String(repeating: "x", count: 300)
    for path in [folder.path + "/missing/file", file + "/below", "/proc/kinglet", long] {
      let tried = reason(try OutputFile.tryOut(path))
      #expect(tried != nil && tried == reason(try OutputFile.replace(path, with: [1])))
    }
  }
}
