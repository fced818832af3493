import Foundation
import Testing

/// What comments in the sources say of properties, by `Type.Nested.property`.
///
/// One line of source at a time: a `///` comment is of the declaration below it, and braces tell which type that is in.
struct PropertyNotes {
  private(set) var notes: [String: String] = [:]

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
      if let match = code.firstMatch(of: /\b(?:struct|enum|class|extension) ([A-Za-z.]+)/), code.hasSuffix("{") {
        types.append((String(match.1), depth))
      } else if let match = code.firstMatch(of: /^public (?:private\(set\) )?(?:var|let) `?([A-Za-z]+)`?/), types.last?.depth == depth - 1 {
        note(types.map(\.name).joined(separator: ".") + ".\(match.1)", comment)
      }
      depth += code.count { $0 == "{" } - code.count { $0 == "}" }
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
