import Foundation
import Testing

/// What comments in the sources say of properties, by `Type.Nested.property`, and by the key where that is another.
///
/// One line of source at a time: a `///` comment is of the declaration below it, and braces tell which type that is in.
struct PropertyNotes {
  private(set) var notes: [String: String] = [:]
  private static let kinds: Set<Substring> = ["struct", "enum", "class", "extension"]

  init(sources folder: String) throws {
    let files = try #require(FileManager.default.enumerator(atPath: folder), "\(folder)")
    for case let name as String in files where name.hasSuffix(".swift") {
      read(try String(contentsOfFile: folder + "/" + name, encoding: .utf8))
    }
  }

  private mutating func read(_ text: String) {
    var types: [(name: String, depth: Int)] = []
    var depth = 0
    var comment: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let words = line.trimmingCharacters(in: .whitespaces)
      if words.hasPrefix("///") {
        comment.append(words.dropFirst(3).trimmingCharacters(in: .whitespaces))
        continue
      }
      let code = words.hasPrefix("//") ? "" : words
      let parts = code.split(separator: " ").prefix(6)
      if code.hasSuffix("{"), let keyword = parts.firstIndex(where: { Self.kinds.contains($0) }), keyword + 1 < parts.endIndex {
        types.append((String(parts[keyword + 1].prefix { $0.isLetter || $0 == "." }), depth))
      } else if parts.first == "public", types.last?.depth == depth - 1,
        let keyword = parts.firstIndex(where: { $0 == "var" || $0 == "let" }), keyword + 1 < parts.endIndex
      {
        let name = parts[keyword + 1].drop { $0 == "`" }.prefix { $0.isLetter || $0.isNumber }
        note(types.map(\.name).joined(separator: ".") + ".\(name)", comment)
      } else if types.last?.name == "CodingKeys", let found = code.firstMatch(of: /^case `?(\w+)`? = "(\w+)"$/) {
        let type = types.dropLast().map(\.name).joined(separator: ".")
        notes["\(type).\(found.2)"] = notes["\(type).\(found.1)"]
      }
      depth += code.utf8.count { $0 == UInt8(ascii: "{") } - code.utf8.count { $0 == UInt8(ascii: "}") }
      while let last = types.last, depth <= last.depth { types.removeLast() }
      comment = []
    }
  }

  /// The first paragraph, without what only the library's readers follow.
  private mutating func note(_ property: String, _ comment: [String]) {
    let text = comment.prefix { !$0.isEmpty }.joined(separator: " ")
      .replacing(/``([^`]*)``/) { "`\($0.1.split(separator: "/").last ?? "")`" }
      .replacing("|", with: "\\|")
    if !text.isEmpty, notes[property] == nil { notes[property] = text }
  }
}
