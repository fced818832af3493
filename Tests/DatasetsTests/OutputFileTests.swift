import Datasets
import Foundation
import Testing

struct OutputFileTests {
  private func reason(_ result: Result<Void, OutputFile.Failure>) -> String? {
    if case .failure(let failure) = result { return failure.reason }
    return nil
  }

  private func files(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func whatAKilledWriterLeftIsWrittenOver() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text: "old")
    _ = try folder.write([UInt8](repeating: 7, count: 5000), to: "file.unfinished")
    #expect(reason(OutputFile.replacing(path, with: Array("new".utf8))) == nil)
    #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
    #expect(try files(folder) == ["file"])
  }

  @Test func whatAKilledWriterLeftMayNotLeadElsewhere() throws {
    let folder = try TemporaryFolder()
    let precious = try folder.write(text: "precious", to: "precious")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/file.unfinished", withDestinationPath: precious)
    #expect(reason(OutputFile.replacing(folder.path + "/file", with: [UInt8](1...9))) != nil)
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
        #expect(reason(OutputFile.replacing(path, with: content)) == nil)
        let found = FileManager.default.contents(atPath: path) ?? Data()
        let first = found.first ?? 0
        #expect(found.count == 1 + Int(first) * 100 && found.allSatisfy { $0 == first })
      }
    }
    #expect(try files(folder) == ["file"])
  }

  @Test func tryingLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text: "old")
    _ = try folder.write(text: "half", to: "file.unfinished")
    #expect(reason(OutputFile.trying(path)) == nil)
    #expect(reason(OutputFile.trying(folder.path + "/other")) == nil)
    #expect(reason(OutputFile.trying("/dev/null")) == nil)
    #expect(FileManager.default.contents(atPath: path) == Data("old".utf8))
    #expect(try files(folder) == ["file"])
  }

  @Test func tryingTellsWhatWritingWould() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text: "old")
    let long = folder.path + "/" + String(repeating: "x", count: 300)
    for path in [folder.path + "/missing/file", file + "/below", "/proc/kinglet", long] {
      let tried = reason(OutputFile.trying(path))
      #expect(tried != nil && tried == reason(OutputFile.replacing(path, with: [1])))
    }
  }
}
