import Foundation
import Testing

/// The page and the file that it explains.
@Suite struct ExplainedBlobTests {
  /// (offset, bytes) of each line of the table under "A small blob, byte by byte".
  private func lines() throws -> [(offset: Int, bytes: [UInt8])] {
    let page = String(decoding: try VectorFiles.read("../Blob.md"), as: UTF8.self)
    let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix("A small blob") } ?? ""
    return section.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, let offset = Int(cells[0]), cells[1].count % 3 == 2 else {
        return nil
      }
      let bytes = cells[1].split(separator: " ").compactMap { UInt8($0, radix: 16) }
      return bytes.count * 3 == cells[1].count + 1 ? (offset, bytes) : nil
    }
  }

  @Test func theBytesOnThePageAreTheFile() throws {
    let lines = try lines()
    #expect(lines.flatMap(\.bytes) == (try VectorFiles.read("valid/small.kgl")))
    var offset = 0
    for line in lines {
      #expect(line.offset == offset)
      offset += line.bytes.count
    }
  }

  @Test func theOutputOnThePageIsRight() throws {
    let outputs = PlainEvaluator.outputs(of: ValidVector.small.model, inputs: [[1, 2, 3, 4]])
    #expect(outputs == [[0, 5.25]])
  }
}
