import Blob
import Foundation
import Testing

/// The tables of steps on the page are what the code reads and writes. With KINGLET_WRITE_PAGE in the
/// environment they are put there.
@Suite(.serialized) struct StepTableTests {
  @Test(arguments: [
    ("| opcode | step | fields |", StepPage.floatRows),
    ("| opcode | step | fields after `types` |", StepPage.integerRows),
    ("| opcode | exact step | fields after `types` |", StepPage.exactRows),
  ])
  func thePageHasTheFieldsOfTheCode(head: String, rows: [String]) throws {
    let file = VectorFiles.repository.appendingPathComponent("Formats/Blob.md")
    var lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
    let first = try #require(lines.firstIndex(of: head)) + 2
    let end = lines[first...].firstIndex { !$0.hasPrefix("|") } ?? lines.count
    if ProcessInfo.processInfo.environment["KINGLET_WRITE_PAGE"] != nil {
      lines.replaceSubrange(first..<end, with: rows)
      try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(Array(lines[first..<end]) == rows)
    }
  }
}
