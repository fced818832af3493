import Foundation
import ModelGraph
import Testing

/// The table of operations in Formats/Imports.md is what the facts say. With KINGLET_WRITE_PAGE in the environment it is put
/// there.
@Suite(.serialized) struct OperationPageTests {
  private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Formats/Imports.md").standardized
  private static let head = "| operation | parameters | scale of its bytes | among TensorFlow Lite's integers |"

  @Test func thePageHasTheFactsOfTheCode() throws {
    var lines = try String(contentsOf: Self.page, encoding: .utf8).components(separatedBy: "\n")
    let first = try #require(lines.firstIndex(of: Self.head)) + 2
    let end = lines[first...].firstIndex { !$0.hasPrefix("|") } ?? lines.count
    if ProcessInfo.processInfo.environment["KINGLET_WRITE_PAGE"] != nil {
      lines.replaceSubrange(first..<end, with: Self.rows)
      try lines.joined(separator: "\n").write(to: Self.page, atomically: true, encoding: .utf8)
    } else {
      #expect(Array(lines[first..<end]) == Self.rows)
    }
  }

  /// Without its number of groups.
  private static func name(_ operation: ModelGraph.Operation) -> String {
    String(operation.name.prefix { $0 != "/" })
  }

  /// One of each name.
  private static var rows: [String] {
    var names = Set<String>()
    return OperationFactsTests.all.filter { names.insert(Self.name($0)).inserted }.map { operation in
      let parameters =
        operation.layer != nil ? "a layer's: evolved and coded" : operation.parameterIDs.isEmpty ? "" : "kept as they are"
      let scale =
        switch operation.byteScale {
        case .own: "its own"
        case .kept: "its inputs'"
        case .given(let scale): scale == 1 ? "1" : "1/\(Int(1 / scale))"
        }
      let exact = operation.exactForm == nil ? "" : "the same to the last bit"
      return "| \(name(operation)) | \(parameters) | \(scale) | \(exact) |"
    }
  }
}
